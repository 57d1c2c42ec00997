#!/usr/bin/python3
"""A bootloader made of programs not written here: scapy's ISO-TP soft socket over python-can.

    uds_flash_server.py INTERFACE REQUEST_ID RESPONSE_ID START SIZE OUTPUT

Flash of SIZE bytes from START; serves ISO 14229-1's flash sequence with seed and key (XOR), an erase
that answers 0x78 first, download, CRC-32 and reset. Each reset writes the flash to OUTPUT.
"""
import logging
import os
import sys
import time
import zlib

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.config import conf

conf.contribs["ISOTP"] = {"use-can-isotp-kernel-module": False}
conf.contribs["CANSocket"] = {"use-python-can": True}
from scapy.contrib.cansocket import CANSocket
from scapy.contrib.isotp import ISOTP, ISOTPSoftSocket

KEY_MASK = bytes.fromhex("C35A960F")
BLOCK_BYTES_MAX = 514
HARDWARE, OLD, NEW = b"PEER-HW-1", b"1.0.0", b"2.0.0"


class Refusal(Exception):
    pass


class Bootloader:
    def __init__(self, start, size, output):
        self.start, self.output = start, output
        self.flash = bytearray(b"\x00" * size)
        self.erased = [False] * size
        self.unlocked = self.programming = False
        self.seed = b""
        self.version = OLD
        self.cursor = self.end = self.counter = None

    def serve(self, request, send):
        """Returns the response, or None; `send` is for responses that come before it."""
        sid = request[0]
        try:
            return getattr(self, "service_%02x" % sid)(request, send)
        except AttributeError:
            return bytes([0x7F, sid, 0x11])
        except Refusal as refusal:
            return bytes([0x7F, sid, refusal.args[0]])

    def service_10(self, request, _):
        self.programming = request[1] & 0x7F == 2
        self.unlocked = False
        return bytes([0x50, request[1], 0x00, 0x32, 0x01, 0xF4])

    def service_3e(self, request, _):
        return None if request[1] & 0x80 else bytes([0x7E, 0x00])

    def service_22(self, request, _):
        values = {0xF191: HARDWARE, 0xF189: self.version, 0xF180: b"PEER-BOOT"}
        did = int.from_bytes(request[1:3], "big")
        if did not in values:
            raise Refusal(0x31)
        return bytes([0x62]) + request[1:3] + values[did]

    def service_27(self, request, _):
        if request[1] == 1:
            self.seed = os.urandom(4)
            return bytes([0x67, 0x01]) + self.seed
        if request[2:] != bytes(s ^ k for s, k in zip(self.seed, KEY_MASK)):
            raise Refusal(0x35)
        self.unlocked = True
        return bytes([0x67, 0x02])

    def service_2e(self, request, _):
        return bytes([0x6E]) + request[1:3]

    def service_31(self, request, send):
        routine = int.from_bytes(request[2:4], "big")
        head = bytes([0x71]) + request[1:4]
        if routine == 0xFF01:
            return head + b"\x00"
        self.need_unlocked()
        first, last = self.area(request[4:13])
        if routine == 0xFF00:
            for _ in range(3):
                send(bytes([0x7F, 0x31, 0x78]))
                time.sleep(0.2)
            self.flash[first:last] = b"\xFF" * (last - first)
            self.erased[first:last] = [True] * (last - first)
            return head + b"\x00"
        if routine == 0x0202:
            good = zlib.crc32(self.flash[first:last]) == int.from_bytes(request[13:17], "big")
            return head + (b"\x00" if good else b"\x01")
        raise Refusal(0x31)

    def service_34(self, request, _):
        self.need_unlocked()
        if request[1] != 0x00:
            raise Refusal(0x31)
        self.cursor, self.end = self.area(request[2:11])
        self.counter = 1
        return bytes([0x74, 0x20]) + BLOCK_BYTES_MAX.to_bytes(2, "big")

    def service_36(self, request, _):
        if self.cursor is None:
            raise Refusal(0x24)
        if request[1] == (self.counter - 1) & 0xFF:
            return bytes([0x76, request[1]])  # the last block again: its response was lost
        if request[1] != self.counter & 0xFF:
            raise Refusal(0x73)
        data = request[2:]
        upto = self.cursor + len(data)
        if upto > self.end or len(request) > BLOCK_BYTES_MAX:
            raise Refusal(0x31)
        if not all(self.erased[self.cursor:upto]):
            raise Refusal(0x72)  # flash is programmed once after each erase
        self.flash[self.cursor:upto] = data
        self.erased[self.cursor:upto] = [False] * len(data)
        self.cursor = upto
        self.counter += 1
        return bytes([0x76, request[1]])

    def service_37(self, _, __):
        if self.cursor is None or self.cursor != self.end:
            raise Refusal(0x24)
        self.cursor = None
        return b"\x77"

    def service_11(self, request, _):
        with open(self.output, "wb") as file:
            file.write(self.flash)
        self.version = NEW
        self.programming = self.unlocked = False
        return bytes([0x51, request[1]])

    def need_unlocked(self):
        if not (self.programming and self.unlocked):
            raise Refusal(0x33)

    def area(self, record):
        if len(record) != 9 or record[0] != 0x44:
            raise Refusal(0x31)
        first = int.from_bytes(record[1:5], "big") - self.start
        last = first + int.from_bytes(record[5:9], "big")
        if first < 0 or last > len(self.flash) or last <= first:
            raise Refusal(0x31)
        return first, last


def main():
    interface, request_id, response_id, start, size, output = sys.argv[1:]
    bootloader = Bootloader(int(start, 0), int(size, 0), output)
    channel = CANSocket(bustype="socketcan", channel=interface)
    socket = ISOTPSoftSocket(
        channel, tx_id=int(response_id, 0), rx_id=int(request_id, 0), bs=16, padding=True
    )
    print("ready", flush=True)
    while True:
        packet = socket.recv()
        if packet is None:
            continue
        response = bootloader.serve(bytes(packet.data), lambda early: socket.send(ISOTP(early)))
        if response is not None:
            socket.send(ISOTP(response))


main()
