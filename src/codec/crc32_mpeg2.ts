const POLYNOMIAL = 0x04C11DB7;
const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let register = index << 24;
  for (let bit = 0; bit < 8; bit++) {
    register = register < 0 ? (register << 1) ^ POLYNOMIAL : register << 1;
  }
  return register;
});

/**
 * CRC-32/MPEG-2: polynomial 0x04C11DB7, most significant bit first, initial value 0xFFFFFFFF, no
 * final XOR. Check value 0x0376E6E7.
 *
 * Source: ISO/IEC 13818-1, annex "CRC decoder model".
 *
 * @param bytes What to check.
 * @param previous The result over the bytes before these, to go on from; 0xFFFFFFFF to begin.
 * @returns 0 up to 0xFFFFFFFF.
 */
export function crc32Mpeg2(bytes: Uint8Array, previous = 0xFFFFFFFF): number {
  let register = previous;
  for (let i = 0; i < bytes.length; i++) {
    register = (register << 8) ^ TABLE[(register >>> 24) ^ bytes[i]!]!;
  }
  return register >>> 0;
}

/** The value that stands for a byte missing from the last word: what erased flash reads. */
const PAD_BYTE = 0xFF;

/**
 * What the CRC unit of an STM32 gives with its reset settings when it is fed the flash word by
 * word: CRC-32/MPEG-2 over 32-bit words, each little-endian in memory and most significant byte
 * first into the register. The word 0x12345678 alone gives 0xDF8A8A2B.
 *
 * Bytes missing from the last word count as 0xFF, as the erased flash behind an image reads.
 *
 * Source: ST reference manuals (for example RM0090), "CRC calculation unit".
 *
 * @param bytes Memory content from a word-aligned address on.
 * @param previous The result over the words before these, to go on from; 0xFFFFFFFF to begin.
 * @returns 0 up to 0xFFFFFFFF.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { crc32Stm32 } from "./crc32_mpeg2.ts";
 *
 * strictEqual(crc32Stm32(Uint8Array.of(0x78, 0x56, 0x34, 0x12)), 0xDF8A8A2B);
 * ```
 */
export function crc32Stm32(bytes: Uint8Array, previous = 0xFFFFFFFF): number {
  let register = previous;
  const wholeBytes = bytes.length - bytes.length % 4;
  for (let i = 0; i < wholeBytes; i += 4) {
    for (let k = i + 3; k >= i; k--) {
      register = (register << 8) ^ TABLE[(register >>> 24) ^ bytes[k]!]!;
    }
  }
  if (wholeBytes === bytes.length) return register >>> 0;
  const lastWord = new Uint8Array(4).fill(PAD_BYTE);
  lastWord.set(bytes.subarray(wholeBytes));
  return crc32Mpeg2(lastWord.reverse(), register);
}
