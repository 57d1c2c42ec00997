/** Nodes that tell their own checksum: only the whole of it, and the right one, is believed. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { judgeDone } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

const PROFILE = 'check: { mode: report, request: "31 01 02 02 44 {address:4} {size:4}" }';

Deno.test("reported checksum: the right one is believed, before and after the write", () => {
  const bench = new RogueBench({ rogue: { reportsChecksumBytes: 4 }, profile: PROFILE });
  judgeDone(bench, bench.update());
  const again = bench.update();
  strictEqual(again.node.upToDate, true);
  judgeDone(bench, again);
});

for (const [what, bytes] of [["none", 0], ["a shortened", 3], ["a longer", 5]] as const) {
  Deno.test(`reported checksum: ${what} one is not the expected one`, () => {
    const bench = new RogueBench({ rogue: { reportsChecksumBytes: bytes }, profile: PROFILE });
    const run = bench.update();
    strictEqual(run.node.error?.code, "VERIFY_MISMATCH", run.node.error?.message);
    deepStrictEqual(run.outcomes, ["failed: bootloader"]);
    deepStrictEqual(bench.node.flash.violations, []);
  });
}

Deno.test("reported checksum: a wrong one has the segment erased and written again", () => {
  // Five come before the first erase: of the whole, and of what is left as each is found to differ.
  const reply = [{ on: "31 01 02 02", nth: 6, data: "71 01 02 02 DE AD BE EF" }];
  const bench = new RogueBench({ rogue: { reportsChecksumBytes: 4, reply }, profile: PROFILE });
  const run = bench.update();
  judgeDone(bench, run);
  strictEqual(run.retries("segment").length, 1);
});
