import type { UpdateProfile } from "./profile.ts";
import { buildProfile } from "./build_profile.ts";
import { FF01_CHECKSUM_TEXT } from "./ff01_checksum.ts";
import { ISO14229_TEXT } from "./iso14229.ts";
import { ISO14229_BANKS_TEXT } from "./iso14229_banks.ts";
import { ISO14229_GROUP_TEXT } from "./iso14229_group.ts";
import { NXP_S32K_UNIFIED_TEXT } from "./nxp_s32k_unified.ts";
import type { ProfileText } from "./profile_text.ts";
import { PSA_LIKE_TEXT } from "./psa_like.ts";
import { SUPPLIER_HASH_TEXT } from "./supplier_hash.ts";
import { TEXTBOOK_TEXT } from "./textbook.ts";
import { VW_LIKE_TEXT } from "./vw_like.ts";

/** What a fleet file's nodes and profiles start from unless they say otherwise. */
export const DEFAULT_PROFILE_NAME = "iso14229";

/** The built-in profiles as they were written, by name. */
export const BUILT_IN_PROFILE_TEXTS: ReadonlyMap<string, ProfileText> = new Map([
  [DEFAULT_PROFILE_NAME, ISO14229_TEXT],
  ["iso14229-group", ISO14229_GROUP_TEXT],
  ["iso14229-banks", ISO14229_BANKS_TEXT],
  ["textbook", TEXTBOOK_TEXT],
  ["vw-like", VW_LIKE_TEXT],
  ["nxp-s32k-unified", NXP_S32K_UNIFIED_TEXT],
  ["psa-like", PSA_LIKE_TEXT],
  ["supplier-hash", SUPPLIER_HASH_TEXT],
  ["ff01-checksum", FF01_CHECKSUM_TEXT],
]);

/** Every profile that a fleet file may name without writing it. */
export const BUILT_IN_PROFILES: ReadonlyMap<string, UpdateProfile> = new Map(
  [...BUILT_IN_PROFILE_TEXTS].map(([name, text]) => [name, buildProfile(name, text).profile]),
);

/** What each built-in profile is, in one line, in the same order. */
export const BUILT_IN_PROFILE_SUMMARIES: Readonly<Record<string, string>> = {
  "iso14229": "ISO 14229-1 itself: erase FF00, check 0202 by CRC-32; the default",
  "iso14229-group": "iso14229 for nodes that take group downloads",
  "iso14229-banks": "iso14229 for parts with two banks, which are exchanged",
  "textbook": "the sequence of tutorials: level 03, date to F199, no checksum",
  "vw-like": "blocks by number, as Volkswagen's control units have them",
  "nxp-s32k-unified": "NXP's unified bootloader: driver in RAM, one erase, CRC-16/DNP",
  "psa-like": "blocks with address, length and CRC of their own, as PSA has them",
  "supplier-hash": "a supplier's: status 04 is good, SHA-256 of 32 bytes is compared",
  "ff01-checksum": "FF01 carries address, size and CRC-16; blocks of 2 KiB",
};
