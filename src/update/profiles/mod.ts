/**
 * The profiles that come with canvoy, what profiles are made of, and what makes them of text.
 *
 * @module
 */
export {
  CHECKSUM_KEY_LEVEL,
  CHECKSUM_NAMES,
  type ChecksumKind,
  type ChecksumName,
  type CrcParameters,
  type KeyedChecksum,
  type SummedBy,
} from "../../codec/mod.ts";
export * from "./build_profile.ts";
export * from "./built_in.ts";
export { ISO14229_PROFILE, ISO14229_TEXT } from "./iso14229.ts";
export * from "./profile.ts";
export * from "./profile_defaults.ts";
export * from "./profile_keys.ts";
export * from "./profile_text.ts";
