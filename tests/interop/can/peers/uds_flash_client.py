#!/usr/bin/python3
"""A tester made of programs not written here: scapy's ISO-TP soft socket and UDS layer.

    uds_flash_client.py INTERFACE REQUEST_ID RESPONSE_ID START IMAGE ERASE_SIZE KEY_MASK VERSION

Flashes IMAGE (raw) at START by ISO 14229-1's flash sequence, reads the version back, and prints the
bytes transferred and the seconds from the erase to the check.
"""
import logging
import sys
import time
import zlib

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.config import conf

conf.contribs["ISOTP"] = {"use-can-isotp-kernel-module": False}
conf.contribs["CANSocket"] = {"use-python-can": False}
from scapy.contrib.automotive.uds import (UDS, UDS_DSC, UDS_ER, UDS_RC, UDS_RD, UDS_RDBI, UDS_RTE,
                                          UDS_SA, UDS_TD)
from scapy.contrib.cansocket import CANSocket
from scapy.contrib.isotp import ISOTPSoftSocket

ANSWER_S = 5


class Tester:
    def __init__(self, socket):
        self.socket = socket

    def ask(self, request):
        """The positive response; 0x78 is waited out, and any other refusal ends the program."""
        self.socket.send(request)
        service = bytes(request)[0]
        end = time.monotonic() + ANSWER_S
        while time.monotonic() < end:
            packet = self.socket.recv()
            if packet is None:
                continue
            data = bytes(packet)
            if data[0] == service + 0x40:
                return data
            if data[:2] != bytes([0x7F, service]):
                continue
            if data[2] != 0x78:
                sys.exit("refused: %s to %s" % (data.hex(), bytes(request)[:16].hex()))
            end = time.monotonic() + ANSWER_S
        sys.exit("no answer to %s" % bytes(request)[:16].hex())


def main():
    interface, request_id, response_id, start, image, erase_size, key_mask, version = sys.argv[1:]
    start, erase_size = int(start, 0), int(erase_size, 0)
    mask = bytes.fromhex(key_mask)
    with open(image, "rb") as file:
        content = file.read()
    socket = ISOTPSoftSocket(
        CANSocket(interface), tx_id=int(request_id, 0), rx_id=int(response_id, 0), basecls=UDS,
        padding=True,
    )
    tester = Tester(socket)
    address = start.to_bytes(4, "big")
    tester.ask(UDS() / UDS_DSC(diagnosticSessionType=2))
    seed = tester.ask(UDS() / UDS_SA(securityAccessType=1))[2:]
    key = bytes(s ^ k for s, k in zip(seed, mask))
    tester.ask(UDS() / UDS_SA(securityAccessType=2, securityKey=key))
    area = b"\x44" + address + erase_size.to_bytes(4, "big")
    began = time.monotonic()
    erased = tester.ask(UDS() / UDS_RC(routineControlType=1, routineIdentifier=0xFF00) / area)
    if erased[4:5] != b"\x00":
        sys.exit("erase failed: %s" % erased.hex())
    granted = tester.ask(UDS() / UDS_RD(dataFormatIdentifier=0, memorySizeLen=4, memoryAddressLen=4,
                                        memoryAddress4=start, memorySize4=len(content)))
    length_bytes = granted[1] >> 4
    block = int.from_bytes(granted[2:2 + length_bytes], "big") - 2
    for number, at in enumerate(range(0, len(content), block)):
        answer = tester.ask(UDS() / UDS_TD(blockSequenceCounter=(number + 1) & 0xFF,
                                           transferRequestParameterRecord=content[at:at + block]))
        if answer[1] != (number + 1) & 0xFF:
            sys.exit("wrong counter: %s" % answer.hex())
    tester.ask(UDS() / UDS_RTE())
    crc = zlib.crc32(content).to_bytes(4, "big")
    check = b"\x44" + address + len(content).to_bytes(4, "big") + crc
    checked = tester.ask(UDS() / UDS_RC(routineControlType=1, routineIdentifier=0x0202) / check)
    if checked[4:5] != b"\x00":
        sys.exit("check failed: %s" % checked.hex())
    seconds = time.monotonic() - began
    tester.ask(UDS() / UDS_RC(routineControlType=1, routineIdentifier=0xFF01))
    tester.ask(UDS() / UDS_ER(resetType=1))
    time.sleep(0.5)
    runs = tester.ask(UDS() / UDS_RDBI(identifiers=[0xF189]))[3:]
    if runs.rstrip(b"\x00 ").decode() != version:
        sys.exit("version %s runs, not %s" % (runs, version))
    print("%d bytes in %.3f s" % (len(content), seconds), flush=True)


main()
