/** A bus that is known to be away costs no attempts. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { judgeDone, judgeSafe } from "./judgement.ts";
import { RogueBench, type RogueRun } from "./rogue_bench.ts";

const COUNT = 8;

/** Eight nodes, and a run that is in the middle of them. */
function inMidRun(atMs: number): { readonly bench: RogueBench; readonly run: RogueRun } {
  const bench = new RogueBench({ rogue: Array.from({ length: COUNT }, () => ({})) });
  const run = bench.start();
  run.runTo(atMs);
  ok(!run.isFinished);
  return { bench, run };
}

/** Attempts that were counted while the bus was away. */
function attempts(run: RogueRun, fromMs: number, toMs: number): readonly string[] {
  return run.events.flatMap((event) =>
    event.type === "retry" && event.scope !== "request" && event.atMs > fromMs && event.atMs < toMs
      ? [`${event.atMs.toFixed(0)} ms ${event.node} ${event.scope}: ${event.error.message}`]
      : []
  );
}

// Field: an interface down for 2 s is ridden out; one of 12 s failed 8 of 8 nodes within 6 s.
for (const awayMs of [2000, 12_000]) {
  Deno.test(`bus away: ${awayMs} ms down in mid-run, 8 nodes, no attempt is counted, all done`, () => {
    for (const atMs of [30, 300, 1500, 6000]) {
      const { bench, run } = inMidRun(atMs);
      run.port.down();
      const downMs = bench.clock.now();
      bench.wait(awayMs);
      const upMs = bench.clock.now();
      ok(!run.isFinished, `it gave up, down at ${atMs} ms: ${run.outcomes.join()}`);
      run.port.mend();
      run.finish();
      judgeDone(bench, run, `down at ${atMs} ms`);
      deepStrictEqual(attempts(run, downMs + 200, upMs), [], `down at ${atMs} ms`);
    }
  });
}

Deno.test("bus away: 40 s, every node done, or safe and the same command does the rest", () => {
  const { bench, run } = inMidRun(1500);
  run.port.down();
  bench.wait(40_000);
  run.port.mend();
  run.finish();
  judgeSafe(bench, run);
  ok(run.outcomes.every((outcome) => !outcome.includes("eraseUnconfirmed")), run.outcomes.join());
  const second = bench.update();
  judgeDone(bench, second);
  strictEqual(second.retries("node").length, 0);
});

Deno.test("bus away: for good, the run ends within a bound and is mended by the same command", () => {
  const { bench, run } = inMidRun(1500);
  run.port.down();
  run.finish();
  ok(bench.clock.now() - run.startedAtMs < 600_000, "bounded");
  judgeSafe(bench, run);
  ok(run.outcomes.every((outcome) => !outcome.startsWith("done")), run.outcomes.join());
  const second = bench.update();
  judgeDone(bench, second);
});

Deno.test("bus away: before the first frame, and again and again, it is waited for", () => {
  const bench = new RogueBench();
  const run = bench.start();
  run.port.down();
  bench.wait(8000);
  run.port.mend();
  for (let i = 0; i < 3; i++) {
    bench.wait(700);
    run.port.down();
    bench.wait(8000);
    run.port.mend();
  }
  run.finish();
  judgeDone(bench, run);
});
