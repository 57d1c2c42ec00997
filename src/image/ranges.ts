import { checksum, type ChecksumName, sha256 } from "../codec/mod.ts";
import {
  type AddressRange,
  concatBytes,
  rangeIntersection,
  rangeSizeBytes,
  uintToBytesBe,
} from "../core/mod.ts";
import type { FirmwareImage, ImageRange } from "./firmware_image.ts";

/** What erased flash reads on all families but L0 and L1, and what gaps are filled with. */
export const ERASED_BYTE = 0xFF;

/**
 * Counts an image's bytes.
 *
 * @param image The image.
 * @returns How many bytes it holds, gaps not counted.
 */
export function imageSizeBytes(image: FirmwareImage): number {
  return image.ranges.reduce((sum, range) => sum + range.data.length, 0);
}

/**
 * Tells which addresses an image reaches from and to.
 *
 * @param image An image that is not empty, as all are that were read from a file.
 * @returns From its first address to its last, gaps included.
 * @throws {RangeError} If the image has no range.
 */
export function imageSpan(image: FirmwareImage): AddressRange {
  const first = image.ranges[0];
  const last = image.ranges.at(-1);
  if (first === undefined || last === undefined) {
    throw new RangeError("Cannot tell the span of an image: it is empty");
  }
  return { start: first.start, end: last.end };
}

/**
 * Cuts an image down to a range of addresses.
 *
 * @param image The image.
 * @param range Which addresses.
 * @returns What the image has there; the data are views, not copies.
 */
export function imageWithin(image: FirmwareImage, range: AddressRange): readonly ImageRange[] {
  const parts: ImageRange[] = [];
  for (let i = firstRangeEndingAfter(image, range.start); i < image.ranges.length; i++) {
    const { start, data } = image.ranges[i]!;
    const common = rangeIntersection(image.ranges[i]!, range);
    if (common === undefined) break;
    parts.push({ ...common, data: data.subarray(common.start - start, common.end - start) });
  }
  return parts;
}

/**
 * Reads bytes that the image really has.
 *
 * @param image The image.
 * @param address Where the first byte lies.
 * @param lengthBytes How many bytes.
 * @returns A view of them; `undefined` if the image does not have each of them.
 */
export function bytesAt(
  image: FirmwareImage,
  address: number,
  lengthBytes: number,
): Uint8Array | undefined {
  const range = image.ranges[firstRangeEndingAfter(image, address)];
  const end = address + lengthBytes;
  if (range === undefined || address < range.start || end > range.end) return undefined;
  return range.data.subarray(address - range.start, end - range.start);
}

/**
 * Shows what memory holds after the image was written into erased flash.
 *
 * @param image The image.
 * @param range Which addresses; all of it is allocated, so bound it when it comes from outside.
 * @param fillByte What stands where the image has nothing; {@link ERASED_BYTE} by default.
 * @returns As many bytes as the range has; a copy.
 */
export function filledBytes(
  image: FirmwareImage,
  range: AddressRange,
  fillByte: number = ERASED_BYTE,
): Uint8Array {
  const bytes = new Uint8Array(rangeSizeBytes(range)).fill(fillByte);
  for (const { start, data } of imageWithin(image, range)) bytes.set(data, start - range.start);
  return bytes;
}

/** What {@link imageChecksum} is told besides the image. */
export interface ImageChecksumOptions {
  /** Which checksum. */
  readonly name: ChecksumName;
  /** Over which addresses; the image's whole span by default. */
  readonly range?: AddressRange;
  /** What counts where the image has nothing; {@link ERASED_BYTE} by default. */
  readonly fillByte?: number;
}

/**
 * Computes what a node computes over its flash when it holds the image.
 *
 * @param image The image.
 * @param options Which checksum, over which addresses.
 * @returns The checksum, most significant byte first.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { bytesToHex } from "../core/mod.ts";
 * import { createImage } from "./pieces.ts";
 * import { imageChecksum } from "./ranges.ts";
 *
 * const data = new TextEncoder().encode("123456789");
 * const image = createImage([{ address: 0x08004000, data }]);
 * strictEqual(bytesToHex(imageChecksum(image, { name: "crc32" })), "CB F4 39 26");
 * ```
 */
export function imageChecksum(image: FirmwareImage, options: ImageChecksumOptions): Uint8Array {
  const { name, range = imageSpan(image), fillByte = ERASED_BYTE } = options;
  return checksum(name, filledBytes(image, range, fillByte));
}

/**
 * Names an image by its content: equal for the same bytes at the same addresses, whatever file
 * format they came from; the entry address does not count.
 *
 * It is the SHA-256 over each range in turn: `[start (big-endian, 4), size (big-endian, 4), data]`.
 *
 * @param image The image.
 * @returns 32 bytes.
 */
export function imageDigest(image: FirmwareImage): Uint8Array {
  const parts = image.ranges.flatMap(({ start, data }) => [
    uintToBytesBe(start, 4),
    uintToBytesBe(data.length, 4),
    data,
  ]);
  return sha256(concatBytes(parts));
}

/** Index of the first range that ends after the address: the one that holds it, or the next. */
function firstRangeEndingAfter(image: FirmwareImage, address: number): number {
  let low = 0;
  let high = image.ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (image.ranges[middle]!.end > address) high = middle;
    else low = middle + 1;
  }
  return low;
}
