/** Which tests pass which mutants, and what each test costs: all tests once, without a change. */
import { type Digests, filesBelow } from "./copied_project.ts";
import { addLine, readLines } from "./json_lines.ts";
import type { Answer } from "./worker_messages.ts";
import { WorkerProcess } from "./worker_process.ts";

/** Tests that start processes or browsers, or that look at texts and not at code that runs. */
const TESTS_ELSEWHERE: readonly string[] = [
  "tests/c_group_node/",
  "tests/campaign/main_test.ts",
  "tests/cli/",
  "tests/examples/",
  "tests/interop/",
  "tests/mutants/",
  "tests/tidy/",
  "tests/unit/scripts/",
];

/** A file of tests. */
export interface MeasuredFile {
  /** The code that it was run with: for other code it is of no use. */
  readonly of: string;
  readonly file: string;
  /** Its text, as a digest. */
  readonly digest: string;
  /** Those tests that pass mutants. */
  readonly tests: readonly MeasuredTest[];
  /** Tests that cannot be used, with the reason. */
  readonly unusable: readonly string[];
}

/** A test, and how often it passes the place of each mutant. */
export interface MeasuredTest {
  readonly id: string;
  /** CPU time. */
  readonly costMs: number;
  readonly hits: Readonly<Record<string, number>>;
}

/** What a measurement found. */
export interface Measured {
  readonly files: readonly MeasuredFile[];
  /** Mutants whose places are passed while the code itself is imported, before any test. */
  readonly atImport: readonly string[];
}

/** How to measure. */
export interface MeasureOptions {
  /** Names the mutants that are in the code. */
  readonly folders: readonly string[];
  readonly digests: Digests;
  /** Folders or files of tests: others are not run. */
  readonly testsBelow: readonly string[];
  /** What is found is kept in this file, a line of JSON for each file of tests. */
  readonly cache: string;
  /** How many processes share the work. */
  readonly jobs: number;
  /** Hears how far it is. */
  readonly tell: (text: string) => void;
}

const LOAD_MS_MAX = 120_000;
const TEST_MS_MAX = 300_000;

/**
 * Runs the tests of a copy that were not measured before.
 *
 * @param copy The copy's folder; its code is instrumented.
 * @param options How.
 * @returns What was found, with what earlier runs found that still holds.
 */
export async function measureTests(
  copy: string,
  options: MeasureOptions,
): Promise<Measured> {
  const { folders, digests, testsBelow, cache, jobs, tell } = options;
  const of = `${digests.used} ${folders.join(" ")}`;
  const isAsked = (file: string): boolean =>
    testsBelow.some((path) => `${file}/`.startsWith(`${path.replace(/\/$/, "")}/`)) &&
    !TESTS_ELSEWHERE.some((other) => file.startsWith(other));
  const files = readLines<MeasuredFile>(cache).filter((found) =>
    isAsked(found.file) && found.of === of && found.digest === digests.tests.get(found.file)
  );
  const known = new Set(files.map(({ file }) => file));
  const left = [...digests.tests].filter(([file]) => !known.has(file) && isAsked(file));
  let next = 0;
  const lane = async () => {
    let worker = new WorkerProcess(copy);
    while (next < left.length) {
      const [file, digest] = left[next++]!;
      tell(`measures ${next} of ${left.length}: ${file}`);
      const found = { of, file, digest, ...await measureFile(worker, file) };
      files.push(found);
      addLine(cache, found);
      if (!worker.isAlive) worker = new WorkerProcess(copy);
    }
    await worker.end();
  };
  await Promise.all(Array.from({ length: Math.min(jobs, left.length) }, lane));
  return { files, atImport: await passedAtImport(copy, folders) };
}

async function passedAtImport(copy: string, folders: readonly string[]): Promise<string[]> {
  const files = folders.flatMap((folder) => filesBelow(copy, `src/${folder}`))
    .filter((path) => path.endsWith(".ts"));
  const found: string[] = [];
  const worker = new WorkerProcess(copy);
  await worker.ask({ ask: "load", files }, {
    heard: (answer) => {
      if (answer.say === "loaded") found.push(...answer.passed);
    },
    limitMs: () => LOAD_MS_MAX,
  });
  await worker.end();
  return found;
}

async function measureFile(
  worker: WorkerProcess,
  file: string,
): Promise<Omit<MeasuredFile, "of" | "file" | "digest">> {
  let ids: readonly string[] = [];
  const tests: MeasuredTest[] = [];
  const unusable: string[] = [];
  const heard = (answer: Answer) => {
    if (answer.say === "loaded") {
      ids = answer.tests;
      if (answer.error !== undefined) unusable.push(`${file}: ${answer.error}`);
    }
    if (answer.say !== "measured") return;
    const { test: id, costMs, hits, error } = answer;
    if (error !== undefined) unusable.push(`${id}: ${error}`);
    else if (Object.keys(hits).length > 0) tests.push({ id, costMs, hits });
  };
  await worker.ask({ ask: "load", files: [file] }, { heard, limitMs: () => LOAD_MS_MAX });
  await worker.ask({ ask: "measure", tests: ids }, { heard, limitMs: () => TEST_MS_MAX });
  if (!worker.isAlive) unusable.push(`${file}: does not end`);
  return { tests, unusable };
}
