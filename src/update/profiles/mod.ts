/**
 * The profiles that come with canvoy, by name.
 *
 * @module
 */
import type { UpdateProfile } from "../profile.ts";
import { ISO14229_OPEN_PROFILE, ISO14229_PROFILE } from "./iso14229.ts";

/** Every profile that a fleet file may name. */
export const BUILT_IN_PROFILES: ReadonlyMap<string, UpdateProfile> = new Map(
  [ISO14229_PROFILE, ISO14229_OPEN_PROFILE].map((profile) => [profile.name, profile]),
);
