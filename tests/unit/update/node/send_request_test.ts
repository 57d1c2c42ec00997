/** How one question is asked: how long each try waits, what is asked again, and what is not. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { hexToBytes } from "../../../../src/core/mod.ts";
import { IsoTpError, UdsTimeoutError } from "../../../../src/uds/mod.ts";
import {
  isLastAnswerLost,
  type RequestOptions,
  sendRequest,
} from "../../../../src/update/node/send_request.ts";
import type { Conversation } from "../_conversation.ts";
import { type Asked, askNode } from "./_ask_node.ts";

const ROUTINE = "31 01 AA 00";

function askOnce(options: RequestOptions, answer: (count: number) => string | undefined): Asked {
  return askNode(
    (context) => sendRequest(context, hexToBytes(ROUTINE), options),
    { answers: { [ROUTINE]: answer, "3E": () => "7E 00" } },
  );
}

/** How long the node was waited for before each further try, in ms. */
function waitsOf({ requests, times }: Conversation): readonly number[] {
  const asked = times.filter((_, i) => requests[i] === ROUTINE);
  // Sending takes 10 ms.
  return asked.slice(1).map((ms, i) => Math.round(ms - asked[i]! - 10));
}

const silent = (): string => "silence";

Deno.test("sendRequest() waits twice as long with each try, and the stated time first where it may", () => {
  deepStrictEqual(waitsOf(askOnce({ p2Ms: 1000 }, silent)), [1000, 2000]);
  // Who promises to say 0x78 in time is asked again soon, when that was lost.
  deepStrictEqual(waitsOf(askOnce({ firstP2Ms: 100, p2Ms: 1000 }, silent)), [100, 2000]);
  deepStrictEqual(waitsOf(askOnce({ firstP2Ms: 300 }, silent)), [300, 100]);
  deepStrictEqual(waitsOf(askOnce({}, silent)), [100, 100]);
});

Deno.test("sendRequest() waits twice as long behind 0x78 with each try", () => {
  const pending = (): string => "7F 31 78";
  const once = waitsOf(askOnce({}, pending));
  const longer = waitsOf(askOnce({ p2StarMs: 20_000, timeoutMs: 300_000 }, pending));
  deepStrictEqual(longer, [20_001, 40_001]);
  ok(once.every((ms) => ms < 20_000));
});

Deno.test("sendRequest() waits for silence alone where it is told how long that may be", () => {
  const { times, error } = askOnce({ silenceMs: 40, attemptsMax: 2 }, silent);
  ok(error instanceof UdsTimeoutError);
  ok(times[1]! - times[0]! < 100, "questions that are asked again and again do not wait for P2");
});

Deno.test("sendRequest() does not ask again behind 0x78 where another try could do harm", () => {
  const lost = askOnce({ repeatsAfterPending: false }, () => "7F 31 78");
  strictEqual(lost.requests.length, 1);
  ok(isLastAnswerLost(lost.error));

  const again = askOnce({}, (i) => i === 0 ? "7F 31 78" : "71 01 AA 00");
  deepStrictEqual(again.responses, ["71 01 aa 00"]);

  const unheard = askOnce(
    { repeatsAfterPending: false },
    (i) => i === 0 ? "silence" : "71 01 AA 00",
  );
  strictEqual(unheard.error, undefined);
  deepStrictEqual(
    unheard.responses,
    ["71 01 aa 00"],
    "a node that said nothing may not have heard",
  );
});

Deno.test("isLastAnswerLost() is so behind 0x78 alone", () => {
  const silence = { wait: "P2", waitedMs: 1, responsePendingCount: 0 } as const;
  const request = hexToBytes(ROUTINE);
  ok(isLastAnswerLost(new UdsTimeoutError(request, { ...silence, responsePendingCount: 1 })));
  ok(!isLastAnswerLost(new UdsTimeoutError(request, silence)));
  ok(!isLastAnswerLost(new IsoTpError("N_TIMEOUT_A", "Cannot send")));
  ok(!isLastAnswerLost(new Error("0x78")));
});

Deno.test("sendRequest() tells that a node is at work, and goes on with the response alone", () => {
  const { events, responses } = askOnce(
    {},
    () => "7F 31 78, 7F 31 78 after 50, 71 01 AA 00 after 99",
  );
  deepStrictEqual(events, [
    { type: "responsePending", service: 0x31, count: 1 },
    { type: "responsePending", service: 0x31, count: 2 },
  ]);
  deepStrictEqual(responses, ["71 01 aa 00"]);
});
