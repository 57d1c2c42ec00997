/** What the search and its worker say to each other: one line of JSON each. */

/** What stands before an answer, as tests may print lines of their own. */
export const ANSWER_MARK = "\u0001mutation ";

/** What a worker is asked. */
export type Question =
  /** Imports files of tests; answered by `Loaded` for each, then by `Done`. */
  | { readonly ask: "load"; readonly files: readonly string[] }
  /** Runs tests without a change, counting; answered by `Started` and `Measured` for each. */
  | { readonly ask: "measure"; readonly tests: readonly string[] }
  /** Runs tests under a change until one fails; answered by `Started` for each, then by `Tried`. */
  | {
    readonly ask: "try";
    readonly mutant: string;
    readonly tests: readonly string[];
    /** How often the changed place may be passed in one test before it counts as endless. */
    readonly hitsMax: number;
  };

/** What it answers. */
export type Answer =
  | {
    readonly say: "loaded";
    readonly file: string;
    readonly tests: readonly string[];
    /** Mutants that importing the file passed, where no file before it did. */
    readonly passed: readonly string[];
    /** Why it does not load. */
    readonly error?: string;
  }
  | { readonly say: "started"; readonly test: string }
  | {
    readonly say: "measured";
    readonly test: string;
    /** How long it took by the clock. */
    readonly ms: number;
    /** How much CPU time it took. */
    readonly costMs: number;
    /** How often each mutant's place was passed. */
    readonly hits: Readonly<Record<string, number>>;
    readonly error?: string;
  }
  | {
    readonly say: "tried";
    /** The test that failed; none where all passed. */
    readonly caughtBy?: string;
    readonly error?: string;
    /** Whether that test passes again without the change; where not, the process is spoilt. */
    readonly isClean: boolean;
  }
  | { readonly say: "done" };
