import { strictEqual } from "node:assert/strict";
import { frameCount } from "../../../src/isotp/mod.ts";

/** Bytes of a message, bytes of a consecutive frame, frames. */
const TABLE: readonly (readonly [number, number, number])[] = [
  // A first frame of a classic bus carries 6 bytes, a consecutive one 7.
  [6, 7, 1],
  [7, 7, 2],
  [13, 7, 2],
  [14, 7, 3],
  [20, 7, 3],
  [4095, 7, 586],
  // Of 64 bytes: 62, and 63.
  [62, 63, 1],
  [63, 63, 2],
  [125, 63, 2],
  [126, 63, 3],
];

Deno.test("frameCount() counts a first frame, which carries one byte less, and consecutive ones", () => {
  for (const [lengthBytes, frameBytes, count] of TABLE) {
    strictEqual(frameCount(lengthBytes, frameBytes), count, `${lengthBytes} by ${frameBytes}`);
  }
});
