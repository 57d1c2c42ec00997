/** A comparison that writes nothing: what it asks, how often it begins again, and how it ends. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type NodeContext, type UpdateProfile, verifyNode } from "../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import {
  type Answers,
  type Conversation,
  type ConversationOptions,
  converse,
  SEGMENT_BYTES,
} from "./_conversation.ts";

const CHECK = "31 01 02 02";
const EQUAL = "71 01 02 02 00";
const DIFFERENT = "71 01 02 02 01";
const TIMING = { ...ISO14229_PROFILE.timing, nodeAttemptsMax: 2 };

/** Compares three segments, one by one. */
function verify(
  answers: Answers,
  { context = {}, profile, ...more }: ConversationOptions & {
    readonly context?: Partial<NodeContext>;
  } = {},
): Conversation {
  return converse({
    imageBytes: 3 * SEGMENT_BYTES,
    ...more,
    answers: { [CHECK]: () => EQUAL, ...answers },
    profile: { timing: TIMING, ...profile },
    talk: (given) => verifyNode({ ...given, ...context }),
  });
}

function endOf({ events }: Conversation): string {
  const end = events.at(-1)!;
  if ("error" in end) return `${end.type}: ${end.error.code}`;
  return end.type === "nodeDone" ? `done, ${end.upToDate ? "up to date" : "not"}` : end.type;
}

const checksOf = ({ requests }: Conversation): number =>
  requests.filter((request) => request.startsWith(CHECK)).length;

Deno.test("verifyNode() tells what it compares, and that all is there", () => {
  const conversation = verify({});
  const start = 0x0800_8000;
  deepStrictEqual(conversation.events[0], {
    type: "nodePlanned",
    imageBytes: 3 * SEGMENT_BYTES,
    segments: [0, 1, 2].map((i) => ({
      start: start + i * SEGMENT_BYTES,
      end: start + (i + 1) * SEGMENT_BYTES,
      dataBytes: SEGMENT_BYTES,
    })),
  });
  strictEqual(endOf(conversation), "done, up to date");
  strictEqual(checksOf(conversation), 1, "all at once");
});

Deno.test("verifyNode() cannot work with a profile that has no check, or one that changes something", () => {
  const readOnly = { ...ISO14229_PROFILE.check!, readOnly: false };
  for (const check of [undefined, readOnly]) {
    const conversation = verify({}, { profile: { check } as Partial<UpdateProfile> });
    strictEqual(endOf(conversation), "nodeFailed: CANNOT_VERIFY");
    deepStrictEqual(conversation.requests, []);
  }
});

/** Several at once are different; each by itself is answered by a list of its own. */
function bySegment(...answers: readonly (readonly string[])[]): Answers {
  const counts = answers.map(() => 0);
  return {
    [CHECK]: (_, request) => {
      const view = new DataView(Uint8Array.fromHex(request.replaceAll(" ", "")).buffer);
      if (view.getUint32(9) > SEGMENT_BYTES) return DIFFERENT;
      const segment = (view.getUint32(5) - 0x0800_8000) / SEGMENT_BYTES;
      const own = answers[segment]!;
      return own[Math.min(counts[segment]!++, own.length - 1)];
    },
  };
}

Deno.test("verifyNode() names what a node would not tell before what is different", () => {
  const fails = (...answers: readonly string[]) => {
    const conversation = verify(bySegment(...answers.map((answer) => [answer])));
    const failed = conversation.events.flatMap((event) =>
      event.type === "segmentPhase" && event.phase === "failed" ? [event.segment] : []
    );
    return [endOf(conversation), ...failed];
  };
  deepStrictEqual(fails(EQUAL, DIFFERENT, EQUAL), ["nodeFailed: VERIFY_MISMATCH", 1]);
  deepStrictEqual(fails(DIFFERENT, "7F 31 10", EQUAL), [
    "nodeFailed: UDS_NEGATIVE_RESPONSE",
    0,
    1,
  ]);
});

Deno.test("verifyNode() begins again as long as it gets on, and goes on where it was", () => {
  const lost = "7F 31 7F";
  const gettingOn = verify(
    bySegment([DIFFERENT], [lost, EQUAL], [lost, EQUAL], [DIFFERENT]),
    { imageBytes: 4 * SEGMENT_BYTES },
  );
  strictEqual(endOf(gettingOn), "nodeFailed: VERIFY_MISMATCH");
  strictEqual(gettingOn.diedCount, 2);
  const retries = gettingOn.events.flatMap((event) =>
    event.type === "retry" ? [`${event.scope} ${event.attempt} after ${event.delayMs}`] : []
  );
  deepStrictEqual(retries, ["node 2 after 50", "node 2 after 50"]);
  const stuck = verify({ [CHECK]: () => lost });
  strictEqual(endOf(stuck), "nodeFailed: UDS_NEGATIVE_RESPONSE");
  strictEqual(stuck.diedCount, 2);
});

Deno.test("verifyNode() takes a node that is silent for silent, and not for one in another session", () => {
  const conversation = verify({ "22 F1 91": () => "silence" });
  strictEqual(endOf(conversation), "nodeFailed: UDS_TIMEOUT");
  strictEqual(conversation.diedCount, 0);
  ok(
    conversation.requests.every((request) => request === "22 F1 91"),
    "nothing is left open there",
  );
});

Deno.test("verifyNode() tells a node by itself what others of its bus are told, where that is so", () => {
  const alone = verify({}, { context: { isToldAlone: true } });
  const begins = alone.requests.map((request) => request.slice(0, 5));
  deepStrictEqual(begins.slice(4, 8), ["10 03", "85 02", "28 03", "10 02"]);
  deepStrictEqual(begins.slice(-4), ["10 01", "28 00", "85 01", "10 01"]);
  ok(!verify({}).requests.some((request) => request.startsWith("28")));
});

Deno.test("verifyNode() that is stopped was stopped, whatever fails then, and touched nothing", () => {
  const { requests } = verify({});
  const stopAtRequest = requests.findIndex((request) => request.startsWith(CHECK));
  for (const answer of [EQUAL, DIFFERENT, "7F 31 7F", "7F 31 31", "silence"]) {
    const conversation = verify({ [CHECK]: () => answer }, { stopAtRequest });
    const isThrough = answer === EQUAL;
    deepStrictEqual(
      conversation.events.at(-1),
      isThrough
        ? { type: "nodeDone", upToDate: true }
        : { type: "nodeCancelled", state: "untouched" },
      answer,
    );
  }
  const early = verify({}, { stopAtRequest: 2 });
  deepStrictEqual(early.events.at(-1), { type: "nodeCancelled", state: "untouched" });
  strictEqual(checksOf(early), 0);
});
