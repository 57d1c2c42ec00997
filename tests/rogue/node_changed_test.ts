/** A node that is exchanged for another one in the middle: nothing of its flash is touched. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { RogueBenchOptions, RogueRun } from "./rogue_bench.ts";
import { RogueBench } from "./rogue_bench.ts";
import type { RogueOptions } from "./rogue_options.ts";
import type { RogueServer } from "./rogue_server.ts";

const FIRST: RogueOptions = { serial: "S-1", hardware: "HW-A" };

/** Goes on until the node's flash has been touched in so many units. */
function runUntilWritten(bench: RogueBench, run: RogueRun, units: number): void {
  while (!run.isFinished && bench.node.flash.unitsProgrammed < units) {
    bench.clock.run({ untilMs: bench.clock.nextDueMs, actionsMax: 1_000 });
  }
  ok(!run.isFinished, "it was too fast");
}

/** Another one takes the node's place while its second segment is being written. */
function exchanged(
  other: RogueOptions,
  options: RogueBenchOptions = {},
): { readonly run: RogueRun; readonly bench: RogueBench; readonly another: RogueServer } {
  const bench = new RogueBench({ rogue: FIRST, ...options });
  const run = bench.start();
  runUntilWritten(bench, run, 5_000);
  const another = bench.exchange(other);
  run.finish();
  return { run, bench, another };
}

function judgeUntouched({ flash, log }: RogueServer): void {
  ok(flash.sectors.every(({ erasedAtMs }) => erasedAtMs.length === 0), "it was erased");
  strictEqual(flash.unitsProgrammed, 0, "it was written");
  for (const request of ["31 01 FF 00", "34"]) deepStrictEqual(log.of(request), []);
}

const NO_KEY = { security: "none" };
const WITHOUT_SERIAL: RogueOptions = { hardware: "HW-A" };
const OTHERS: readonly (readonly [string, RogueOptions, RogueOptions])[] = [
  ["serial number", FIRST, { ...FIRST, serial: "S-2" }],
  ["hardware", WITHOUT_SERIAL, { hardware: "HW-B" }],
  ["hardware and serial number", FIRST, { serial: "S-2", hardware: "HW-B" }],
];

for (const [what, first, other] of OTHERS) {
  Deno.test(`exchanged: a node of another ${what} is not touched, and the cause is named`, () => {
    for (const needsNoKey of [false, true]) {
      const options = { rogue: { ...first, needsNoKey }, ...(needsNoKey ? NO_KEY : {}) };
      const { run, another } = exchanged({ ...other, needsNoKey }, options);
      judgeUntouched(another);
      deepStrictEqual(run.outcomes, ["failed: bootloader"]);
      strictEqual(run.node.error?.code, "NODE_CHANGED", run.node.error?.message);
      match(run.node.error.message, /"S-2", and was "S-1"|"HW-B", and was "HW-A"/);
      // Whoever was begun with is who is known to be torn.
      strictEqual(run.node.identity.serial, first.serial);
    }
  });
}

Deno.test("exchanged: the same node is gone on with, whatever else its bootloader tells of its hardware", () => {
  const refuse = ["22 F1 8C", "22 F1 91"].map((on) => (
    { on, nrc: 0x31, phase: "afterReset" as const }
  ));
  const words = { on: "22 F1 91", data: "62 F1 91 48 57", phase: "afterReset" as const };
  for (const rogue of [FIRST, { ...FIRST, refuse }, { ...FIRST, reply: [words] }]) {
    const bench = new RogueBench({ rogue });
    const run = bench.start();
    runUntilWritten(bench, run, 5_000);
    bench.node.powerCut();
    run.finish();
    deepStrictEqual(run.outcomes, ["done"], run.node.error?.message);
    ok(bench.holdsImage());
  }
});

Deno.test("exchanged: between what it told and the first erase it is seen too", () => {
  const bench = new RogueBench({ rogue: FIRST });
  const run = bench.start();
  while (bench.node.log.of("10 02").length === 0) bench.wait(1);
  const another = bench.exchange({ ...FIRST, serial: "S-2", needsNoKey: true });
  run.finish();
  judgeUntouched(another);
  deepStrictEqual(run.outcomes, ["failed: oldImage"]);
  strictEqual(run.node.error?.code, "NODE_CHANGED", run.node.error?.message);
});

Deno.test("exchanged: one that is asked what it is before anything was erased is the one that is meant", () => {
  const bench = new RogueBench({ rogue: { ...FIRST, ignore: [{ on: "10 02" }] } });
  const run = bench.start();
  while (run.retries("node").length === 0) bench.wait(1);
  const another = bench.exchange({ ...FIRST, serial: "S-2" });
  run.finish();
  deepStrictEqual(run.outcomes, ["done"], run.node.error?.message);
  strictEqual(run.node.identity.serial, "S-2");
  ok(bench.holdsImage(another));
});
