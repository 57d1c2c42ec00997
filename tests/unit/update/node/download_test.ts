/** Downloads that do not go as they should: what is believed, and what is tried again. */
import { ok, strictEqual } from "node:assert/strict";
import type { UpdateProfile } from "../../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../../src/update/profiles/iso14229.ts";
import { type Conversation, converse, SEGMENT_BYTES, told } from "../_conversation.ts";

const ONCE = { ...ISO14229_PROFILE.timing, nodeAttemptsMax: 1 };
const DRIVER = { address: 0x2000_0000, data: new Uint8Array(100).fill(7) };

function countOf({ requests }: Conversation, begin: string): number {
  return requests.filter((request) => request.startsWith(begin)).length;
}

function isDone({ events }: Conversation): boolean {
  return events.at(-1)?.type === "nodeDone";
}

Deno.test("updateNode() reads nothing behind a block where the profile says nothing of it", () => {
  const run = converse({ answers: { "36": (_, request) => `76 ${request.slice(3, 5)} 05` } });
  ok(isDone(run));
  strictEqual(countOf(run, "36 01"), 1);
});

Deno.test("updateNode() takes an exit that was refused behind 0x78 for refused, as it was asked once", () => {
  const run = converse({
    answers: { "37": (i) => i === 0 ? "7F 37 78, 7F 37 24 after 20" : undefined },
  });
  ok(isDone(run));
  strictEqual(countOf(run, "31 01 FF 00"), 2, "nobody knows what the node has taken");
});

Deno.test("updateNode() sends a driver once that is refused for good, and again where that may help", () => {
  const profile: Partial<UpdateProfile> = { driver: {}, timing: ONCE };
  const sent = (answer: string, times = Infinity): Conversation =>
    converse({
      imageBytes: 300,
      profile,
      job: { driver: DRIVER },
      answers: { "34": (i) => i < times ? answer : undefined },
    });
  const refused = sent("7F 34 31");
  ok(!isDone(refused));
  ok(countOf(refused, "34") <= 2, "once more at most, brought in anew");
  ok(isDone(sent("7F 34 72", 2)));
});

Deno.test("updateNode() sends no driver where the node's entry has none", () => {
  const run = converse({ imageBytes: 300, profile: { driver: {} } });
  ok(isDone(run));
  strictEqual(countOf(run, "34"), 1);
});

Deno.test("updateNode() compares all as one where the profile's check is about the image", () => {
  const profile = { check: { ...ISO14229_PROFILE.check!, scope: "image" as const } };
  const run = converse({ imageBytes: 3 * SEGMENT_BYTES, profile });
  ok(isDone(run));
  strictEqual(countOf(run, "31 01 02 02"), 2, told(run));
});

// An erase may outlast S3: the node is then in another session when its first block comes.
Deno.test("updateNode() erases once where the first block finds the session over, as it wrote nothing", () => {
  const erasesWhere = (answer: (i: number) => string | undefined): number => {
    const run = converse({ answers: { "36": answer } });
    ok(isDone(run), told(run));
    return countOf(run, "31 01 FF 00");
  };
  for (const over of ["7F 36 7F", "7F 36 33"]) {
    strictEqual(erasesWhere((i) => i === 0 ? over : undefined), 1, over);
    strictEqual(erasesWhere((i) => i === 1 ? over : undefined), 2, `${over} to the second block`);
    strictEqual(
      erasesWhere((i) => i === 0 ? "silence" : i === 1 ? over : undefined),
      2,
      `${over} behind silence: nobody knows whether it was taken`,
    );
  }
  strictEqual(erasesWhere((i) => i === 0 ? "7F 36 72" : undefined), 2, "it may have programmed");
});
