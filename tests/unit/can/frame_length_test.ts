import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  bestFrameBits,
  bitsDurationMs,
  type CanFrame,
  FD_LENGTHS_BYTES,
  frameBits,
  frameDurationMs,
  INTERMISSION_BITS,
  meanFrameBits,
  worstFrameBits,
} from "../../../src/can/mod.ts";
import { Prng } from "../../../src/core/mod.ts";
import { bitText, naiveCrc15, naiveWireBits } from "./naive_bits.ts";

function classic(id: number, bytes: readonly number[], extended = false): CanFrame {
  return { id, extended, fd: false, bitRateSwitch: false, data: Uint8Array.from(bytes) };
}

function fd(id: number, data: Uint8Array, bitRateSwitch: boolean, extended = false): CanFrame {
  return { id, extended, fd: true, bitRateSwitch, data };
}

const anyFrame: fc.Arbitrary<CanFrame> = fc.record({
  id: fc.nat(0x1FFF_FFFF),
  extended: fc.boolean(),
  fd: fc.boolean(),
  bitRateSwitch: fc.boolean(),
  bytes: fc.uint8Array({ minLength: 64, maxLength: 64 }),
  // Runs are what stuffing is about: half of the payloads are made of bytes with long ones.
  runs: fc.boolean(),
  length: fc.nat(15),
}).map(({ id, extended, fd, bitRateSwitch, bytes, runs, length }) => ({
  id: extended ? id : id % 0x800,
  extended,
  fd,
  bitRateSwitch: fd && bitRateSwitch,
  data: Uint8Array.from(
    bytes.subarray(0, fd ? FD_LENGTHS_BYTES[length] : length % 9),
    (byte) => runs ? [0x00, 0xFF, 0xF0, 0x0F, 0x87, 0x78, 0x83, 0xC1][byte % 8]! : byte,
  ),
}));

Deno.test("naiveCrc15() gives the check value that the CRC catalogue lists for CRC-15/CAN", () => {
  const text = [..."123456789"].map((digit) => bitText(digit.charCodeAt(0), 8)).join("");
  strictEqual(naiveCrc15(text), 0x059E);
});

Deno.test("frameBits() counts the frame of zeros, which needs no CRC arithmetic", () => {
  // Identifier 0, DLC 0: SOF to DLC are 19 zeros and so is the CRC: 34 zeros, a stuff bit behind
  // each whole five of them makes 40, and 10 recessive and dominant bits follow unstuffed.
  strictEqual(frameBits(classic(0, [])).nominalBits, 34 + 6 + 10);
});

Deno.test("frameBits() counts a frame whose bits are written out", () => {
  const wire = [
    "0", // SOF
    "10101010101", // identifier 0x555
    "00000" + "1" + "01", // RTR IDE r0 and DLC 1, a stuff bit behind the fifth zero
    "10101010", // AA
    "111100000" + "1" + "000010", // CRC 0x7802 with a stuff bit
    "1", // CRC delimiter
    "01", // ACK slot and delimiter
    "1111111", // end of frame
  ].join("");
  strictEqual(frameBits(classic(0x555, [0xAA])).nominalBits, wire.length);
});

Deno.test("frameBits() gives 135 bits with intermission for the worst classic frame", () => {
  // Davis, Burns, Bril, Lukkien, "Controller Area Network (CAN) schedulability analysis" (2007):
  // C = (g + 8s + 13 + floor((g + 8s - 1) / 4)) bits, g = 34 or 54, with the interframe space.
  const worst11 = worstFrameBits({
    extended: false,
    fd: false,
    bitRateSwitch: false,
    lengthBytes: 8,
  });
  const worst29 = worstFrameBits({
    extended: true,
    fd: false,
    bitRateSwitch: false,
    lengthBytes: 8,
  });
  strictEqual(worst11.nominalBits + INTERMISSION_BITS, 135);
  strictEqual(worst29.nominalBits + INTERMISSION_BITS, 160);
  for (let s = 0; s <= 8; s++) {
    for (const [extended, g] of [[false, 34], [true, 54]] as const) {
      const { nominalBits } = worstFrameBits({
        extended,
        fd: false,
        bitRateSwitch: false,
        lengthBytes: s,
      });
      strictEqual(nominalBits + 3, g + 8 * s + 13 + Math.floor((g + 8 * s - 1) / 4));
    }
  }
});

