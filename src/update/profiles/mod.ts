/**
 * The profiles that come with canvoy, and what makes profiles of text.
 *
 * Not among them: PSA's sequence, whose TransferData carries address, length and CRC inside each
 * block, which a profile cannot state.
 *
 * @module
 */
export * from "./build_profile.ts";
export * from "./built_in.ts";
export { ISO14229_PROFILE, ISO14229_TEXT } from "./iso14229.ts";
export * from "./profile_keys.ts";
export * from "./profile_text.ts";
