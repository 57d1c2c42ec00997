/** A copy of the project with all mutants of some folders in it, and what is known of them. */
import { TestChooser } from "./choose_tests.ts";
import { copyProject, digestProject, type Digests } from "./copied_project.ts";
import { instrumentFolders } from "./instrument.ts";
import { type Measured, measureTests } from "./measure.ts";
import type { Mutant } from "./mutants.ts";
import type { Standing } from "./results.ts";
import type { SearchOptions } from "./search.ts";

/** What a search needs. */
export interface Prepared {
  readonly mutants: readonly Mutant[];
  readonly search: SearchOptions;
  readonly standing: Standing;
  /** Tests that cannot be used, with the reason. */
  readonly unusable: readonly string[];
  /** Removes the copy. */
  readonly remove: () => void;
}

/** How to prepare. */
export interface PrepareOptions {
  /** Folders beneath `src`. */
  readonly folders: readonly string[];
  readonly jobs: number;
  /** Folders or files of tests: others are not asked. */
  readonly testsBelow: readonly string[];
  readonly budgetMs: number;
  /** Where a measurement is kept for the next run. */
  readonly cache: string;
  readonly tell: (text: string) => void;
}

/**
 * Copies the project, puts the mutants in, and runs all tests once.
 *
 * @param project The project's folder.
 * @param options How.
 * @returns What a search needs.
 */
export async function prepare(project: string, options: PrepareOptions): Promise<Prepared> {
  const { folders, jobs, testsBelow, budgetMs, cache, tell } = options;
  const digests: Digests = await digestProject(project);
  const copy = copyProject(project);
  const remove = () => Deno.removeSync(copy, { recursive: true });
  try {
    const mutants = await instrumentFolders(copy, folders.map((folder) => `src/${folder}`));
    const measured = await measureTests(copy, {
      folders,
      digests,
      testsBelow,
      cache,
      jobs,
      tell,
    });
    return {
      mutants,
      search: { copy, budgetMs, ...known(mutants, measured) },
      standing: {
        sources: digests.sources,
        project: [digests.project, ...testsBelow].join(" "),
        budgetMs,
      },
      unusable: measured.files.flatMap(({ unusable }) => unusable),
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function known(
  mutants: readonly Mutant[],
  { files, atImport }: Measured,
): Omit<SearchOptions, "copy" | "budgetMs"> {
  const chooser = new TestChooser();
  const fileOf = new Map(mutants.map(({ id, file }) => [id, file]));
  const testsOfFile = new Map<string, Set<string>>();
  const hitsMax = new Map<string, number>();
  const tests = files.flatMap(({ tests }) => tests);
  for (const { id, costMs, hits } of tests) {
    chooser.add({ id, costMs }, Object.keys(hits));
    for (const [mutant, count] of Object.entries(hits)) {
      hitsMax.set(mutant, Math.max(count, hitsMax.get(mutant) ?? 0));
      const file = fileOf.get(mutant);
      if (file === undefined) continue;
      testsOfFile.set(file, (testsOfFile.get(file) ?? new Set()).add(id));
    }
  }
  const all = tests.map(({ id }) => id);
  return {
    chooser,
    atImport: new Set(atImport),
    // Of a file that holds tables alone any test may read them.
    testsOfFile: (file) => [...testsOfFile.get(file) ?? all],
    hitsMax: (mutant) => hitsMax.get(mutant) ?? 0,
  };
}
