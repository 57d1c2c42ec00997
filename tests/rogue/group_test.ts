/** Nodes whose profile says that they take group downloads, and that do not. */
import { deepStrictEqual } from "node:assert/strict";
import { judgeDone, judgeUntouched } from "./judgement.ts";
import { RogueBench, type RogueRun } from "./rogue_bench.ts";
import type { RogueOptions } from "./rogue_options.ts";

function updateInGroup(rogue: RogueOptions): { bench: RogueBench; run: RogueRun } {
  const bench = new RogueBench({ rogue: [rogue, rogue], profile: "group: {}" });
  const run = bench.update({ newGroupKey: () => Uint8Array.of(1, 2, 3, 4) });
  return { bench, run };
}

Deno.test("group: a node that refuses its opening is not erased again, as nothing was sent", () => {
  for (const nrc of [0x11, 0x22, 0x31]) {
    const { bench, run } = updateInGroup({ refuse: [{ on: "31 01 47 52", nrc }] });
    judgeDone(bench, run, `0x${nrc.toString(16)}`);
    for (const { flash } of bench.nodes) {
      const counts = flash.sectors.map(({ erasedAtMs }) => erasedAtMs.length);
      deepStrictEqual(counts.filter((count) => count > 0), [1, 1, 1]);
    }
  }
});

Deno.test("group: a check that finds flash at work is asked again, and nothing is sent again", () => {
  const { bench, run } = updateInGroup({
    takesGroup: true,
    // The first ones compare what was there before.
    refuse: [{ on: "31 01 02 02", nrc: 0x22, nth: 2, times: 3 }],
  });
  judgeDone(bench, run, "0x22");
  for (const { flash, log } of bench.nodes) {
    const counts = flash.sectors.map(({ erasedAtMs }) => erasedAtMs.length);
    deepStrictEqual(counts.filter((count) => count > 0), [1, 1, 1]);
    deepStrictEqual(log.count("36"), 0);
  }
});

Deno.test("group: an erase that was refused was never begun", () => {
  const { bench, run } = updateInGroup({ refuse: [{ on: "31 01 FF 00", nrc: 0x22 }] });
  deepStrictEqual(run.outcomes, ["failed: oldImage", "failed: oldImage"]);
  judgeUntouched(bench);
});

// Its opening needs flow control, and the node only says WAIT: it has not got a byte more of it.
Deno.test("group: a node that could not be sent its opening is not erased again", () => {
  const good: RogueOptions = { takesGroup: true };
  const [, second] = updateInGroup(good).bench.nodes;
  const { beganAtMs: openedMs } = second!.log.of("31 01 47 52")[0]!;
  const waits: RogueOptions = {
    ...good,
    waitsFromMs: openedMs - 5,
    waitsUntilMs: openedMs + 30_000,
  };
  const bench = new RogueBench({ rogue: [good, waits], profile: "group: {}" });
  const run = bench.update({ newGroupKey: () => Uint8Array.of(1, 2, 3, 4) });
  judgeDone(bench, run, "WAIT");
  for (const { flash } of bench.nodes) {
    const counts = flash.sectors.map(({ erasedAtMs }) => erasedAtMs.length);
    deepStrictEqual(counts.filter((count) => count > 0), [1, 1, 1]);
  }
});
