/** Bootloaders that want voltage and standstill first, and such as tell by a record that they are done. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeDone, judgeUntouched } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

const SHORT = { maxNumberOfBlockLength: 1026 };
const LOST = [
  { on: "22 F4 42", nth: 1 },
  { on: "31 01 02 02", nth: 2 },
  { on: "36", nth: 3 },
];
/** 12.0 V in millivolts, behind a byte of something else; a speed of 0; the ignition is on. */
const READY = { "F4 42": "77 2E E0", "F4 0D": "00", "DD 0A": "5A" };
const CONDITIONS = rowProfile("voltage-and-speed");
const ASKED: BentNode = { rogue: { ...SHORT, moreData: READY }, profile: CONDITIONS };
const TOLD: BentNode = {
  rogue: { ...SHORT, checkToldBy: "F1 A0", checkMs: 350 },
  profile: rowProfile("check-told-by-record"),
  isPolled: true,
};

Deno.test("conditions: voltage, speed and ignition: lost answers, power cuts, resume", () => {
  judgeBent(ASKED, LOST);
});

const REFUSED: readonly (readonly [string, object, RegExp])[] = [
  ["a low voltage", { "F4 42": "77 27 D8" }, /supply voltage is 10\.2 V, expected 11\.5 to 15 V/],
  ["a speed", { "F4 0D": "05" }, /speed is 5 km\/h, expected at most 0 km\/h \(conditions\[1\] of/],
  ["an ignition that is off", { "DD 0A": "F3" }, /ignition is 0, expected 2 or 3/],
  ["a record that is too short", { "F4 42": "77 2E" }, /supply voltage is not told, expected/],
  ["a record that is not told", { "F4 0D": undefined }, /speed is not told/],
];

for (const [what, record, told] of REFUSED) {
  Deno.test(`conditions: ${what} has the node refused before anything is touched`, () => {
    const moreData = JSON.parse(JSON.stringify({ ...READY, ...record }));
    const bench = new RogueBench({ ...ASKED, rogue: { ...SHORT, moreData } });
    const run = bench.update();
    strictEqual(run.node.error?.code, "CONDITION");
    match(run.node.error!.message, told);
    ok(run.events.some(({ type }) => type === "nodeRefused"));
    deepStrictEqual([bench.node.log.count("10 02"), bench.node.log.count("31")], [0, 0]);
    judgeUntouched(bench);
  });
}

Deno.test("conditions: a node that does not tell one is passed where the profile makes light of it", () => {
  const profile = CONDITIONS.replace('"max":0}', '"max":0,"optional":true}');
  const { "F4 0D": _speed, ...moreData } = READY;
  const bench = new RogueBench({ ...ASKED, profile, rogue: { ...SHORT, moreData } });
  judgeDone(bench, bench.update());
});

Deno.test("conditions: a check told by a record: lost answers, power cuts, resume", () => {
  judgeBent(TOLD, [{ on: "22 F1 A0", nth: 2 }, ...LOST.slice(1)]);
});

Deno.test("conditions: a record that tells of failure has the segment written again", () => {
  const good = new RogueBench(TOLD);
  good.update();
  const [block] = good.node.log.of("36");
  const nth = good.node.log.of("22 F1 A0").filter((one) => one.atMs < block!.atMs).length + 3;
  const bench = new RogueBench({
    ...TOLD,
    rogue: { ...TOLD.rogue, reply: [{ on: "22 F1 A0", nth, data: "62 F1 A0 FF 02" }] },
  });
  const run = bench.update();
  judgeDone(bench, run);
  const retries = run.retries("segment");
  strictEqual(retries.length, 1, retries.join());
});
