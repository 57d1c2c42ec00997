/** Ctrl-C while a node erases: the erase is brought to its end, and nothing is begun behind it. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { judgeDone, judgeSafe } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

Deno.test("stop: between the erase of a segment and its write no download is asked for", () => {
  const bench = new RogueBench();
  const { log } = bench.node;
  const run = bench.start();
  while (log.count("31 01 FF 00") === 0) run.runTo(bench.clock.nextDueMs - run.startedAtMs);
  run.cancel();
  run.finish();
  deepStrictEqual(run.outcomes, ["cancelled: bootloader"]);
  strictEqual(log.count("31 01 FF 00"), 1);
  strictEqual(log.count("34") + log.count("36"), 0, log.toString());
  judgeSafe(bench, run);
  judgeDone(bench, bench.update());
});
