/**
 * Pure data codecs that every layer may use: checksums, MACs, CBOR. Everything here is synchronous.
 *
 * @module
 */
export * from "./aes_cmac.ts";
export * from "./checksum.ts";
export * from "./crc16.ts";
export * from "./crc32.ts";
export * from "./crc32_mpeg2.ts";
export * from "./sha256.ts";
