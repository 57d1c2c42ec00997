/** How one question is asked: how long each try waits, what is asked again, and what is not. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../../src/core/mod.ts";
import { IsoTpError, UdsTimeoutError } from "../../../../src/uds/mod.ts";
import {
  isLastAnswerLost,
  type RequestOptions,
  requestUntilDone,
  sendRequest,
} from "../../../../src/update/node/send_request.ts";
import type { AnswerRule, NodeContext } from "../../../../src/update/mod.ts";
import {
  act,
  andThen,
  done,
  eventsOf,
  recover,
  type Step,
} from "../../../../src/update/node/step.ts";
import { type Conversation, type ConversationOptions, converse } from "../_conversation.ts";

interface Asked extends Conversation {
  readonly error: unknown;
  /** What was done once it had answered. */
  readonly responses: readonly string[];
}

/** Has a conversation's node asked, and keeps what failed. */
function askNode(
  talk: (context: NodeContext) => Step<Uint8Array>,
  options: ConversationOptions,
): Asked {
  let error: unknown;
  const responses: string[] = [];
  const keep = (response: Uint8Array): Step<unknown> =>
    act(() => responses.push(bytesToHex(response).toLowerCase()));
  const conversation = converse({
    ...options,
    talk: (context) =>
      eventsOf(recover(andThen(talk(context), keep), (caught) => {
        error = caught;
        return done();
      })),
  });
  return { ...conversation, error, responses };
}

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

const RULE: AnswerRule = { good: [0], busy: [1], bad: [2] };

function askPolled(answers: readonly string[], options: RequestOptions = {}): Asked {
  const rule: AnswerRule = {
    ...RULE,
    poll: { intervalMs: 100, notReadyNrcs: [0x21], always: false },
  };
  return askNode(
    (context) => requestUntilDone(context, hexToBytes(ROUTINE), rule, options),
    { answers: { [ROUTINE]: (i) => answers[i] ?? answers.at(-1), "3E": () => "7E 00" } },
  );
}

// Sent at 0 ms and answered at 20 ms; then each 210 ms, as P2 is 100 ms.
Deno.test("requestUntilDone() takes a silent node for busy as long as what it does may take", () => {
  const deaf = ["71 01 AA 00 01", "silence", "silence", "silence", "silence", "71 01 AA 00 00"];
  const patient = askPolled(deaf, { p2Ms: 2000 });
  strictEqual(patient.error, undefined);
  deepStrictEqual(patient.responses, ["71 01 aa 00 00"]);
  // Late answers to what it heard late must not pass for that to the next request.
  deepStrictEqual(patient.requests.slice(6), ["3E 00"]);
  deepStrictEqual(patient.events, [], "being asked again is no other try");

  const dead = askPolled(["71 01 AA 00 01", "silence"], { p2Ms: 500 });
  ok(dead.error instanceof UdsTimeoutError);
  const tookMs = dead.times.at(-1)! - dead.times[0]!;
  ok(tookMs > 500 && tookMs < 1000, `${tookMs} ms`);

  const quick = askPolled(["71 01 AA 00 01", "71 01 AA 00 00"], { p2Ms: 2000 });
  strictEqual(quick.requests.length, 2, "who answered all is asked nothing more");
});

Deno.test("requestUntilDone() has a silent node wait for nothing once it is to stop", () => {
  const asked = askNode(
    (context) => {
      const stopped = { ...context, cancellation: { ...context.cancellation, requested: true } };
      const rule = { ...RULE, poll: { intervalMs: 100, notReadyNrcs: [], always: false } };
      return requestUntilDone(stopped, hexToBytes(ROUTINE), rule, { p2Ms: 60_000 });
    },
    { answers: { [ROUTINE]: (i) => i === 0 ? "71 01 AA 00 01" : "silence" } },
  );
  ok(asked.error instanceof UdsTimeoutError);
});

Deno.test("requestUntilDone() takes no refusal for busy but those that the profile names", () => {
  strictEqual(askPolled(["71 01 AA 00 01", "7F 31 21", "71 01 AA 00 00"]).responses.length, 1);
  const refused = askPolled(["71 01 AA 00 01", "7F 31 22"]);
  strictEqual((refused.error as { nrc?: number }).nrc, 0x22);
  strictEqual(refused.requests.length, 2);
});

Deno.test("requestUntilDone() asks a busy node until its time is over, and no longer", () => {
  const { times, error, responses } = askPolled(["71 01 AA 00 01"], { timeoutMs: 1000 });
  strictEqual((error as Error).message, "Cannot complete routine 0xAA00: still busy");
  deepStrictEqual(responses, []);
  const tookMs = times.at(-1)! - times[0]!;
  ok(tookMs > 850 && tookMs <= 1150, `${tookMs} ms`);
});

Deno.test("requestUntilDone() has nobody wait for a node that is done", () => {
  const { requests, responses } = askPolled(["71 01 AA 00 00"]);
  strictEqual(requests.length, 1);
  strictEqual(responses.length, 1);
});

Deno.test("requestUntilDone() takes no status for good that the profile does not know", () => {
  const { bad: _bad, ...rule } = RULE;
  for (const known of [RULE, rule]) {
    const asked = askNode(
      (context) => requestUntilDone(context, hexToBytes(ROUTINE), known),
      { answers: { [ROUTINE]: () => "71 01 AA 00 09" } },
    );
    deepStrictEqual(asked.responses, []);
    strictEqual((asked.error as { isUnknown?: boolean }).isUnknown, true);
  }
});
