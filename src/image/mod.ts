/**
 * Firmware files (Intel HEX, Motorola S-record, ELF, raw binary) as ranges of bytes.
 *
 * Reading is strict: what a file says twice, wrongly or not to the end is refused with the place.
 *
 * @module
 */
export type { ChecksumName } from "../codec/mod.ts";
export * from "./binary_writer.ts";
export * from "./elf_reader.ts";
export * from "./errors.ts";
export * from "./firmware_image.ts";
export * from "./image_format.ts";
export * from "./intel_hex_reader.ts";
export { type RecordOptions, writeIntelHex } from "./intel_hex_writer.ts";
export * from "./mcuboot_header.ts";
export { createImage, type ImagePiece } from "./pieces.ts";
export * from "./programs.ts";
export * from "./ranges.ts";
export * from "./read_firmware.ts";
export * from "./s_record_reader.ts";
export * from "./s_record_writer.ts";
