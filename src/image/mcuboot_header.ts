import type { FirmwareImage } from "./firmware_image.ts";
import { bytesAt } from "./ranges.ts";

const MAGIC = 0x96F3_B83D;
const HEADER_BYTES = 32;
const TRAILER_INFO_BYTES = 4;
const TRAILER_MAGIC = 0x6907;
const PROTECTED_TRAILER_MAGIC = 0x6908;

/** What MCUboot's imgtool puts before an application. */
export interface McubootHeader {
  /** Where the header starts. */
  readonly address: number;
  /** Its size with what fills it up: the vector table follows it. */
  readonly headerBytes: number;
  /** Size of the application behind it. */
  readonly imageBytes: number;
  /** For example `1.2.3+4`: major, minor, revision and build number. */
  readonly version: string;
  /** Whether the image has a trailer, in which hash and signature stand. */
  readonly hasTrailer: boolean;
}

/**
 * Reads the header that an image for MCUboot begins with.
 *
 * `[magic 0x96F3B83D (4), load address (4), header size (2), protected trailer size (2), image size
 * (4), flags (4), major (1), minor (1), revision (2), build number (4), 0 (4)]`, all little-endian.
 *
 * Source: MCUboot, docs/design.md, "Image format".
 *
 * @param image An image.
 * @param address Where the header would start.
 * @returns The header; `undefined` where there is none.
 */
export function readMcubootHeader(
  image: FirmwareImage,
  address: number,
): McubootHeader | undefined {
  const bytes = bytesAt(image, address, HEADER_BYTES);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (view.getUint32(0, true) !== MAGIC) return undefined;
  const headerBytes = view.getUint16(8, true);
  const imageBytes = view.getUint32(12, true);
  if (headerBytes < HEADER_BYTES) return undefined;
  const build = view.getUint32(24, true);
  const version = `${view.getUint8(20)}.${view.getUint8(21)}.${view.getUint16(22, true)}` +
    (build === 0 ? "" : `+${build}`);
  const trailer = bytesAt(image, address + headerBytes + imageBytes, TRAILER_INFO_BYTES);
  const trailerMagic = trailer === undefined ? 0 : trailer[0]! + 256 * trailer[1]!;
  const hasTrailer = trailerMagic === TRAILER_MAGIC || trailerMagic === PROTECTED_TRAILER_MAGIC;
  return { address, headerBytes, imageBytes, version, hasTrailer };
}
