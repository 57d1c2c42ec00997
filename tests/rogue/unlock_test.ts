/** Bootloaders that want more for their seed and key than the level and the right key. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { rowProfile } from "../support/profile_rows.ts";
import {
  type BentNode,
  judgeBent,
  judgeLostAnswers,
  judgePowerCuts,
  judgeResumes,
} from "./bent_node.ts";
import { judgeDone, judgeSafe, judgeUntouched } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

const SHORT = { maxNumberOfBlockLength: 1026 };

const RECORD: BentNode = {
  rogue: { ...SHORT, seedRecord: "AA 43 41 4E 56 4F 59" },
  profile: rowProfile("seed-with-record"),
};
const TWO_LEVELS: BentNode = {
  rogue: { ...SHORT, secondLevel: "77 01" },
  profile: rowProfile("two-levels"),
  security: '[{ level: 1, xor: "A5 5A 12 34" }, { level: 3, xor: "77 01" }]',
};
const PAUSED: BentNode = {
  rogue: { ...SHORT, keyNotBeforeMs: 200, seedKnownMs: 1000 },
  profile: rowProfile("pause-before-key"),
};
/** Patience of half a minute after each start, of which the test's first moment is one. */
const PATIENT: BentNode = {
  rogue: { ...SHORT, lockedAfterStartMs: 30_000 },
  profile: rowProfile("long-delay"),
};
/** How long an update of it takes, in ms: a power cut near its end has it wait anew. */
const PATIENT_RUN_MS = 34_000;
const NODES: Readonly<Record<string, BentNode>> = {
  "a record with the seed's request": RECORD,
  "two levels": TWO_LEVELS,
  "a pause between seed and key": PAUSED,
};
const LOST = [
  { on: "27 01", nth: 1 },
  { on: "27 02", nth: 1 },
  { on: "34", nth: 1 },
  { on: "36", nth: 3 },
];

for (const [what, node] of Object.entries(NODES)) {
  Deno.test(`unlock: ${what}: lost answers, power cuts, resume`, () => judgeBent(node, LOST));
}

Deno.test("unlock: two levels: lost answers of the second one", () => {
  const lose = [{ on: "27 03", nth: 1 }, { on: "27 04", nth: 1 }];
  for (const one of lose) {
    const bench = new RogueBench({ ...TWO_LEVELS, rogue: { ...TWO_LEVELS.rogue, lose: [one] } });
    judgeDone(bench, bench.update(), one.on);
  }
});

for (const lockedNrc of [0x37, 0x36] as const) {
  Deno.test(`unlock: 0x${lockedNrc.toString(16)} after a start is waited out as stated`, () => {
    const bench = new RogueBench({ ...PATIENT, rogue: { ...PATIENT.rogue, lockedNrc } });
    const run = bench.start();
    run.runTo(33_000);
    bench.node.powerCut();
    run.finish();
    judgeDone(bench, run);
    const seeds = bench.node.log.of("27 01").map(({ beganAtMs }) => Math.round(beganAtMs / 1000));
    strictEqual(seeds.length, 4, seeds.join());
    ok(seeds[1]! - seeds[0]! === 31 && seeds[3]! - seeds[2]! === 31, seeds.join());
    deepStrictEqual(bench.node.log.sessionEnds, []);
  });
}

Deno.test("unlock: patience: lost answers, power cuts, resume", () => {
  judgeLostAnswers(PATIENT, [{ on: "27 02", nth: 1 }, { on: "36", nth: 3 }]);
  judgePowerCuts(PATIENT, PATIENT_RUN_MS);
  judgeResumes(PATIENT, PATIENT_RUN_MS);
});

Deno.test("unlock: 0x36 behind a key of ours is no patience: nothing more is asked", () => {
  const bench = new RogueBench({
    ...PATIENT,
    rogue: { ...SHORT, wrongKeysMax: 1 },
    security: '{ xor: "00" }',
  });
  const run = bench.update();
  strictEqual(run.node.error?.code, "UDS_NEGATIVE_RESPONSE");
  strictEqual(bench.node.log.count("27 01"), 1);
  judgeSafe(bench, run);
  judgeUntouched(bench);
});

Deno.test("unlock: patience ends where the operator stops it", () => {
  const bench = new RogueBench(PATIENT);
  const run = bench.start();
  run.runTo(5_000);
  run.cancel();
  run.finish();
  ok(bench.clock.now() < 12_000, `${bench.clock.now()} ms`);
  strictEqual(bench.node.log.count("27 01"), 1);
  judgeUntouched(bench);
});

Deno.test("unlock: a seed that the node does not know any more is asked for again, twice", () => {
  const late = (times: number) => [{ on: "27 02", nth: 1, times, nrc: 0x24 }];
  const mended = new RogueBench({ ...PAUSED, rogue: { ...PAUSED.rogue, refuse: late(2) } });
  judgeDone(mended, mended.update());
  const ended = new RogueBench({ ...PAUSED, rogue: { ...PAUSED.rogue, refuse: late(9) } });
  const run = ended.update();
  strictEqual(run.node.error?.code, "UDS_NEGATIVE_RESPONSE");
  strictEqual(ended.node.log.count("27 02") % 3, 0);
  judgeUntouched(ended);
});
