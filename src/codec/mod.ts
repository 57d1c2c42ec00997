/**
 * Pure data codecs that every layer may use: checksums, MACs, CBOR. Everything here is synchronous.
 *
 * @module
 */
export * from "./aes_cmac.ts";
export * from "./cbor.ts";
export * from "./cbor_diagnostic.ts";
export * from "./certificate.ts";
export {
  CBOR_DEPTH_MAX,
  CborFormatError,
  type CborKey,
  type CborOptions,
  CborTag,
  type CborValue,
} from "./cbor_value.ts";
export * from "./checksum.ts";
export * from "./crc.ts";
export * from "./crc16.ts";
export * from "./crc32.ts";
export * from "./crc32_mpeg2.ts";
export * from "./gf256.ts";
export * from "./keyed_checksum.ts";
export * from "./gf256_parity.ts";
export * from "./sha256.ts";
export * from "./sums.ts";
export * from "./uuid5.ts";
export * from "./zlib.ts";
