import { constants, deflateSync, inflateSync } from "node:zlib";

/**
 * Compresses bytes as a zlib stream.
 *
 * Source: RFC 1950.
 *
 * @param bytes The bytes.
 * @returns The stream.
 */
export function zlibCompressed(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(deflateSync(bytes));
}

/**
 * Expands a zlib stream, as far as it goes where its end is missing.
 *
 * @param stream The stream.
 * @param lengthBytesMax The most that it may expand to; that much is allocated at the most.
 * @returns The bytes; `undefined` where it is damaged, or larger.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { zlibCompressed, zlibExpanded } from "./zlib.ts";
 *
 * const bytes = Uint8Array.of(1, 2, 3);
 * deepStrictEqual(zlibExpanded(zlibCompressed(bytes), 3), bytes);
 * ```
 */
export function zlibExpanded(stream: Uint8Array, lengthBytesMax: number): Uint8Array | undefined {
  try {
    const options = {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: Math.max(1, lengthBytesMax),
    };
    return new Uint8Array(inflateSync(stream, options));
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}
