/** The rows of docs/reference/profile.md: what bootloaders do, and the lines of a profile that say it. */
import { parse } from "yaml";

/** One kind of bootloader. */
export interface ProfileCase {
  readonly id: string;
  /** What it does, as its document would say. */
  readonly does: string;
  /** The profile's lines, as YAML. */
  readonly profile: string;
  /** What the fleet file says besides. */
  readonly beside?: string;
  /** The test that updates such a node. */
  readonly test: string;
}

/** Kinds that belong together, and what of them cannot be said. */
export interface ProfileRow {
  readonly row: string;
  readonly cases?: readonly ProfileCase[];
  readonly limits?: readonly string[];
}

const FILE = new URL("../vectors/profiles/rows.yaml", import.meta.url);

/** All rows, in their order. */
export const PROFILE_ROWS: readonly ProfileRow[] = parse(Deno.readTextFileSync(FILE));

/** All cases of all rows. */
export const PROFILE_CASES: readonly ProfileCase[] = PROFILE_ROWS.flatMap(({ cases = [] }) =>
  cases
);

/**
 * Gives a case's profile as a rogue bench takes it: the inside of a flow mapping.
 *
 * @param id The case.
 * @returns What the page shows, on one line.
 */
export function rowProfile(id: string): string {
  const found = PROFILE_CASES.find((one) => one.id === id);
  if (found === undefined) throw new Error(`There is no case ${id} in ${FILE.pathname}`);
  return JSON.stringify(parse(found.profile)).slice(1, -1);
}
