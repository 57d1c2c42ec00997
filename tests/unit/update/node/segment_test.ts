/** What an erase and a check are given: which units, how much time, and how often. */
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { findDevice, type FlashPlan, planFlash } from "../../../../src/stm32/mod.ts";
import { parseRequestTemplate } from "../../../../src/uds/mod.ts";
import {
  type NodeContext,
  segmentForProfile,
  surveyNode,
  unitsErasedFor,
  updateNode,
  type UpdateProfile,
  verifyNode,
} from "../../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../../src/update/profiles/iso14229.ts";
import { longestEraseMs } from "../../../../src/update/node/erase_bounds.ts";
import { G474, imageFor } from "../../../support/host_bench.ts";
import { type Conversation, converse, SEGMENT_BYTES } from "../_conversation.ts";

const PLAN: FlashPlan = planFlash({
  image: imageFor(G474, 2 * SEGMENT_BYTES, 1),
  geometry: findDevice(G474.device),
  layout: G474.layout,
});
const [SEGMENT] = PLAN.segments;
const PAGE_BYTES = 2048;
const { erase } = ISO14229_PROFILE;

function eraseBy(request: string): UpdateProfile {
  return { ...ISO14229_PROFILE, erase: { ...erase, request: parseRequestTemplate(request) } };
}

Deno.test("unitsErasedFor() counts the whole application where the request names no range", () => {
  const countFor = (request: string): number =>
    unitsErasedFor({ plan: PLAN, profile: eraseBy(request) }, SEGMENT!).length;
  const ofSegment = SEGMENT_BYTES / PAGE_BYTES;
  strictEqual(countFor("31 01 FF 00 44 {address:4} {size:4}"), ofSegment);
  strictEqual(countFor("31 01 FF 00 {address:4}"), ofSegment);
  strictEqual(countFor("31 01 FF 00 {size:4}"), ofSegment);
  const { start, end } = G474.layout.application;
  const ofAll = (end - start) / PAGE_BYTES;
  strictEqual(countFor("31 01 FF 00 01 {block:1}"), ofAll, "a block's number is no range");
  strictEqual(countFor("31 01 FF 00"), ofAll);
  ok(
    longestEraseMs({ plan: PLAN, profile: eraseBy("31 01 FF 00") }, SEGMENT!) >
      longestEraseMs({ plan: PLAN, profile: ISO14229_PROFILE }, SEGMENT!) * 10,
  );
});

const ERASE = "31 01 FF 00";
const CHECK = "31 01 02 02";
const GROUP: Partial<UpdateProfile> = {
  group: { routineIdentifier: 0x4752, blockBytes: 512, generationBlocks: 64 },
};
/** P2* 10 ms, so that what is waited for beyond it is seen. */
const SHORT_P2_STAR = { "10 02": () => "50 02 00 32 00 01" };

/** How long was waited before each further try of a request, in ms. */
function waitsOf({ requests, times }: Conversation, begin: string): readonly number[] {
  const asked = times.filter((_, i) => requests[i]!.startsWith(begin));
  // Sending takes 10 ms.
  return asked.slice(1).map((ms, i) => Math.round(ms - asked[i]! - 10));
}

function silentTo(begin: string, count: number, answer: string, profile = {}): readonly number[] {
  const answers = {
    ...SHORT_P2_STAR,
    [begin]: (i: number) => i < count ? answer : undefined,
  };
  return waitsOf(converse({ answers, profile }), begin).slice(0, count);
}

Deno.test("updateNode() gives an erase all the time that its flash may take, with 0x78 or without", () => {
  const longest = Math.round(longestEraseMs({ plan: PLAN, profile: ISO14229_PROFILE }, SEGMENT!));
  deepStrictEqual(silentTo(ERASE, 2, "silence"), [longest, 2 * longest]);
  const [first] = silentTo(ERASE, 1, "7F 31 78");
  strictEqual(first, longest + 1, "it may say 0x78 once, and no more until it is done");
});

Deno.test("updateNode() asks a node that takes groups again soon, and waits once it was silent", () => {
  const longest = Math.round(longestEraseMs({ plan: PLAN, profile: ISO14229_PROFILE }, SEGMENT!));
  // It promises to say 0x78 within P2: its silence is a loss.
  deepStrictEqual(silentTo(ERASE, 2, "silence", GROUP), [100, 2 * longest]);
  const [behind] = silentTo(ERASE, 1, "7F 31 78", GROUP);
  ok(behind! < 100, "and again within P2*");
});

Deno.test("updateNode() gives a check the time to sum a segment up, with 0x78 or without", () => {
  // 16 KiB at 5 ms each; P2 is 100 ms.
  deepStrictEqual(silentTo(CHECK, 2, "silence"), [180, 360]);
  strictEqual(silentTo(CHECK, 1, "7F 31 78")[0], 181);
  deepStrictEqual(silentTo(CHECK, 2, "silence", GROUP), [100, 360]);
  ok(silentTo(CHECK, 1, "7F 31 78", GROUP)[0]! < 100);
});

Deno.test("updateNode() remembers of a node that takes groups that it erases in silence, or not", () => {
  const longest = Math.round(longestEraseMs({ plan: PLAN, profile: ISO14229_PROFILE }, SEGMENT!));
  const second = (...answers: readonly string[]): number => {
    const run = converse({
      imageBytes: 2 * SEGMENT_BYTES,
      profile: GROUP,
      answers: { ...SHORT_P2_STAR, [ERASE]: (i) => answers[i] },
    });
    // The first segment's erase, then the second one's, asked twice.
    return waitsOf(run, ERASE).at(-1)!;
  };
  const asUsual = "71 01 FF 00 00";
  strictEqual(second("7F 31 78, 71 01 FF 00 00 after 5", "7F 31 78", asUsual) < 100, true);
  strictEqual(second("silence", asUsual, "7F 31 78", asUsual), longest + 1);
});

Deno.test("a plan of parts is refused where the profile takes an image as one, before anything is asked", () => {
  const plan = { ...PLAN };
  const whole: UpdateProfile = { ...ISO14229_PROFILE, erase: { ...erase, scope: "image" } };
  const context = { job: { plan, profile: whole } } as NodeContext;
  for (const begin of [updateNode, verifyNode, surveyNode]) {
    throws(() => begin(context), RangeError, "Give the plan to segmentForProfile first");
  }
  const cut = segmentForProfile(plan, whole);
  deepStrictEqual([cut.segments.length, segmentForProfile(cut, whole) === cut], [1, true]);
});
