/** A flash driver in RAM: its download is a download too, and a restart loses it. */
import { deepStrictEqual, match } from "node:assert/strict";
import { judgeDone, judgeUntouched } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";
import type { RogueOptions } from "./rogue_options.ts";

function benchOf(rogue: RogueOptions): RogueBench {
  const options = { hasDriver: true, imageBytes: 24 * 1024 };
  return new RogueBench({ ...options, rogue: { needsDriver: true, ...rogue } });
}

Deno.test("driver: a block of it that failed, or whose answer was lost, fails no node", () => {
  for (const nrc of [0x22, 0x24, 0x70, 0x71, 0x72, 0x73]) {
    const bench = benchOf({ refuse: [{ on: "36", nth: 2, nrc }] });
    judgeDone(bench, bench.update(), `0x${nrc.toString(16)}`);
  }
  for (const repeatedBlock of ["wrongCounter", "sequenceErrorAndClose"] as const) {
    const bench = benchOf({ repeatedBlock, lose: [{ on: "36", nth: 2 }] });
    judgeDone(bench, bench.update(), repeatedBlock);
  }
});

for (const downloadClosedBy of ["session", "defaultSession", "reset"] as const) {
  Deno.test(`driver: lost answers, and ${downloadClosedBy} closes a download: it is there again`, () => {
    for (const nth of [1, 2, 3]) {
      const bench = benchOf({ downloadClosedBy, lose: [{ on: "34", nth }] });
      const run = bench.update();
      judgeDone(bench, run, `34 number ${nth}`);
      deepStrictEqual(run.retries("segment"), []);
    }
    const bench = benchOf({
      downloadClosedBy,
      eraseInDownloadNrc: 0x22,
      refuse: [{ on: "36", nth: 6, nrc: 0x72 }],
    });
    judgeDone(bench, bench.update(), "a block of a segment failed");
  });
}

Deno.test("driver: one that never gets through ends, and nothing was touched", () => {
  for (const on of ["34", "36", "37"]) {
    const bench = benchOf({ refuse: [{ on, nrc: 0x72 }] });
    const run = bench.update();
    deepStrictEqual(run.outcomes, ["failed: oldImage"]);
    match(run.node.error!.message, /negative response 0x72/);
    judgeUntouched(bench);
  }
});
