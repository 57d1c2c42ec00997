import { defined, hex, hexToBytes } from "../core/mod.ts";
import { CHECKSUM_KEY_LEVEL, type NodeStep, type UpdateProfile } from "../update/mod.ts";
import type { IssueList } from "./_issue_list.ts";
import { resolvePath } from "./_resolve_images.ts";
import type { YamlPath } from "./_yaml_source.ts";
import type { FleetKeySource, FleetSecurity } from "./fleet.ts";
import type { NodeFields } from "./fleet_schema.ts";

/** A profile and the keys that it needs on one node. */
interface SecuredProfile {
  readonly profile: UpdateProfile;
  readonly security: readonly FleetSecurity[];
}

/**
 * Gives each security level that a profile unlocks its key source.
 *
 * @param profile The profile.
 * @param written What the node says.
 * @param path Its place.
 * @param issues Takes its mistakes.
 * @returns The keys, and the profile: without SecurityAccess where the node says `none`.
 */
export function resolveSecurity(
  profile: UpdateProfile,
  written: NodeFields["security"],
  path: YamlPath,
  issues: IssueList,
): SecuredProfile {
  if (written === "none") return { profile: withoutSecurityAccess(profile), security: [] };
  const levels = levelsOf(profile);
  const shown = levels.map((level) => hex(level, 2)).join(", ");
  const security = new Map<number, FleetKeySource>();
  const entries = written === undefined ? [] : Array.isArray(written) ? written : [written];
  for (const [i, entry] of entries.entries()) {
    const at = Array.isArray(written) ? [...path, i] : path;
    if (entry.level !== undefined && !levels.includes(entry.level)) {
      const expected = levels.length === 0
        ? `expected no level, profile ${profile.name} unlocks none`
        : `expected a level that profile ${profile.name} unlocks, ${shown}`;
      issues.reportValue([...at, "level"], expected);
    }
    for (const level of entry.level === undefined ? levels : [entry.level]) {
      if (security.has(level)) {
        issues.report(at, `expected one key source for level ${hex(level, 2)}`);
      }
      security.set(level, keySourceOf(entry, at, issues));
    }
  }
  for (const level of levels) {
    if (security.has(level)) continue;
    issues.report(
      path,
      `missing, expected a key source for level ${hex(level, 2)} of profile ${profile.name}, ` +
        "or none",
    );
  }
  return { profile, security: [...security].map(([level, key]) => ({ level, key })) };
}

type KeyEntry = Exclude<NonNullable<NodeFields["security"]>, "none" | readonly unknown[]>;

function keySourceOf(entry: KeyEntry, at: YamlPath, issues: IssueList): FleetKeySource {
  if ("xor" in entry) return { kind: "xor", mask: hexToBytes(entry.xor) };
  if ("add" in entry) return { kind: "add", addend: hexToBytes(entry.add) };
  function beneath(path: string, ...key: readonly (string | number)[]): string {
    return resolvePath(path, [...at, ...key], issues);
  }
  if ("aesCmac" in entry) return { kind: "cmac", file: beneath(entry.aesCmac, "aesCmac") };
  if ("module" in entry) return { kind: "module", file: beneath(entry.module, "module") };
  if ("command" in entry) {
    const [program = "", ...words] = entry.command;
    return { kind: "command", words: [beneath(program, "command", 0), ...words] };
  }
  const { variant, options } = entry;
  return {
    kind: "library",
    file: beneath(entry.library, "library"),
    ...defined({ variant, options }),
  };
}

/**
 * Gives a profile that sums up with a key its key source.
 *
 * @param profile The profile.
 * @param written What the node says.
 * @param path Its place.
 * @param issues Takes its mistakes.
 * @returns The key source at a level of its own; nothing where none is needed.
 */
export function resolveChecksumKey(
  { name, check, download }: UpdateProfile,
  written: NodeFields["checksumKey"],
  path: YamlPath,
  issues: IssueList,
): readonly FleetSecurity[] {
  const algorithms = [check?.algorithm, download.exitAlgorithm];
  const isNeeded = algorithms.some((one) => typeof one === "object" && "keyed" in one);
  if (written === undefined) {
    if (isNeeded) {
      issues.report(
        path,
        `missing, expected the key source of checksums of profile ${name}, ` +
          "for example {aesCmac: check.key}",
      );
    }
    return [];
  }
  if (!isNeeded) {
    issues.report(path, `expected no checksumKey: profile ${name} sums up without a key`, "key");
  }
  if (written.level !== undefined) {
    issues.report([...path, "level"], "expected no level: a checksum has none", "key");
  }
  return [{ level: CHECKSUM_KEY_LEVEL, key: keySourceOf(written, path, issues) }];
}

function levelsOf(profile: UpdateProfile): readonly number[] {
  const steps = [...profile.enter, ...profile.finish];
  const levels = steps.flatMap((step) => step.kind === "securityAccess" ? [step.level] : []);
  return [...new Set(levels)];
}

function withoutSecurityAccess(profile: UpdateProfile): UpdateProfile {
  function keep(steps: readonly NodeStep[]): readonly NodeStep[] {
    return steps.filter(({ kind }) => kind !== "securityAccess");
  }
  return { ...profile, enter: keep(profile.enter), finish: keep(profile.finish) };
}
