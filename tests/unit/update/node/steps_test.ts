/** Steps of a profile: their own time, what may be refused, and what their answers mean. */
import { ok, strictEqual } from "node:assert/strict";
import { parseRequestTemplate } from "../../../../src/uds/mod.ts";
import type { NodeStep, UpdateProfile } from "../../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../../src/update/profiles/iso14229.ts";
import { asked, type Conversation, converse } from "../_conversation.ts";

type RequestStep = Extract<NodeStep, { readonly kind: "request" }>;

function endWith(
  more: Partial<RequestStep>,
  ...others: readonly NodeStep[]
): Partial<UpdateProfile> {
  const request = parseRequestTemplate("31 01 FF 01");
  const step: NodeStep = { kind: "request", request, optional: false, ...more };
  const once = { segmentAttemptsMax: 1, nodeAttemptsMax: 1, requestAttemptsMax: 1 };
  const timing = { ...ISO14229_PROFILE.timing, ...once };
  return { finish: [...others, step], timing };
}

function run(profile: Partial<UpdateProfile>, answer: string): Conversation {
  return converse({ imageBytes: 300, profile, answers: { "31 01 FF 01": () => answer } });
}

function isDone({ events }: Conversation): boolean {
  return events.at(-1)?.type === "nodeDone";
}

/** At work for 40 s, and says so. */
const LONG = [...Array.from({ length: 12 }, (_, i) => `7F 31 78 after ${1 + 3500 * i}`)]
  .concat("71 01 FF 01 after 40000").join(", ");

Deno.test("a step with a time of its own has that, and any other the bound of all requests", () => {
  ok(!isDone(run(endWith({}), LONG)), "30 s, whatever the node says");
  ok(isDone(run(endWith({ timeoutMs: 60_000 }), LONG)));
  ok(!isDone(run(endWith({ timeoutMs: 20_000 }), LONG)));
});

Deno.test("an optional step may be refused, and not be met with silence", () => {
  ok(isDone(run(endWith({ optional: true }), "7F 31 31")));
  ok(!isDone(run(endWith({ optional: false }), "7F 31 31")));
  ok(!isDone(run(endWith({ optional: true }), "silence")), "nobody knows where it is");
});

Deno.test("a step whose answers mean something is done when they say so", () => {
  const answer = { good: [0], busy: [], bad: [1] };
  ok(isDone(run(endWith({ answer }), "71 01 FF 01 00")));
  ok(!isDone(run(endWith({ answer }), "71 01 FF 01 01")), "the node says that it failed");
  ok(isDone(run(endWith({}), "71 01 FF 01 01")), "the profile does not say what it means");
});

Deno.test("a step that is a pause keeps everything waiting for so long", () => {
  const { requests, times } = run(endWith({}, { kind: "wait", delayMs: 700 }), "71 01 FF 01");
  const at = requests.findIndex((request) => request.startsWith("31 01 FF 01"));
  ok(times[at]! - times[at - 1]! >= 700);
  strictEqual(asked(run(endWith({}), "71 01 FF 01")).split(", ").at(-2), "dependencies");
});
