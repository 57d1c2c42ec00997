"""Writes isotp_scapy.json: messages as scapy cuts them into CAN frames, and its flow control frames.

scapy is an implementation that canvoy's authors did not write. Debian 12, python3-scapy 2.5.0:

    apt-get install python3-scapy
    /usr/bin/python3 tests/vectors/isotp/isotp_scapy.py > tests/vectors/isotp/isotp_scapy.json

A message of n bytes is 1, 2, 3, ... (modulo 256). scapy pads nothing and knows no CAN FD frames in
this version. Of long messages the first 18 and the last 2 frames are kept, and how many there were.
"""

import json

from scapy.layers.can import CAN
from scapy.contrib.isotp import ISOTP, ISOTPHeader, ISOTPHeaderEA
from scapy.contrib.isotp.isotp_packet import ISOTP_FC

CASES = []


def frame(packet):
    return {
        "id": packet.identifier,
        "extended": "extended" in str(packet.flags),
        "data": bytes(packet.data).hex(" ").upper(),
    }


def add(identifier, length, prefix=None):
    data = bytes((i + 1) & 0xFF for i in range(length))
    # scapy names addresses as seen by the receiver.
    frames = ISOTP(data, rx_id=identifier, rx_ext_address=prefix).fragment()
    case = {"lengthBytes": length, "id": identifier, "extended": identifier > 0x7FF}
    if prefix is not None:
        case["prefix"] = prefix
    case["frameCount"] = len(frames)
    case["first"] = [frame(packet)["data"] for packet in frames[:18]]
    case["last"] = [frame(packet)["data"] for packet in frames[-2:]]
    assert {(f["id"], f["extended"]) for f in map(frame, frames)} == {
        (identifier, case["extended"])
    }
    CASES.append(case)


for length in (1, 6, 7, 8, 13, 14, 20, 62, 111, 118, 119, 4094, 4095, 4096, 10000):
    add(0x7E0, length)
    add(0x18DA10F1, length)
    add(0x7E0, length, 0xA5)
    add(0x18CE10F1, length, 0x42)

FLOW_CONTROL = []
for status in (0, 1, 2):
    for block_size, st_min in ((0, 0), (8, 0x14), (255, 0xF3)):
        FLOW_CONTROL.append({
            "flowStatus": status,
            "blockSize": block_size,
            "stMin": st_min,
            "data": bytes(ISOTP_FC(fc_flag=status, block_size=block_size,
                                   separation_time=st_min)).hex(" ").upper(),
        })

print(json.dumps({"messages": CASES, "flowControl": FLOW_CONTROL}, indent=1))
