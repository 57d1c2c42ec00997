import type { UpdateProfile } from "../update/mod.ts";
import type { FleetFileText } from "./fleet_file.ts";
import { FleetFileError } from "./fleet_file_error.ts";
import { IssueList } from "./_issue_list.ts";
import { type ProfileFileReader, ProfileFiles } from "./_profile_source.ts";
import { resolveProfiles } from "./_resolve_profiles.ts";
import { FLEET_SCHEMA } from "./fleet_schema.ts";
import { YamlSource } from "./_yaml_source.ts";

/** Keys that a fleet file has, and a profile's never. */
const FLEET_KEY = /^(?:buses|images|nodes|profiles)\s*:/m;

/**
 * Tells a fleet file from a profile's file.
 *
 * @param text The file's text; any.
 * @returns Whether it has keys of a fleet file.
 */
export function isFleetText(text: string): boolean {
  return FLEET_KEY.test(text);
}

/**
 * Reads a profile's file by itself, without a fleet that names it.
 *
 * @param file The file; any text.
 * @param read Reads the files that it extends, by their paths beneath its folder.
 * @returns The profile, named as the file is without its ending.
 * @throws {FleetFileError} With every mistake found, each at its line and column.
 */
export function readProfileFile(file: FleetFileText, read: ProfileFileReader): UpdateProfile {
  const path = file.name.slice(file.name.lastIndexOf("/") + 1);
  const name = path.replace(/\.ya?ml$/, "") || path;
  const issues = new IssueList(file.name, new YamlSource(file.name, ""));
  const files = new ProfileFiles(
    file.name,
    issues,
    (other) => other === path ? { text: file.text } : read(other),
  );
  try {
    // A name that is a built-in one's is as good as any other here.
    const shown = ` ${name}`;
    const profiles = resolveProfiles({ profiles: { [shown]: { file: path } } }, files, issues);
    issues.throwIfAny();
    return { ...profiles.get(shown)!, name };
  } catch (error) {
    if (!(error instanceof FleetFileError)) throw error;
    throw new FleetFileError(file.name, error.issues, "profile file");
  }
}

/**
 * Builds the profiles that a fleet file says itself, whether a node is of them or not.
 *
 * @param file A fleet file without mistakes, as `readFleetFile` finds them.
 * @param read Reads the files that its profiles are in.
 * @returns They, by name.
 * @throws {FleetFileError} If it has mistakes after all.
 */
export function ownProfiles(
  file: FleetFileText,
  read: ProfileFileReader,
): ReadonlyMap<string, UpdateProfile> {
  const source = new YamlSource(file.name, file.text);
  const issues = new IssueList(file.name, source);
  const { profiles: content = {} } = source.content as { readonly profiles?: unknown };
  const written = FLEET_SCHEMA.shape.profiles.parse(content) ?? {};
  const files = new ProfileFiles(file.name, issues, read);
  const profiles = resolveProfiles({ profiles: written }, files, issues);
  issues.throwIfAny();
  return new Map(Object.keys(written).map((name) => [name, profiles.get(name)!]));
}
