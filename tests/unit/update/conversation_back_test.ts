/** A node whose new application does not come up, and that is given another image to go back to. */
import { ok, strictEqual } from "node:assert/strict";
import { findDevice, planFlash } from "../../../src/stm32/mod.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import { G474, imageFor } from "../../support/host_bench.ts";
import { type Answers, type Conversation, converse, SEGMENT_BYTES } from "./_conversation.ts";

const ERASE = "31 01 FF 00";
const CHECK = "31 01 02 02";
const EQUAL = "71 01 02 02 00";
const DIFFERENT = "71 01 02 02 01";
const OLD = "62 F1 89 31";
const NONE = "7F 22 31";

const rollbackPlan = planFlash({
  image: imageFor(G474, SEGMENT_BYTES, 2),
  geometry: findDevice(G474.device),
  layout: G474.layout,
});

/** What the node says that it runs, by how often it was reset; and what else it answers. */
function goBack(versions: readonly string[], answers: Answers = {}): Conversation {
  let resets = 0;
  return converse({
    job: { rollbackPlan },
    profile: { timing: { ...ISO14229_PROFILE.timing, nodeAttemptsMax: 2, segmentAttemptsMax: 1 } },
    answers: {
      // Another image is there, then the new one, then that is not the one to go back to.
      [CHECK]: (i) => i === 1 || i > 2 ? EQUAL : DIFFERENT,
      ...answers,
      "11 01": () => {
        resets++;
        return undefined;
      },
      "22 F1 89": () => versions[Math.min(resets, versions.length - 1)],
    },
  });
}

const second = (answer: string) => (i: number) => i === 0 ? undefined : answer;

/** What the node is left in, and how often it is erased. */
const ENDS: readonly (readonly [string, string, number, () => Conversation])[] = [
  ["it comes up with that", "rolledBack", 2, () => goBack([OLD, NONE, OLD])],
  ["it comes up with that, and tells no version", "bootloader", 2, () => goBack([OLD, NONE, NONE])],
  ["it is silent then", "newImageUnconfirmed", 2, () => goBack([OLD, NONE, "silence"])],
  [
    "it refuses to be erased again",
    "bootloader",
    3,
    () => goBack([OLD, NONE, OLD], { [ERASE]: second("7F 31 31") }),
  ],
  [
    "it takes no data then",
    "bootloader",
    2,
    () => goBack([OLD, NONE, OLD], { "34": second("7F 34 31") }),
  ],
  [
    "nobody knows whether it is erased again",
    "eraseUnconfirmed",
    7,
    () => goBack([OLD, NONE, OLD], { [ERASE]: second("silence") }),
  ],
  ["it is silent from its reset on", "newImageUnconfirmed", 1, () => goBack([OLD, "silence"])],
];

for (const [what, state, erases, conversation] of ENDS) {
  Deno.test(`updateNode() gives a node that does not come up its old image: ${what}`, () => {
    const run = conversation();
    const end = run.events.at(-1)!;
    ok(end.type === "nodeFailed", end.type);
    strictEqual(end.error.code, "ACTIVATION");
    strictEqual(end.state, state);
    const count = run.requests.filter((request) => request.startsWith(ERASE)).length;
    strictEqual(count, erases);
  });
}
