/** The list of changes that no test notices, each with the reason why none need to. */
import { keyOf, type MutantName } from "./mutants.ts";

/** One entry. */
export interface Survivor extends MutantName {
  /** Why it changes nothing that can be seen, or who looks after it. */
  readonly reason: string;
}

/**
 * Reads the list.
 *
 * @param path The file.
 * @returns The entries, by key; none where there is no file.
 */
export function readSurvivors(path: string): Map<string, Survivor> {
  try {
    const entries = JSON.parse(Deno.readTextFileSync(path)) as Survivor[];
    return new Map(entries.map((entry) => [keyOf(entry), entry]));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Map();
    throw error;
  }
}

/**
 * Adds entries without a reason, for a person to give them one.
 *
 * @param path The file.
 * @param names What survived and is not listed.
 */
export function listSurvivors(path: string, names: readonly MutantName[]): void {
  const all = [...readSurvivors(path).values()];
  for (const { file, function: around, change, nth } of names) {
    all.push({ file, function: around, change, nth, reason: "" });
  }
  all.sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
  Deno.writeTextFileSync(path, `${JSON.stringify(all, undefined, 2)}\n`);
}
