import { type AddressRange, foreignContent, formatRange, hex } from "../core/mod.ts";
import { readElf } from "./elf_reader.ts";
import { ImageFormatError } from "./errors.ts";
import type { FirmwareImage } from "./firmware_image.ts";
import {
  IMAGE_FORMAT_NAMES,
  type ImageFormat,
  imageFormatOfContent,
  imageFormatOfName,
} from "./image_format.ts";
import { readIntelHex } from "./intel_hex_reader.ts";
import { ADDRESS_SPACE_END, createImage } from "./pieces.ts";
import { imageWithin } from "./ranges.ts";
import { readSRecord } from "./s_record_reader.ts";

/** A firmware file as it was found. */
export interface FirmwareFile {
  /** Its name, for the extension and for messages. */
  readonly name: string;
  /** Its content. */
  readonly bytes: Uint8Array;
  /** Where a raw binary belongs; the other formats say it themselves. */
  readonly baseAddress?: number;
  /** Its format, where name and content are not to be trusted. */
  readonly format?: ImageFormat;
  /** Which addresses of the file are meant, where it holds more; what lies elsewhere is left out. */
  readonly range?: AddressRange;
}

/**
 * Reads a firmware file of any format.
 *
 * @param file The file.
 * @returns The image.
 * @throws {ImageFormatError} If it cannot be what it claims to be.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { readFirmware } from "./read_firmware.ts";
 *
 * const text = ":020000040800F2\n:024000000102BB\n:00000001FF\n";
 * const image = readFirmware({ name: "app.hex", bytes: new TextEncoder().encode(text) });
 * deepStrictEqual(image.ranges, [
 *   { start: 0x08004000, end: 0x08004002, data: Uint8Array.of(1, 2) },
 * ]);
 * ```
 */
export function readFirmware(file: FirmwareFile): FirmwareImage {
  const image = readWhole(file);
  if (file.range === undefined) return image;
  const ranges = imageWithin(image, file.range).map((part) => ({
    ...part,
    data: part.data.slice(),
  }));
  if (ranges.length === 0) {
    const state = `it has no data in ${formatRange(file.range)}, but in ` +
      listRanges(image.ranges);
    throw new ImageFormatError("no-data", { file: file.name }, state);
  }
  return { ...image, ranges };
}

/** Ranges that a message lists. */
const LISTED_MAX = 4;

function listRanges(ranges: readonly AddressRange[]): string {
  const left = ranges.length - LISTED_MAX;
  return ranges.slice(0, LISTED_MAX).map(formatRange).join(", ") +
    (left > 0 ? ` and ${left} more` : "");
}

function readWhole(file: FirmwareFile): FirmwareImage {
  const { name, bytes, baseAddress } = file;
  if (bytes.length === 0) {
    throw new ImageFormatError("empty-file", { file: name }, "the file is empty");
  }
  const foreign = file.format === undefined
    ? foreignContent(bytes, { isRaw: imageFormatOfName(name) === "binary" })
    : undefined;
  if (foreign !== undefined) {
    throw new ImageFormatError("format", { file: name }, `it is ${foreign}`);
  }
  const format = detectImageFormat(file);
  if (format !== "binary" && baseAddress !== undefined) {
    const state = `${IMAGE_FORMAT_NAMES[format]} has its own addresses, so no base address ` +
      `(${hex(baseAddress, 8)}) can be given`;
    throw new ImageFormatError("base-address", { file: name }, state);
  }
  switch (format) {
    case "elf":
      return readElf(name, bytes);
    case "intel-hex":
      return readIntelHex(name, bytes);
    case "s-record":
      return readSRecord(name, bytes);
    case "binary":
      return readBinary(name, bytes, baseAddress);
  }
}

/**
 * Finds the format by name and content, which must not contradict each other.
 *
 * @param file The file; a `format` that it states is believed.
 * @returns The format.
 * @throws {ImageFormatError} If name and content contradict each other, or tell nothing.
 */
export function detectImageFormat(file: FirmwareFile): ImageFormat {
  if (file.format !== undefined) return file.format;
  const byName = imageFormatOfName(file.name);
  const byContent = imageFormatOfContent(file.bytes);
  if (byName !== undefined && byContent !== undefined && byName !== byContent) {
    const state = `the content is ${IMAGE_FORMAT_NAMES[byContent]}, but the name says ` +
      `${IMAGE_FORMAT_NAMES[byName]}; rename the file or state its format`;
    throw new ImageFormatError("format", { file: file.name }, state);
  }
  const format = byName ?? byContent;
  if (format === undefined) {
    const state = "neither name nor content tells the format, expected ELF, Intel HEX, S-record " +
      "or .bin";
    throw new ImageFormatError("format", { file: file.name }, state);
  }
  return format;
}

function readBinary(
  file: string,
  bytes: Uint8Array,
  baseAddress: number | undefined,
): FirmwareImage {
  if (baseAddress === undefined) {
    const state = "a raw binary has no addresses, expected a base address";
    throw new ImageFormatError("base-address", { file }, state);
  }
  if (!Number.isSafeInteger(baseAddress) || baseAddress < 0 || baseAddress >= ADDRESS_SPACE_END) {
    const state = `base address ${baseAddress}, expected 0 to 0xFFFFFFFF`;
    throw new ImageFormatError("base-address", { file }, state);
  }
  if (baseAddress + bytes.length > ADDRESS_SPACE_END) {
    const state = `${bytes.length} bytes from ${hex(baseAddress, 8)} pass address 0xFFFFFFFF, ` +
      "the last one";
    throw new ImageFormatError("address-wrap", { file }, state);
  }
  return createImage([{ address: baseAddress, data: bytes }]);
}
