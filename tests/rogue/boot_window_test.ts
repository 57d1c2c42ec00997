/** Bootloaders that can be entered only for a moment behind their start. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeDone, judgeUntouched } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

const WINDOW = { maxNumberOfBlockLength: 1026, bootWindowMs: 50, entersInWindowOnly: true };
const RESET: BentNode = { rogue: WINDOW, profile: rowProfile("window-behind-reset") };
/** It hears nothing until its power has been switched. */
const POWER: BentNode = {
  rogue: { ...WINDOW, ignore: [{ on: "", phase: "beforeReset" }] },
  profile: rowProfile("window-behind-power-up"),
};

Deno.test("boot window: behind a reset: lost answers, power cuts, resume", () => {
  judgeBent({ ...RESET, isPolled: true }, [
    { on: "11 01", nth: 1 },
    { on: "10 02", nth: 1 },
    { on: "27 02", nth: 1 },
    { on: "36", nth: 3 },
  ]);
});

Deno.test("boot window: the quiet time behind a reset does not keep it from being asked at once", () => {
  const profile = `${RESET.profile},"timing":{"resetQuietMs":500}`;
  const bench = new RogueBench({ ...RESET, profile });
  const run = bench.update();
  judgeDone(bench, run);
  deepStrictEqual(run.retries("node"), []);
});

Deno.test("boot window: behind power-up: it is asked until somebody switches the power on", () => {
  const bench = new RogueBench(POWER);
  const run = bench.start();
  run.runTo(7_000);
  bench.node.powerCut();
  run.finish();
  judgeDone(bench, run);
  ok(bench.node.log.count("10 02") > 500);
});

Deno.test("boot window: behind power-up: nobody switches it on, and the node is as it was", () => {
  const profile = POWER.profile!.replace("60000", "3000");
  const bench = new RogueBench({ ...POWER, profile });
  const run = bench.update();
  strictEqual(run.node.error?.code, "UDS_TIMEOUT");
  judgeUntouched(bench);
});

Deno.test("boot window: an operator's stop ends the knocking", () => {
  const bench = new RogueBench(POWER);
  const run = bench.start();
  run.runTo(2_000);
  run.cancel();
  run.finish();
  ok(bench.clock.now() < 4_000, `${bench.clock.now()} ms`);
  judgeUntouched(bench);
});
