/** The search that CI does: a few mutants of everything, other ones each week. */
import type { Result } from "./results.ts";

/** Quick ones that pass most of the searched code: some 40 s of a processor, all of them together. */
const TESTS = [
  "tests/unit/bundle/cbor2_oracle_test.ts",
  "tests/unit/bundle/cose_vectors_test.ts",
  "tests/unit/bundle/hostile_keys_test.ts",
  "tests/unit/bundle/release_test.ts",
  "tests/unit/bundle/suit_examples_test.ts",
  "tests/unit/bundle/trust_file_test.ts",
  ...["fleet", "group", "journal", "sim", "stm32", "tester", "uds", "update"]
    .map((folder) => `tests/unit/${folder}`),
  "tests/rogue/causes_test.ts",
  "tests/rogue/close_first_test.ts",
  "tests/rogue/driver_test.ts",
  "tests/rogue/group_again_test.ts",
  "tests/rogue/keep_alive_test.ts",
  "tests/rogue/node_changed_test.ts",
  "tests/sim/group_faults_test.ts",
  "tests/sim/node_identity_test.ts",
  "tests/sim/roll_back_test.ts",
  "tests/sim/skip_what_is_there_test.ts",
  "tests/sim/two_banks_test.ts",
  "tests/sim/two_nodes_test.ts",
];

/** How the search of a week differs from others. */
export const WEEKLY = { count: 100, minutes: 5.5, budgetSeconds: 1.5, tests: TESTS } as const;

/** Fewer say nothing. */
const TRIED_MIN = 30;
/**
 * About 0.75 of a sample is noticed where all is well. A mutant is given some time, so a slow host
 * notices less; what comes to less than this is no matter of speed.
 */
const SCORE_MIN = 0.4;

/**
 * Judges a week's search. A survivor is told, and fails nothing: another week draws other mutants, and
 * code that nobody has touched must not turn red by that. What fails is the search itself: nothing is
 * tried any more, or tests notice far less than they did.
 *
 * @param results What became of the mutants that were tried.
 * @param isTimeOver Whether others were not tried for want of time: a busy machine is no fault.
 * @returns What is wrong, in words; nothing where the search is as it should be.
 */
export function judgeWeek(
  results: readonly Pick<Result, "verdict">[],
  isTimeOver: boolean,
): string | undefined {
  if (results.length < TRIED_MIN) {
    return isTimeOver
      ? undefined
      : `the search is broken: ${results.length} mutants tried, ${TRIED_MIN} at least`;
  }
  const noticed = results.filter(({ verdict }) => verdict === "caught" || verdict === "endless");
  const score = noticed.length / results.length;
  if (score >= SCORE_MIN) return undefined;
  return `tests notice too little: score ${score.toFixed(2)}, ${SCORE_MIN} at least`;
}
