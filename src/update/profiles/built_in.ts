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
