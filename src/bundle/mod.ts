/**
 * Signed releases: SUIT manifests in envelopes with their payloads, signed as COSE_Sign1; and the
 * trust files that say whose signatures count.
 *
 * Everything here is pure. Signatures are made and verified by the caller, who has WebCrypto.
 *
 * @module
 */
export type { CborKey, CborOptions, CborTag, CborValue } from "../codec/mod.ts";
export * from "./bundle_error.ts";
export { BUNDLE_CBOR } from "./_shape.ts";
export * from "./cose_sign1.ts";
export * from "./image_payload.ts";
export * from "./release.ts";
export * from "./signers.ts";
export * from "./suit_commands.ts";
export * from "./suit_envelope.ts";
export * from "./suit_manifest.ts";
export * from "./suit_parameters.ts";
export * from "./suit_text.ts";
export * from "./trust_file.ts";
