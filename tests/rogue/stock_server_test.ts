/**
 * Stock iso14229 over isotp-c as a node: S3 of 5.1 s refreshed by 10 and 3E only, BS 8, 50 ms between
 * two responses, functional frames dropped while a segmented request comes in.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Prng } from "../../src/core/mod.ts";
import type { NodeHistory } from "../../src/fleet/mod.ts";
import { historiesOf, readJournal } from "../../src/journal/mod.ts";
import { journalOf } from "../unit/journal/_support.ts";
import { judgeDone, judgeFirstTry, judgeSafe } from "./judgement.ts";
import { RogueBench, type RogueRun } from "./rogue_bench.ts";
import { STOCK_ISO14229 } from "./rogue_options.ts";
import { rowTest } from "../support/dear.ts";

const SEED = 20_261_130;
/** Moments at which a run is killed. */
const KILLS = 25;
/** Moments at which it is ended in another way. */
const OTHERS = 12;

/** 256 KiB in two sectors of 128 KiB. */
function stockBench(profile = "keepAlive: physical"): RogueBench {
  return new RogueBench({
    rogue: STOCK_ISO14229,
    base: 0x0802_0000,
    imageBytes: 256 * 1024,
    profile,
  });
}

Deno.test("stock server: 256 KiB in 128 KiB sectors, the first try of each segment", () => {
  const bench = stockBench();
  judgeFirstTry(bench, bench.update());
  deepStrictEqual(bench.node.log.sessionEnds, []);
});

Deno.test("stock server: by default its sessions are kept after one try at the most", () => {
  const bench = stockBench("");
  const run = bench.update();
  judgeDone(bench, run);
  ok(run.retries("segment").length <= 1, run.retries().join("\n"));
});

/** What `resume` knows of a run that was killed: its journal, replayed. */
function historiesAfter(run: RogueRun): ReadonlyMap<string, NodeHistory> {
  return historiesOf(readJournal(journalOf(run.events)));
}

/** How long a run takes that nobody disturbs. */
function lengthMs(): number {
  const bench = stockBench();
  const run = bench.update();
  return run.node.endedAtMs! - run.startedAtMs;
}

/** No sector was erased twice in one run; a second run cannot know of an erase of the first. */
function judgeErases(bench: RogueBench, second: RogueRun, what: string): void {
  const erases = bench.node.log.of("31 01 FF 00")
    .filter(({ beganAtMs }) => beganAtMs >= second.startedAtMs).map(({ text }) => text);
  deepStrictEqual(erases, [...new Set(erases)], what);
}

const ENDS: Readonly<Record<string, (run: RogueRun, bench: RogueBench) => void>> = {
  // kill -9
  killed: (run) => run.kill(),
  // Ctrl-C
  cancelled: (run, bench) => {
    run.cancel();
    run.finish();
    judgeSafe(bench, run, "cancelled");
  },
  // The bus is cut, and the host gives up or is stopped.
  cut: (run, bench) => {
    run.port.cut();
    bench.wait(3000);
    run.kill();
  },
};

for (const [row, [kind, end]] of Object.entries(ENDS).entries()) {
  rowTest(
    row,
    `stock server: ${kind} at any moment, then the same run again, or resume: done`,
    () => {
      const prng = new Prng(SEED);
      const wholeMs = lengthMs();
      const count = kind === "killed" ? KILLS : OTHERS;
      for (let i = 0; i < count; i++) {
        const atMs = Math.floor(wholeMs * (i + prng.below(1000) / 1000) / count);
        const what = `seed ${SEED}, ${kind} at ${atMs} ms`;
        const bench = stockBench();
        const first = bench.start();
        first.runTo(atMs);
        end(first, bench);
        bench.wait(prng.below(2) === 0 ? 20 : 2000);
        const isResumed = prng.below(2) === 0;
        const second = bench.update(isResumed ? { histories: historiesAfter(first) } : {});
        judgeDone(bench, second, what);
        judgeErases(bench, second, what);
        deepStrictEqual(second.retries("segment"), [], what);
        strictEqual(bench.node.flash.violations.length, 0, what);
      }
    },
  );
}

Deno.test("stock server: the bus cut for a while at any moment, the same run ends well", () => {
  const prng = new Prng(SEED, 1);
  const wholeMs = lengthMs();
  for (let i = 0; i < OTHERS; i++) {
    const atMs = Math.floor(wholeMs * (i + prng.below(1000) / 1000) / OTHERS);
    const kind = prng.below(2) === 0 ? "cut" : "down";
    // Nobody sees a pulled cable: it may not take what the activation has, 3 s.
    const awayMs = 500 + prng.below(kind === "cut" ? 2000 : 4000);
    const bench = stockBench();
    const run = bench.start();
    run.runTo(atMs);
    run.port[kind]();
    bench.wait(awayMs);
    run.port.mend();
    run.finish();
    judgeDone(bench, run, `seed ${SEED}, ${kind} at ${atMs} ms for ${awayMs} ms`);
  }
});
