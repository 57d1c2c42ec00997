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

Deno.test("group: an erase that was refused was never begun", () => {
  const { bench, run } = updateInGroup({ refuse: [{ on: "31 01 FF 00", nrc: 0x22 }] });
  deepStrictEqual(run.outcomes, ["failed: oldImage", "failed: oldImage"]);
  judgeUntouched(bench);
});
