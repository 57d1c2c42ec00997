import {
  buildProfile,
  BUILT_IN_PROFILE_TEXTS,
  BUILT_IN_PROFILES,
  changeProfile,
  DEFAULT_PROFILE_NAME,
  type UpdateProfile,
} from "../update/mod.ts";
import { unknownName } from "./_expand_nodes.ts";
import type { IssueList } from "./_issue_list.ts";
import type { FleetDocument } from "./fleet_schema.ts";

/**
 * Builds the profiles of a file.
 *
 * @param document The file.
 * @param issues Takes its mistakes.
 * @returns They and the built-in ones, by name; `undefined` for one with mistakes.
 */
export function resolveProfiles(
  document: FleetDocument,
  issues: IssueList,
): ReadonlyMap<string, UpdateProfile | undefined> {
  const profiles = new Map<string, UpdateProfile | undefined>(BUILT_IN_PROFILES);
  for (const [name, written] of Object.entries(document.profiles ?? {})) {
    const path = ["profiles", name];
    if (BUILT_IN_PROFILES.has(name)) {
      issues.report(path, "expected another name: this one is a built-in profile's", "key");
      continue;
    }
    const { extends: baseName = DEFAULT_PROFILE_NAME, ...change } = written;
    const base = BUILT_IN_PROFILE_TEXTS.get(baseName);
    profiles.set(name, undefined);
    if (base === undefined) {
      const message = unknownName("built-in profiles", baseName, BUILT_IN_PROFILES.keys());
      issues.report([...path, "extends"], message);
      continue;
    }
    const before = issues.count;
    checkCheck(base.check, change.check, [...path, "check"], issues);
    if (issues.count !== before) continue;
    const text = changeProfile(base, change);
    const { profile, problems } = buildProfile(name, text);
    for (const problem of problems) {
      const at = [...path, ...problem.path];
      const isHex = /\b0x[0-9a-f]{2}\b/i.test(issues.quote(at) ?? "");
      const hint = isHex ? '; bytes are written without 0x, as "31 01 FF 00"' : "";
      issues.report(at, problem.message + hint);
    }
    if (issues.count === before) profiles.set(name, profile);
  }
  return profiles;
}

/** A check that is added to a profile without one must be complete. */
function checkCheck(
  base: unknown,
  written: NonNullable<FleetDocument["profiles"]>[string]["check"],
  path: readonly string[],
  issues: IssueList,
): void {
  if (base !== "none" || written === undefined || written === "none") return;
  for (const key of ["scope", "request", "algorithm", "mode", "readOnly"] as const) {
    if (written[key] !== undefined) continue;
    issues.report([...path, key], `missing, expected all of a check: the base profile has none`);
  }
}
