/** Which segments one question may be about, and what a node is told to hold without an update. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { parseRequestTemplate } from "../../../../src/uds/mod.ts";
import {
  type NodeEvent,
  surveyNode,
  type UpdateProfile,
  verifyNode,
} from "../../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../../src/update/profiles/iso14229.ts";
import type { FirmwareImage } from "../../../../src/image/mod.ts";
import { G474, imageFor } from "../../../support/host_bench.ts";
import { type ConversationOptions, converse, SEGMENT_BYTES } from "../_conversation.ts";

const { check } = ISO14229_PROFILE;
const EQUAL = "71 01 02 02 00";
const DIFFERENT = "71 01 02 02 01";

function checkBy(request: string): Partial<UpdateProfile> {
  return { check: { ...check!, request: parseRequestTemplate(request) } };
}

/** Questions of a node that holds everything, without what they expect. */
function questions(options: ConversationOptions): readonly string[] {
  const { requests } = converse({ ...options, answers: { "31 01 02 02": () => EQUAL } });
  return requests.filter((request) => request.startsWith("31 01 02 02"))
    .map((request) => request.slice(12, -12));
}

const IMAGE = { imageBytes: 5 * SEGMENT_BYTES };

Deno.test("updateNode() asks about all neighbours at once, as far as the length has room", () => {
  deepStrictEqual(questions(IMAGE), ["44 08 00 80 00 00 01 40 00"]);
  // 65,535 at most: 4 segments are one byte too many.
  const short = checkBy("31 01 02 02 42 {address:4} {size:2} {checksum:4}");
  deepStrictEqual(questions({ ...IMAGE, profile: short }), [
    "42 08 00 80 00 C0 00",
    "42 08 01 40 00 80 00",
  ]);
});

Deno.test("updateNode() asks segment by segment where a question names none by address and length", () => {
  const bySegment = checkBy("31 01 02 02 {segment:1} {address:4} {size:4} {checksum:4}");
  strictEqual(questions({ ...IMAGE, profile: bySegment }).length, 5);
  const byAddress = checkBy("31 01 02 02 {address:4} {checksum:4}");
  strictEqual(questions({ ...IMAGE, profile: byAddress }).length, 5);
  const bySize = checkBy("31 01 02 02 {size:4} {checksum:4}");
  strictEqual(questions({ ...IMAGE, profile: bySize }).length, 5);
});

Deno.test("updateNode() asks about neither side of a gap in one question", () => {
  const [one] = imageFor(G474, SEGMENT_BYTES, 1).ranges;
  const start = one!.start + 3 * SEGMENT_BYTES;
  const image: FirmwareImage = {
    ranges: [one!, { start, end: start + one!.data.length, data: one!.data }],
  };
  deepStrictEqual(questions({ image }), [
    "44 08 00 80 00 00 00 40 00",
    "44 08 01 40 00 00 00 40 00",
  ]);
});

/** What a survey ends in, and the phase that each segment was left in. */
function survey(options: ConversationOptions): string {
  const { events } = converse({
    imageBytes: 2 * SEGMENT_BYTES,
    talk: surveyNode,
    ...options,
  });
  const phases = new Map<number, string>();
  for (const event of events) {
    if (event.type === "segmentPhase") phases.set(event.segment, event.phase);
  }
  const segments = [...phases].map(([segment, phase]) => `${segment} ${phase}`);
  return [...segments, endOf(events.at(-1)!)].join(", ");
}

function endOf(event: NodeEvent): string {
  if (event.type === "nodeDone") return event.upToDate ? "up to date" : "not up to date";
  return "error" in event ? `${event.type} ${event.error.code}` : event.type;
}

function checks(...answers: readonly string[]): ConversationOptions {
  return { answers: { "31 01 02 02": (i) => answers[i] } };
}

Deno.test("surveyNode() tells which segments a node holds, and whether these are all", () => {
  strictEqual(survey(checks(EQUAL, EQUAL)), "0 skipped, 1 skipped, up to date");
  strictEqual(survey(checks(EQUAL, DIFFERENT)), "0 skipped, 1 failed, not up to date");
  strictEqual(survey(checks("71 01 02 02 09", EQUAL)), "0 failed, 1 skipped, not up to date");
});

Deno.test("surveyNode() says nothing of segments that a node tells nothing of", () => {
  strictEqual(survey(checks("7F 31 31")), "0 checking, not up to date");
  strictEqual(
    survey(checks("silence", "silence", "silence")),
    "0 checking, nodeFailed UDS_TIMEOUT",
  );
  const profile = { check: { ...check!, readOnly: false } };
  strictEqual(survey({ profile }), "not up to date", "a check that is no reading changes the node");
  strictEqual(survey({ profile: { check: undefined } as never }), "not up to date");
});

Deno.test("surveyNode() changes nothing, refuses who is another, and stops", () => {
  const { requests } = converse({ talk: surveyNode, ...checks(EQUAL) });
  deepStrictEqual(requests.filter((request) => !/^(22|31 01 02 02)/.test(request)), []);
  strictEqual(survey({ job: { expectedHardware: "GW" } }), "nodeRefused WRONG_HARDWARE");
  strictEqual(survey({ ...checks(EQUAL, EQUAL), stopAtRequest: 4 }), "0 skipped, nodeCancelled");
});

Deno.test("surveyNode() tells first what would be written where", () => {
  const { events } = converse({ talk: surveyNode, ...checks(EQUAL, EQUAL), imageBytes: 300 });
  deepStrictEqual(events[0], {
    type: "nodePlanned",
    imageBytes: 300,
    segments: [{ start: 0x0800_8000, end: 0x0800_8800, dataBytes: 304 }],
  });
});

Deno.test("verifyNode() names the one segment that differs, also where it was not asked about alone", () => {
  // Both together differ, and the first one is equal: the second is known by that.
  const { events } = converse({
    talk: verifyNode,
    imageBytes: 2 * SEGMENT_BYTES,
    ...checks(DIFFERENT, EQUAL),
  });
  const end = events.at(-1)!;
  strictEqual(
    "error" in end ? end.error.message : end.type,
    "Cannot verify 16384 bytes at 0x0800C000: the node holds something else",
  );
});

Deno.test("updateNode() takes a status that it does not know for a difference, as nothing is written yet", () => {
  const { events } = converse({
    answers: { "31 01 02 02": (i) => i === 0 ? "71 01 02 02 09" : undefined },
  });
  strictEqual(endOf(events.at(-1)!), "not up to date");
});

Deno.test("updateNode() brings a node in anew that does not answer what it holds", () => {
  const { events, requests } = converse({
    answers: { "31 01 02 02": (i) => i < 3 ? "silence" : undefined },
  });
  strictEqual(endOf(events.at(-1)!), "not up to date");
  const erase = requests.findIndex((request) => request.startsWith("31 01 FF 00"));
  const entries = requests.slice(0, erase).filter((request) => request === "10 02");
  strictEqual(entries.length, 2, "silence is no difference");
});
