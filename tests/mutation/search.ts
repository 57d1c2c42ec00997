/** Tries mutants one by one, several in a process. */
import type { TestChooser } from "./choose_tests.ts";
import type { Mutant } from "./mutants.ts";
import type { Result } from "./results.ts";
import type { Answer } from "./worker_messages.ts";
import { type Outcome, WorkerProcess } from "./worker_process.ts";

/** How a mutant ended. */
export type Found = Pick<Result, "verdict" | "covering" | "tried" | "caughtBy" | "error">;

/** What a search works with. */
export interface SearchOptions {
  /** The instrumented copy. */
  readonly copy: string;
  readonly chooser: TestChooser;
  /** Mutants whose places are passed while a file is imported. */
  readonly atImport: ReadonlySet<string>;
  /** The tests to try such a one with: those that pass another place of its file. */
  readonly testsOfFile: (file: string) => readonly string[];
  /** How often a place is passed at most in one test without a change. */
  readonly hitsMax: (mutant: string) => number;
  /** How much CPU time the tests of one mutant may take. */
  readonly budgetMs: number;
}

const LOAD_MS_MAX = 120_000;
/** What a test may take longer under a change before it counts as endless. */
const ENDLESS_TIMES = 5;
const ENDLESS_MORE_MS = 3_000;
const HITS_TIMES = 100;
const HITS_MORE = 10_000;
/** A process that ran so many mutants is replaced: what they left behind adds up. */
const MUTANTS_PER_PROCESS = 400;

interface Trial {
  readonly outcome: Outcome;
  readonly tried: number;
  readonly caughtBy?: string;
  readonly error?: string;
  readonly isClean: boolean;
}

/** One process after another that mutants are tried in. */
export class Lane {
  readonly #options: SearchOptions;
  #worker: WorkerProcess | undefined;
  #loaded = new Set<string>();
  #mutantCount = 0;
  /** How much longer a test takes by the clock than in CPU time: others use this machine too. */
  #slowness = 2;

  /** @param options What it works with. */
  constructor(options: SearchOptions) {
    this.#options = options;
  }

  /**
   * Tries a mutant.
   *
   * @param mutant The mutant.
   * @returns How it ended.
   */
  async try(mutant: Mutant): Promise<Found> {
    const { chooser, atImport, testsOfFile, budgetMs } = this.#options;
    const places = [`${mutant.file} ${mutant.function}`, mutant.file];
    const covering = chooser.covering(mutant.id);
    const isAtImport = atImport.has(mutant.id);
    let tried = 0;
    if (covering.length > 0) {
      const tests = chooser.choose(covering, places, budgetMs);
      const trial = await this.#trialOf(mutant, tests);
      const found = foundIn(trial, covering.length);
      if (trial.caughtBy !== undefined) chooser.noteCaught(trial.caughtBy, places);
      if (found.verdict !== "survived" || !isAtImport) return found;
      tried = found.tried;
    }
    if (!isAtImport) return { verdict: "uncovered", covering: 0, tried: 0 };
    const all = testsOfFile(mutant.file);
    const tests = chooser.choose(all, places, budgetMs);
    if (tests.length === 0) return { verdict: "uncovered", covering: 0, tried: 0 };
    const found = foundIn(await this.#trialFromTheStart(mutant, tests), all.length);
    return { ...found, tried: Math.max(tried, found.tried) };
  }

  /** Ends the process at hand. */
  async end(): Promise<void> {
    await this.#worker?.end();
    this.#worker = undefined;
  }

  /** What fails in a process that an earlier mutant spoilt is tried again in a new one. */
  async #trialOf(mutant: Mutant, tests: readonly string[]): Promise<Trial> {
    const trial = await this.#trialInProcess(mutant, tests);
    const isSure = trial.outcome === "answered" && trial.isClean;
    if (isSure) return trial;
    const wasFresh = this.#mutantCount <= 1;
    await this.end();
    // A new process was not spoilt by others: what fails there fails by the mutant itself.
    return wasFresh || trial.outcome === "hung" ? trial : await this.#trialInProcess(mutant, tests);
  }

  async #trialInProcess(mutant: Mutant, tests: readonly string[]): Promise<Trial> {
    if (this.#mutantCount >= MUTANTS_PER_PROCESS) await this.end();
    if (this.#worker?.isAlive !== true) {
      this.#worker = new WorkerProcess(this.#options.copy);
      this.#loaded = new Set();
      this.#mutantCount = 0;
    }
    this.#mutantCount++;
    const files = filesOf(tests).filter((file) => !this.#loaded.has(file));
    if (files.length > 0) {
      const heard = () => {};
      await this.#worker.ask({ ask: "load", files }, { heard, limitMs: () => LOAD_MS_MAX });
      files.forEach((file) => this.#loaded.add(file));
    }
    return await this.#ask(this.#worker, mutant, tests);
  }

  async #trialFromTheStart(mutant: Mutant, tests: readonly string[]): Promise<Trial> {
    const worker = new WorkerProcess(this.#options.copy, mutant.id);
    let error: string | undefined;
    const outcome = await worker.ask({ ask: "load", files: filesOf(tests) }, {
      heard: (answer) => {
        if (answer.say === "loaded") error ??= answer.error;
      },
      limitMs: () => LOAD_MS_MAX,
    });
    try {
      if (outcome !== "answered") return { outcome, tried: 0, isClean: true };
      if (error !== undefined) {
        return { outcome, tried: 0, caughtBy: "import", error, isClean: true };
      }
      return await this.#ask(worker, mutant, tests);
    } finally {
      await worker.end();
    }
  }

  async #ask(worker: WorkerProcess, mutant: Mutant, tests: readonly string[]): Promise<Trial> {
    const { chooser, hitsMax } = this.#options;
    const limit = hitsMax(mutant.id) * HITS_TIMES + HITS_MORE;
    let at = "";
    let tried = 0;
    let startMs = performance.now();
    let last: (Answer & { say: "tried" }) | undefined;
    const outcome = await worker.ask({ ask: "try", mutant: mutant.id, tests, hitsMax: limit }, {
      heard: (answer) => {
        const nowMs = performance.now();
        const costMs = chooser.costMs(at);
        if (costMs > 50) this.#slowness += ((nowMs - startMs) / costMs - this.#slowness) / 10;
        startMs = nowMs;
        if (answer.say === "tried") last = answer;
        if (answer.say !== "started") return;
        if (answer.test !== at) tried++;
        at = answer.test;
      },
      limitMs: () =>
        (ENDLESS_TIMES * chooser.costMs(at) + ENDLESS_MORE_MS) * Math.max(1, this.#slowness / 2),
    });
    const { caughtBy, error, isClean = true } = last ?? {};
    return {
      outcome,
      tried,
      isClean,
      ...(caughtBy === undefined ? {} : { caughtBy }),
      ...(error === undefined ? {} : { error }),
      ...(outcome === "answered" ? {} : { caughtBy: at, error: outcome }),
    };
  }
}

function filesOf(tests: readonly string[]): string[] {
  return [...new Set(tests.map((test) => test.slice(0, test.lastIndexOf("#"))))];
}

function foundIn({ outcome, tried, caughtBy, error }: Trial, covering: number): Found {
  const verdict = outcome === "hung" || error?.includes("Hit count limit reached") === true
    ? "endless"
    : caughtBy === undefined && outcome === "answered"
    ? "survived"
    : "caught";
  return {
    verdict,
    covering,
    tried,
    ...(caughtBy === undefined ? {} : { caughtBy }),
    ...(error === undefined ? {} : { error }),
  };
}
