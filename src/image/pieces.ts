import { concatBytes, formatRange, hex } from "../core/mod.ts";
import type { FirmwareImage, ImageRange, ImageWarning } from "./firmware_image.ts";

/** One past the last address of a 32-bit machine. */
export const ADDRESS_SPACE_END = 2 ** 32;

/** Bytes that belong at an address: what images are made of. */
export interface ImagePiece {
  /** Where the first byte belongs. */
  readonly address: number;
  /** The bytes. */
  readonly data: Uint8Array;
}

/**
 * Makes an image of pieces in any order; pieces without bytes vanish, neighbours become one range.
 *
 * @param pieces Where which bytes belong; the image gets copies.
 * @param entryAddress Where execution starts, if that is known.
 * @returns The image.
 * @throws {RangeError} If pieces overlap or leave the 32-bit address space.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { createImage } from "./pieces.ts";
 *
 * const image = createImage([
 *   { address: 0x08004002, data: Uint8Array.of(3, 4) },
 *   { address: 0x08004000, data: Uint8Array.of(1, 2) },
 * ]);
 * strictEqual(image.ranges.length, 1);
 * strictEqual(image.ranges[0]?.end, 0x08004004);
 * ```
 */
export function createImage(pieces: readonly ImagePiece[], entryAddress?: number): FirmwareImage {
  for (const { address, data } of pieces) {
    const end = address + data.length;
    if (!Number.isSafeInteger(address) || address < 0 || end > ADDRESS_SPACE_END) {
      throw new RangeError(`Cannot place ${data.length} bytes at ${address}: not 32-bit addresses`);
    }
  }
  const sorted = sortPieces(pieces);
  const overlap = firstOverlap(sorted);
  if (overlap !== undefined) {
    const [lower, upper] = overlap.map(({ address, data }) =>
      formatRange({ start: address, end: address + data.length })
    );
    throw new RangeError(`Cannot make an image: ${lower} and ${upper} overlap`);
  }
  return imageOf(mergePieces(sorted), { entryAddress });
}

/**
 * Makes an image of ranges that are in order already.
 *
 * @param ranges Sorted, disjoint ranges.
 * @param more Where execution starts, if that is known, and what is to be doubted.
 * @returns The image.
 */
export function imageOf(
  ranges: readonly ImageRange[],
  more: {
    readonly entryAddress?: number | undefined;
    readonly warnings?: readonly ImageWarning[];
  } = {},
): FirmwareImage {
  const { entryAddress, warnings = [] } = more;
  return {
    ranges,
    ...(entryAddress === undefined ? {} : { entryAddress }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

/**
 * Puts pieces in order and drops those without bytes.
 *
 * @param pieces Pieces in any order.
 * @returns Those that have bytes, by address.
 */
export function sortPieces<T extends ImagePiece>(pieces: readonly T[]): readonly T[] {
  return pieces.filter((piece) => piece.data.length > 0).sort((a, b) => a.address - b.address);
}

/**
 * Looks for pieces that contradict or repeat each other.
 *
 * @param sorted Pieces by address.
 * @returns The first two that share an address, the one that starts lower first.
 */
export function firstOverlap<T extends ImagePiece>(
  sorted: readonly T[],
): readonly [T, T] | undefined {
  for (let i = 1; i < sorted.length; i++) {
    const lower = sorted[i - 1]!;
    const upper = sorted[i]!;
    if (lower.address + lower.data.length > upper.address) return [lower, upper];
  }
  return undefined;
}

/**
 * Says whether two pieces agree about the addresses that both have.
 *
 * @param pieces Two pieces that overlap.
 * @returns Words that follow on what they overlap by.
 */
export function compareOverlap([left, right]: readonly [ImagePiece, ImagePiece]): string {
  const start = Math.max(left.address, right.address);
  const end = Math.min(left.address + left.data.length, right.address + right.data.length);
  for (let address = start; address < end; address++) {
    const [a, b] = [left, right].map((piece) => piece.data[address - piece.address]!);
    if (a !== b) return `with other bytes, first at ${hex(address, 8)}`;
  }
  return end - start === 1 ? "with the same byte" : `with the same ${end - start} bytes`;
}

/**
 * Joins pieces that touch.
 *
 * @param sorted Pieces by address that do not overlap.
 * @returns Ranges with copies of the bytes; neighbours are one.
 */
export function mergePieces(sorted: readonly ImagePiece[]): readonly ImageRange[] {
  const ranges: ImageRange[] = [];
  let from = 0;
  for (let i = 0; i < sorted.length; i++) {
    const { address, data } = sorted[i]!;
    const end = address + data.length;
    if (sorted[i + 1]?.address === end) continue;
    const start = sorted[from]!.address;
    ranges.push({ start, end, data: concatBytes(sorted.slice(from, i + 1).map((p) => p.data)) });
    from = i + 1;
  }
  return ranges;
}
