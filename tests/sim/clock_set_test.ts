import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ALPHA, BenchRuns, BETA, firstPhases } from "../support/bench_runs.ts";

const NOW_MS = Date.UTC(2026, 10, 30);
const YEAR_MS = 365 * 86_400_000;
const TORN = ["checking", "erasing", "checking"];
const NONE = ["checking", "checking", "checking"];

/** What the clock says at the run that tears alpha, at one of beta, at one of both, and at the last. */
const CLOCKS: Readonly<Record<string, readonly number[]>> = {
  "set back": [NOW_MS, NOW_MS - YEAR_MS, NOW_MS - YEAR_MS, NOW_MS - YEAR_MS],
  "set back more and more": [NOW_MS, NOW_MS - 1, NOW_MS - YEAR_MS, 0],
  "once far ahead": [NOW_MS + 70 * YEAR_MS, NOW_MS, NOW_MS + 1, NOW_MS + YEAR_MS],
  "ahead for the run of others": [NOW_MS, NOW_MS + 70 * YEAR_MS, NOW_MS, NOW_MS],
  "standing still": [NOW_MS, NOW_MS, NOW_MS, NOW_MS],
  "new at every start": [0, 0, 0, 0],
};

Deno.test("a host's clock that is set between runs makes nobody forget a torn node, nor erase it for ever", () => {
  for (const [what, [tornMs, otherMs, bothMs, lastMs]] of Object.entries(CLOCKS)) {
    const runs = new BenchRuns();
    runs.tearAlpha({ nowMs: tornMs! });
    runs.run({ nodes: [BETA], nowMs: otherMs! });
    deepStrictEqual(firstPhases(runs.run({ nowMs: bothMs! }), "alpha"), TORN, what);
    deepStrictEqual(firstPhases(runs.run({ nowMs: lastMs! }), "alpha"), NONE, what);
    deepStrictEqual([...runs.files.keys()], [...runs.files.keys()].toSorted(), what);
    strictEqual(runs.bench.differing().length, 0);
  }
});

Deno.test("a run whose journal is named before that of the torn run settles nothing too early", () => {
  const runs = new BenchRuns();
  const torn = runs.tearAlpha();
  runs.run({ nodes: [ALPHA] });
  const later = [...runs.files.keys()].at(-1)!;
  // Somebody gives it a name of the year before, or copies it to where it has one.
  runs.files.set(later.replace(/^2026/, "2025"), runs.files.get(later)!);
  runs.files.delete(later);
  // It is not known which of them was first: what is erased once more is not forgotten.
  deepStrictEqual(firstPhases(runs.run(), "alpha"), TORN, torn);
  deepStrictEqual(firstPhases(runs.run(), "alpha"), NONE);
});

Deno.test("a journal with a time that does not exist in its name hides no torn node", () => {
  for (
    const name of [
      "9999-99-99T99-99-99.999Z",
      "9999-12-31T23-59-59.999Z",
      "9998-02-30T00-00-00.000Z",
    ]
  ) {
    const runs = new BenchRuns();
    runs.run({ nodes: [BETA] });
    const [only] = [...runs.files];
    runs.files.clear();
    runs.files.set(`${name}-0000.cborseq`, only![1]);
    runs.tearAlpha();
    runs.run({ nodes: [BETA] });
    deepStrictEqual(firstPhases(runs.run(), "alpha"), TORN, name);
    deepStrictEqual(firstPhases(runs.run(), "alpha"), NONE, name);
  }
});
