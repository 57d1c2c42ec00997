import { uintToBytesBe } from "../core/mod.ts";

/** How bytes are summed up. */
export interface SumParameters {
  /** Bits of the sum: what is beyond them is lost. */
  readonly width: 8 | 16 | 32;
  /** Bytes of what is added: each byte, or words; 1 by default. */
  readonly wordBytes?: 1 | 2 | 4;
  /** Whether words are least significant byte first in memory; not by default. */
  readonly littleEndian?: boolean;
  /** Whether the result is the two's complement: sum and result then add up to 0. Not by default. */
  readonly negated?: boolean;
}

/** The value that stands for a byte missing from the last word: what erased flash reads. */
const PAD_BYTE = 0xFF;

/**
 * Sums bytes or words up.
 *
 * @param parameters How.
 * @param bytes What to check; bytes missing from the last word count as 0xFF.
 * @returns The sum, most significant byte first.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { sum } from "./sums.ts";
 *
 * const bytes = Uint8Array.of(1, 2, 3, 4);
 * deepStrictEqual(sum({ width: 16, wordBytes: 2 }, bytes), Uint8Array.of(0x04, 0x06));
 * deepStrictEqual(sum({ width: 8, negated: true }, bytes), Uint8Array.of(0xF6));
 * ```
 */
export function sum(parameters: SumParameters, bytes: Uint8Array): Uint8Array {
  const { width, wordBytes = 1, littleEndian = false, negated = false } = parameters;
  let total = 0;
  for (let i = 0; i < bytes.length; i += wordBytes) {
    for (let k = 0; k < wordBytes; k++) {
      const byte = bytes[i + k] ?? PAD_BYTE;
      const place = littleEndian ? k : wordBytes - 1 - k;
      total = (total + (byte << (8 * place))) | 0;
    }
  }
  const value = (negated ? -total : total) >>> 0;
  return uintToBytesBe(width === 32 ? value : value % 2 ** width, width / 8);
}
