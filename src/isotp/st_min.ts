/**
 * Decodes the STmin byte of a FlowControl frame.
 *
 * Reserved values decode to 127 ms, the longest gap; 0xF0 too, which real stacks have sent
 * (eclipse-openbsw/openbsw#110).
 *
 * Source: ISO 15765-2:2016, "SeparationTime minimum (STmin) parameter definition".
 *
 * @param stMin One byte, 0x00..0xFF, as received.
 * @returns Minimum gap between consecutive frames, in ms; 0.1..0.9 for 0xF1..0xF9.
 * @throws {RangeError} If `stMin` is not a byte.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { decodeStMinMs } from "./st_min.ts";
 *
 * strictEqual(decodeStMinMs(0x14), 20);
 * strictEqual(decodeStMinMs(0xF3), 0.3);
 * ```
 */
export function decodeStMinMs(stMin: number): number {
  if (!Number.isInteger(stMin) || stMin < 0 || stMin > 0xFF) {
    throw new RangeError(`Cannot decode STmin ${stMin}: not a byte`);
  }
  if (stMin <= 0x7F) return stMin;
  return stMin >= 0xF1 && stMin <= 0xF9 ? (stMin - 0xF0) / 10 : 127;
}

/**
 * Encodes a gap as the smallest STmin that is not shorter.
 *
 * Source: ISO 15765-2:2016, "SeparationTime minimum (STmin) parameter definition".
 *
 * @param gapMs 0..127 ms.
 * @returns One byte.
 * @throws {RangeError} If the gap is outside 0..127 ms.
 */
export function encodeStMin(gapMs: number): number {
  if (!(gapMs >= 0 && gapMs <= 127)) throw new RangeError(`Cannot encode STmin of ${gapMs} ms`);
  if (gapMs === 0) return 0;
  // 0xF0 is reserved: the shortest gap above none is 100 us.
  const tenths = Math.max(1, Math.ceil(gapMs * 10 - 1e-9));
  return tenths <= 9 ? 0xF0 + tenths : Math.ceil(gapMs - 1e-9);
}
