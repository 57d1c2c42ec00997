import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  type CanFrame,
  FD_LENGTHS_BYTES,
  formatCandump,
  parseCandump,
} from "../../../src/can/mod.ts";

Deno.test("parseCandump() reads the log lines that can-utils documents", () => {
  // The line of can-utils' own README for log files.
  const line = "(1436509052.249713) vcan0 044#2A366C2BBA";
  deepStrictEqual(parseCandump(line), {
    atMs: 1436509052249.713,
    interfaceName: "vcan0",
    frame: {
      id: 0x044,
      extended: false,
      fd: false,
      bitRateSwitch: false,
      data: Uint8Array.of(0x2A, 0x36, 0x6C, 0x2B, 0xBA),
    },
  });
});

Deno.test("parseCandump() tells kinds of frames apart", () => {
  const at = "(0.000000) can0 ";
  strictEqual(parseCandump(at + "00000123#")!.frame.extended, true);
  strictEqual(parseCandump(at + "123##0")!.frame.fd, true);
  strictEqual(parseCandump(at + "123##0")!.frame.bitRateSwitch, false);
  strictEqual(parseCandump(at + "123##1AB")!.frame.bitRateSwitch, true);
  // ESI (2) and FDF (4), which newer kernels set, change nothing of what is kept.
  strictEqual(parseCandump(at + "123##5AB")!.frame.bitRateSwitch, true);
  strictEqual(parseCandump(at + "123##6AB")!.frame.bitRateSwitch, false);
  strictEqual(parseCandump(at + "123#ab R")!.frame.data[0], 0xAB);
});

Deno.test("parseCandump() gives undefined for what is no data frame", () => {
  const at = "(0.000000) can0 ";
  const lines = [
    "",
    "# a comment",
    at + "123#R",
    at + "123#R8",
    at + "20000080#0000000000000000", // error message frame
    at + "800#00",
    at + "123#001122334455667788",
    at + "123##0001122334455667788", // nine bytes: no FD length
    at + "123#0",
    at + "123#00 ",
    at + "123",
    "(0.) can0 123#00",
    "(0.1234567891) can0 123#00",
    "(0.000000)can0 123#00",
    "(x.000000) can0 123#00",
    at + "123##0" + "00".repeat(65),
  ];
  for (const line of lines) strictEqual(parseCandump(line), undefined, line);
});

Deno.test("formatCandump() writes what parseCandump() reads", () => {
  const anyFrame: fc.Arbitrary<CanFrame> = fc.record({
    extended: fc.boolean(),
    fd: fc.boolean(),
    bitRateSwitch: fc.boolean(),
    id: fc.nat(0x1FFF_FFFF),
    length: fc.nat(15),
    bytes: fc.uint8Array({ minLength: 64, maxLength: 64 }),
  }).map(({ extended, fd, bitRateSwitch, id, length, bytes }) => ({
    id: extended ? id : id % 0x800,
    extended,
    fd,
    bitRateSwitch: fd && bitRateSwitch,
    data: bytes.slice(0, fd ? FD_LENGTHS_BYTES[length] : length % 9),
  }));
  const anyUs = fc.nat({ max: 2_000_000_000_000_000 });
  fc.assert(fc.property(anyFrame, anyUs, (frame, atUs) => {
    const record = { atMs: atUs / 1000, interfaceName: "can0", frame };
    deepStrictEqual(parseCandump(formatCandump(frame, record.atMs, "can0")), record);
  }));
});

Deno.test("parseCandump() gives a value for any text", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    parseCandump(text);
    parseCandump("(1.000000) can0 " + text);
  }));
});

Deno.test("formatCandump() carries rounding into the seconds", () => {
  const frame = {
    id: 1,
    extended: false,
    fd: false,
    bitRateSwitch: false,
    data: new Uint8Array(0),
  };
  strictEqual(formatCandump(frame, 1999.9999, "vcan0"), "(2.000000) vcan0 001#");
  strictEqual(formatCandump(frame, 0, "vcan0"), "(0.000000) vcan0 001#");
});
