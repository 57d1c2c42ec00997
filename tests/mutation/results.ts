/** What a search has found so far: a line of JSON for each mutant, so that another run goes on. */
import { readLines } from "./json_lines.ts";
import { keyOf, type Mutant, type MutantName } from "./mutants.ts";

/**
 * How a mutant ended. `caught`: a test failed. `endless`: a test did not end, which a person would
 * notice too. `survived`: all tests that were tried passed. `uncovered`: no test that runs in the
 * process itself passes that place.
 */
export type Verdict = "caught" | "endless" | "survived" | "uncovered";

/** One line. */
export interface Result extends MutantName {
  readonly line: number;
  readonly verdict: Verdict;
  /** The test that noticed it. */
  readonly caughtBy?: string;
  readonly error?: string;
  /** How many tests pass that place. */
  readonly covering: number;
  /** How many of them were run. */
  readonly tried: number;
  /** How long the tests could take, in CPU time without a change. */
  readonly budgetMs: number;
  /** The file that was changed, as a digest. */
  readonly source: string;
  /** All code and tests, as a digest. */
  readonly project: string;
}

/** What a result is good for. */
export interface Standing {
  /** Digests of source files, by path. */
  readonly sources: ReadonlyMap<string, string>;
  /** Digest of all code and tests. */
  readonly project: string;
  readonly budgetMs: number;
}

/**
 * Tells whether a result of an earlier run still holds: what a test noticed, while the file is as it
 * was; what none did, while no test is new and no more time is given.
 *
 * @param result The result.
 * @param standing What there is now.
 * @returns Whether the mutant need not be tried again.
 */
export function stillHolds(result: Result, standing: Standing): boolean {
  if (standing.sources.get(result.file) !== result.source) return false;
  if (result.verdict === "caught" || result.verdict === "endless") return true;
  return result.project === standing.project &&
    (result.tried === result.covering || standing.budgetMs <= result.budgetMs);
}

/**
 * Reads a file of results.
 *
 * @param path The file.
 * @returns The last result of each mutant, by key.
 */
export function readResults(path: string): Map<string, Result> {
  return new Map(readLines<Result>(path).map((result) => [keyOf(result), result]));
}

/**
 * Makes a result of how a mutant ended.
 *
 * @param mutant The mutant.
 * @param standing What there is.
 * @param found How it ended.
 * @returns The result.
 */
export function resultOf(
  { file, function: around, change, nth, line }: Mutant,
  { sources, project, budgetMs }: Standing,
  found: Pick<Result, "verdict" | "covering" | "tried" | "caughtBy" | "error">,
): Result {
  const name = { file, function: around, change, nth, line };
  return { ...name, ...found, budgetMs, source: sources.get(file)!, project };
}
