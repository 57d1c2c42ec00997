import { BUILT_IN_PROFILES, type UpdateProfile } from "../../src/update/mod.ts";
import { buildProfile } from "../../src/update/profiles/build_profile.ts";
import { ISO14229_TEXT } from "../../src/update/profiles/iso14229.ts";
import {
  changeProfile,
  type CheckText,
  type ProfileText,
} from "../../src/update/profiles/profile_text.ts";

const REPORT: CheckText = {
  ...ISO14229_TEXT.check as CheckText,
  request: "31 01 02 02 44 {address:4} {size:4}",
  mode: "report",
};
const VECTORS = changeProfile(ISO14229_TEXT, { erase: { first: "vectors" } });

/** What no built-in profile says, and a fleet file may. */
const MORE: Readonly<Record<string, ProfileText>> = {
  "iso14229-report": { ...ISO14229_TEXT, check: REPORT },
  "iso14229-vectors": VECTORS,
  "iso14229-vectors-report": { ...VECTORS, check: REPORT },
};

/** Names of the profiles that the worlds play beside the built-in ones. */
export const MORE_PROFILES: readonly string[] = Object.keys(MORE);

/** All profiles of the worlds, by name. */
export const WORLD_PROFILES: ReadonlyMap<string, UpdateProfile> = new Map([
  ...BUILT_IN_PROFILES,
  ...Object.entries(MORE).map(([name, text]) => [name, buildProfile(name, text).profile] as const),
]);
