import { rangeSizeBytes } from "../core/mod.ts";
import { ImageSpanError } from "./errors.ts";
import type { FirmwareImage } from "./firmware_image.ts";
import { ERASED_BYTE, filledBytes, imageSpan } from "./ranges.ts";

/** What fills the gaps of a raw binary, and how large it may become. */
export interface BinaryOptions {
  /** What stands in gaps; {@link ERASED_BYTE} by default. */
  readonly fillByte?: number;
  /** Largest file, in bytes; 64 MiB by default: two ranges far apart would fill a disk. */
  readonly spanBytesMax?: number;
}

/**
 * Writes the bytes from the first address to the last; the first address itself is lost.
 *
 * @param image The image; not an empty one.
 * @param options What fills gaps, and how large the result may become.
 * @returns The file's content.
 * @throws {ImageSpanError} If the ranges lie too far apart.
 * @throws {RangeError} If the image has no range.
 */
export function writeBinary(image: FirmwareImage, options: BinaryOptions = {}): Uint8Array {
  const { fillByte = ERASED_BYTE, spanBytesMax = 64 * 2 ** 20 } = options;
  const span = imageSpan(image);
  const spanBytes = rangeSizeBytes(span);
  if (spanBytes > spanBytesMax) throw new ImageSpanError(spanBytes, spanBytesMax);
  return filledBytes(image, span, fillByte);
}
