/**
 * Firmware files (Intel HEX, Motorola S-record, ELF, raw binary) as ranges of bytes.
 *
 * @module
 */
export * from "./firmware_image.ts";
