/** A lost answer to 37: the node refuses the second one (0x24), which says nothing of the data. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { judgeDone } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

const LOST = { lose: [{ on: "37", nth: 2 }] };

Deno.test("repeated exit: where a checksum tells whether all is well, nothing is sent again", () => {
  const bench = new RogueBench({ rogue: LOST });
  const run = bench.update();
  judgeDone(bench, run);
  deepStrictEqual(run.retries("segment"), []);
  strictEqual(bench.node.log.count("34"), 3);
});

Deno.test("repeated exit: where nothing is checked, the segment is erased and written again", () => {
  const bench = new RogueBench({ rogue: LOST, profile: "check: none" });
  const run = bench.update();
  judgeDone(bench, run);
  strictEqual(run.retries("segment").length, 1);
  strictEqual(bench.node.log.count("34"), 4);
});
