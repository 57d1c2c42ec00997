import {
  buildProfile,
  BUILT_IN_PROFILE_TEXTS,
  BUILT_IN_PROFILES,
  changeProfile,
  DEFAULT_PROFILE_NAME,
  type ProfileText,
  type UpdateProfile,
} from "../update/mod.ts";
import { ownEntry, unknownName } from "./_expand_nodes.ts";
import { formatPath, type IssueList } from "./_issue_list.ts";
import { requestHint } from "./_profile_hints.ts";
import type { FileReference, ProfileFiles, ProfileSource } from "./_profile_source.ts";
import type { ProfileDocument } from "./_profile_schema.ts";
import type { YamlPath } from "./_yaml_source.ts";
import type { FleetDocument } from "./fleet_schema.ts";

/** So many profiles may extend one another; people write two or three. */
const EXTENDED_MAX = 16;

/** `banks.swap[0]` is one of the deepest keys that messages name. */
const KEY_DEPTH_MAX = 3;

/** A profile's text, and who wrote which part of it. */
interface ResolvedText {
  readonly text: ProfileText;
  /** The profiles that made it, the last one first; built-in ones are not among them. */
  readonly sources: readonly ProfileSource[];
}

/**
 * Builds the profiles of a file.
 *
 * @param document The file.
 * @param files The files that its profiles are in.
 * @param issues Takes its mistakes.
 * @returns They and the built-in ones, by name; `undefined` for one with mistakes.
 */
export function resolveProfiles(
  document: Pick<FleetDocument, "profiles">,
  files: ProfileFiles,
  issues: IssueList,
): ReadonlyMap<string, UpdateProfile | undefined> {
  const profiles = new Map<string, UpdateProfile | undefined>(BUILT_IN_PROFILES);
  const resolver = new ProfileResolver(document, files, issues);
  for (const name of Object.keys(document.profiles ?? {})) {
    if (BUILT_IN_PROFILES.has(name)) {
      const message = "expected another name: this one is a built-in profile's";
      issues.report(["profiles", name], message, "key");
      continue;
    }
    profiles.set(name, resolver.build(name));
  }
  files.finish();
  return profiles;
}

class ProfileResolver {
  readonly #document: Pick<FleetDocument, "profiles">;
  readonly #files: ProfileFiles;
  readonly #issues: IssueList;
  readonly #texts = new Map<string, ResolvedText | undefined>();

  constructor(document: Pick<FleetDocument, "profiles">, files: ProfileFiles, issues: IssueList) {
    this.#document = document;
    this.#files = files;
    this.#issues = issues;
  }

  build(name: string): UpdateProfile | undefined {
    const resolved = this.#named(name, []);
    if (resolved === undefined) return undefined;
    const { profile, problems } = buildProfile(name, resolved.text);
    for (const { path, message } of problems) {
      const { issues, path: base } = ownerOf(path, resolved.sources) ?? resolved.sources[0]!;
      const at = [...base, ...path];
      const written = (issues.quote(at) ?? "").replace(/^"(.*)"$/, "$1");
      issues.report(at, message + requestHint(written, message));
    }
    if (problems.length > 0) return undefined;
    return { ...profile, places: placesOf(resolved) };
  }

  /** A profile of the fleet file; `through`: those that extend it. */
  #named(name: string, through: readonly string[]): ResolvedText | undefined {
    const known = this.#texts.get(name);
    if (known !== undefined || this.#texts.has(name)) return known;
    const { file, ...written } = this.#document.profiles![name]!;
    const path = ["profiles", name];
    const source: ProfileSource = { name, written, issues: this.#issues, path };
    const at = [...path, "file"];
    const resolved = file === undefined
      ? this.#extended(source, [...through, name])
      : this.#isAlone(written, path)
      ? this.#inFile({ file, by: source, at }, [...through, name])
      : undefined;
    this.#texts.set(name, resolved);
    return resolved;
  }

  /** What a profile in a file of its own is changed by, says one that extends it. */
  #isAlone(written: ProfileDocument, path: YamlPath): boolean {
    const keys = Object.keys(written);
    for (const key of keys) {
      const message = "expected no other key beside file; to change that profile: " +
        "{ extends: { file: FILE }, ... }";
      this.#issues.report([...path, key], message, "key");
    }
    return keys.length === 0;
  }