Deno.test("frameBits() counts a stuff bit for every four bits where fours alternate", () => {
  // SOF, identifier 0, RTR, IDE, r0 are 15 zeros: 3 stuff bits. DLC 1000 ends in three zeros; 3C is
  // 00 1111 00: the stuff bit behind the fifth zero makes five of the four ones, and so on: one
  // behind the bits 2, 6, ... 62 of the data, 16. The CRC 0x438D, 100001110001101, has none:
  // 108 + 19.
  strictEqual(frameBits(classic(0, Array(8).fill(0x3C))).nominalBits, 127);
});

Deno.test("frameBits() gives the lengths of FD frames without dynamic stuff bits", () => {
  // Identifier 0x555, payload 0xAA: the only run of five is in BRS..DLC of some lengths, so one
  // with DLC 1010 (16 bytes) is taken: 0 10101010101 0010 1 0 1010.
  // 22 header bits, 128 data, 4 + 17 CRC field, 6 fixed stuff bits, delimiter, 9 footer bits.
  const frame = fd(0x555, new Uint8Array(16).fill(0xAA), true);
  deepStrictEqual(frameBits(frame), { nominalBits: 17 + 9, dataPhaseBits: 5 + 128 + 28 });
  deepStrictEqual(frameBits({ ...frame, bitRateSwitch: false }), {
    nominalBits: 17 + 9 + 5 + 128 + 28,
    dataPhaseBits: 0,
  });
});

Deno.test("frameBits() changes to CRC-21 above 16 bytes", () => {
  const shape = { extended: false, fd: true, bitRateSwitch: false };
  strictEqual(bestFrameBits({ ...shape, lengthBytes: 16 }).nominalBits, 22 + 128 + 28 + 9);
  strictEqual(bestFrameBits({ ...shape, lengthBytes: 20 }).nominalBits, 22 + 160 + 33 + 9);
  // Linux' can_frame_bits() for 64 bytes without dynamic stuffing and without intermission.
  strictEqual(bestFrameBits({ ...shape, lengthBytes: 64 }).nominalBits, 576);
  strictEqual(bestFrameBits({ ...shape, extended: true, lengthBytes: 64 }).nominalBits, 595);
});

Deno.test("frameBits() puts one stuff bit, not two, after five equal bits ending the data", () => {
  const zeros = fd(0x555, Uint8Array.of(0xAA, 0xE0), false);
  const ones = fd(0x555, Uint8Array.of(0xAA, 0xE1), false);
  strictEqual(frameBits(zeros).nominalBits, frameBits(ones).nominalBits);
});

Deno.test("frameBits() equals a bit-by-bit count for any frame", () => {
  fc.assert(
    fc.property(anyFrame, (frame) => {
      const parts = naiveWireBits(frame).split("|");
      const dataPhaseBits = parts.length === 3 ? parts[1]!.length : 0;
      const nominalBits = parts.join("").length - dataPhaseBits;
      deepStrictEqual(frameBits(frame), { nominalBits, dataPhaseBits });
    }),
    { numRuns: 2000 },
  );
});

Deno.test("bestFrameBits() and worstFrameBits() enclose any frame", () => {
  const rates = { bitrateBps: 500_000, dataBitrateBps: 2_000_000 };
  fc.assert(fc.property(anyFrame, (frame) => {
    const shape = { ...frame, lengthBytes: frame.data.length };
    const durationMs = frameDurationMs(frame, rates);
    ok(bitsDurationMs(bestFrameBits(shape), rates) <= durationMs);
    ok(bitsDurationMs(worstFrameBits(shape), rates) >= durationMs);
  }));
});

Deno.test("meanFrameBits() is within 1 % of the mean of random frames", () => {
  const prng = new Prng(1);
  for (const extended of [false, true]) {
    for (const [isFd, lengthBytes] of [[false, 8], [true, 8], [true, 64]] as const) {
      let total = 0;
      const count = 3000;
      for (let i = 0; i < count; i++) {
        const id = prng.below(extended ? 2 ** 29 : 2 ** 11);
        const data = prng.bytes(lengthBytes);
        const bits = frameBits({ id, extended, fd: isFd, bitRateSwitch: isFd, data });
        total += bits.nominalBits + bits.dataPhaseBits;
      }
      const mean = meanFrameBits({ extended, fd: isFd, bitRateSwitch: isFd, lengthBytes });
      const ratio = (mean.nominalBits + mean.dataPhaseBits) / (total / count);
      ok(Math.abs(ratio - 1) < 0.01, `${lengthBytes} bytes: ${ratio}`);
    }
  }
});

Deno.test("frameDurationMs() takes each phase at its own bit rate", () => {
  const frame = fd(0x555, new Uint8Array(16).fill(0xAA), true);
  strictEqual(
    frameDurationMs(frame, { bitrateBps: 500_000, dataBitrateBps: 2_000_000 }),
    26 * 0.002 + 161 * 0.0005,
  );
});
