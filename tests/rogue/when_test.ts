/** Bootloaders that tell by a record what they want: a fingerprint, or another level. */
import { match, strictEqual } from "node:assert/strict";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeUntouched } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

const SHORT = { maxNumberOfBlockLength: 1026 };
const LOST = [{ on: "22 DD 01", nth: 1 }, { on: "27 02", nth: 1 }, { on: "36", nth: 3 }];
const PROFILE = rowProfile("steps-as-a-record-tells");
/** It wants a fingerprint. */
const WANTED: BentNode = { rogue: { ...SHORT, moreData: { "DD 01": "80" } }, profile: PROFILE };
/** It knows none, and refuses it. */
const UNKNOWN: BentNode = {
  rogue: { ...SHORT, moreData: { "DD 01": "00" }, refuse: [{ on: "2E", nrc: 0x31 }] },
  profile: PROFILE,
};

for (
  const [what, node, count] of [["a step that is wanted", WANTED, 1], [
    "a step that is not",
    UNKNOWN,
    0,
  ]] as const
) {
  Deno.test(`when: ${what}: lost answers, power cuts, resume`, () => {
    judgeBent(node, LOST);
    const bench = new RogueBench(node);
    bench.update();
    strictEqual(bench.node.log.count("2E F1 5A"), count);
  });
}

Deno.test("when: what is not told fails, named by its key, and is left out where it is optional", () => {
  const bench = new RogueBench({ ...UNKNOWN, rogue: { ...UNKNOWN.rogue, moreData: {} } });
  const run = bench.update();
  strictEqual(run.node.error?.code, "CONDITION");
  match(
    run.node.error!.message,
    /fingerprint is not told, expected 1 \(enter\[2\]\.when of profile mine/,
  );
  judgeUntouched(bench);
  const profile = PROFILE.replaceAll(/("is":[^}]+)}/g, '$1,"optional":true}');
  judgeBent({ ...UNKNOWN, profile, rogue: { ...UNKNOWN.rogue, moreData: {} } }, LOST.slice(1));
});