  #inFile(reference: FileReference, through: readonly string[]): ResolvedText | undefined {
    const path = this.#files.pathOf(reference);
    // No name begins so.
    const id = `./${path}`;
    if (path === undefined || this.#isCircle(id, through, reference)) return undefined;
    const source = this.#files.open(path, reference);
    return source && this.#extended(source, [...through, id]);
  }

  #extended(source: ProfileSource, through: readonly string[]): ResolvedText | undefined {
    const { extends: base = DEFAULT_PROFILE_NAME, ...change } = source.written;
    const at = [...source.path, "extends"];
    if (through.length > EXTENDED_MAX) {
      source.issues.report(at, `expected at most ${EXTENDED_MAX} profiles that extend one another`);
      return undefined;
    }
    const resolved = typeof base === "string"
      ? this.#baseNamed(base, source, through)
      : this.#inFile({ file: base.file, by: source, at: [...at, "file"] }, through);
    if (resolved === undefined || !isWhole(resolved.text, source)) return undefined;
    return {
      text: changeProfile(resolved.text, change),
      sources: [source, ...resolved.sources],
    };
  }

  #baseNamed(
    name: string,
    source: ProfileSource,
    through: readonly string[],
  ): ResolvedText | undefined {
    const builtIn = BUILT_IN_PROFILE_TEXTS.get(name);
    if (builtIn !== undefined) return { text: builtIn, sources: [] };
    const { issues, path, file } = source;
    const at = [...path, "extends"];
    const own = this.#document.profiles ?? {};
    // A file that fleets share knows the names of none of them.
    if (file === undefined && ownEntry(own, name) !== undefined) {
      const reference = { file: name, by: source, at };
      return this.#isCircle(name, through, reference) ? undefined : this.#named(name, through);
    }
    const others = Object.keys(own).filter((other) => other !== source.name);
    const known = [...BUILT_IN_PROFILES.keys(), ...(file === undefined ? others : [])];
    const what = file === undefined ? "profiles" : "built-in profiles, or { file: ... }";
    issues.report(at, unknownName(what, name, known));
    return undefined;
  }

  #isCircle(name: string, through: readonly string[], { by, at }: FileReference): boolean {
    const first = through.indexOf(name);
    if (first < 0) return false;
    const circle = [...through.slice(first), name].join(" -> ");
    by.issues.report(at, `expected a profile that does not extend itself: ${circle}`);
    return true;
  }
}

/** Where each key of a profile stands, of those that the user wrote. */
function placesOf({ text, sources }: ResolvedText): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  const visit = (value: unknown, path: YamlPath): void => {
    const owner = path.length === 0 ? undefined : ownerOf(path, sources);
    const place = owner?.issues.placeOf([...owner.path, ...path]);
    if (place !== undefined) places.set(formatPath(path), place);
    if (typeof value !== "object" || value === null || path.length >= KEY_DEPTH_MAX) return;
    const isList = Array.isArray(value);
    for (const [key, part] of Object.entries(value)) {
      visit(part, [...path, isList ? Number(key) : key]);
    }
  };
  visit(text, []);
  return places;
}

/** Who wrote a part: lists and texts are one's as a whole, sections key by key. */
function ownerOf(path: YamlPath, sources: readonly ProfileSource[]): ProfileSource | undefined {
  return sources.find(({ written }) => {
    const [section = "", key] = path;
    const part = written[section as keyof ProfileDocument];
    if (part === undefined || key === undefined) return part !== undefined;
    return typeof part !== "object" || Array.isArray(part) || Object.hasOwn(part, key);
  });
}

/** What is to be said of a section that the base profile has not at all. */
const WHOLE_SECTIONS = {
  check: ["scope", "request", "algorithm", "mode", "readOnly"],
  erase: ["scope", "request"],
} as const;

/** A section that is added to a profile without it must be complete. */
function isWhole(base: ProfileText, { written, path, issues }: ProfileSource): boolean {
  const before = issues.count;
  for (const section of ["check", "erase"] as const) {
    const part: object | "none" | undefined = written[section];
    if (base[section] !== "none" || part === undefined || part === "none") continue;
    for (const key of WHOLE_SECTIONS[section]) {
      if (Object.hasOwn(part as object, key)) continue;
      const message = `missing, expected all of ${section === "erase" ? "an" : "a"} ${section}: ` +
        "the base profile has none";
      issues.report([...path, section, key], message);
    }
  }
  return issues.count === before;
}
