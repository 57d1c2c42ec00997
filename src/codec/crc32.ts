import { crc32 as zlibCrc32 } from "node:zlib";

/**
 * CRC-32 as in Ethernet, zip and `binascii`: polynomial 0x04C11DB7 reflected, initial value and
 * final XOR 0xFFFFFFFF. Check value 0xCBF43926.
 *
 * Source: IEEE 802.3, "Frame Check Sequence (FCS) field".
 *
 * @param bytes What to check.
 * @param previous The result over the bytes before these, to go on from; 0 to begin.
 * @returns 0 up to 0xFFFFFFFF.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { crc32 } from "./crc32.ts";
 *
 * strictEqual(crc32(new TextEncoder().encode("123456789")), 0xCBF43926);
 * ```
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  return zlibCrc32(bytes, previous);
}
