import { strictEqual, throws } from "node:assert/strict";
import { decodeStMinMs, encodeStMin } from "../../../src/isotp/mod.ts";

Deno.test("decodeStMinMs() reads milliseconds, 100 us steps, and reserved values as 127 ms", () => {
  for (let stMin = 0; stMin <= 0xFF; stMin++) {
    const isTenths = stMin >= 0xF1 && stMin <= 0xF9;
    const expected = stMin <= 0x7F ? stMin : isTenths ? (stMin - 0xF0) / 10 : 127;
    strictEqual(decodeStMinMs(stMin), expected);
  }
  // Named, because the loop above shares its conditions with the code.
  strictEqual(decodeStMinMs(0x7F), 127);
  strictEqual(decodeStMinMs(0x80), 127);
  strictEqual(decodeStMinMs(0xF0), 127);
  strictEqual(decodeStMinMs(0xF1), 0.1);
  strictEqual(decodeStMinMs(0xF9), 0.9);
  strictEqual(decodeStMinMs(0xFA), 127);
  strictEqual(decodeStMinMs(0xFF), 127);
});

Deno.test("decodeStMinMs() refuses what is no byte", () => {
  for (const stMin of [-1, 256, 1.5, NaN]) throws(() => decodeStMinMs(stMin), RangeError);
});

Deno.test("encodeStMin() gives the smallest STmin that is not shorter", () => {
  const table: readonly (readonly [number, number])[] = [
    [0, 0],
    // Not 0xF0, which is reserved.
    [1e-12, 0xF1],
    [0.01, 0xF1],
    [0.1, 0xF1],
    [0.25, 0xF3],
    [0.3, 0xF3],
    [0.9, 0xF9],
    [0.95, 1],
    [1, 1],
    [1.1, 2],
    [127, 0x7F],
  ];
  for (const [gapMs, stMin] of table) strictEqual(encodeStMin(gapMs), stMin, `${gapMs} ms`);
  for (const gapMs of [-0.1, 127.1, NaN]) throws(() => encodeStMin(gapMs), RangeError);
});
