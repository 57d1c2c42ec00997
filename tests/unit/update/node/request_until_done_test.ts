/** What is asked until it is done: what passes for busy, how long a deaf node is waited for. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { hexToBytes } from "../../../../src/core/mod.ts";
import { UdsTimeoutError } from "../../../../src/uds/mod.ts";
import type { AnswerRule } from "../../../../src/update/mod.ts";
import { requestUntilDone } from "../../../../src/update/node/request_until_done.ts";
import type { RequestOptions } from "../../../../src/update/node/send_request.ts";
import { type Asked, askNode } from "./_ask_node.ts";

const ROUTINE = "31 01 AA 00";

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

// Asked at 210 ms, deaf; at 420 ms, when it answers both questions: the second behind its pause.
Deno.test("requestUntilDone() takes what a deaf node answers late, and begins nothing anew", () => {
  const restarted = ["71 01 AA 00 01", "71 01 AA 00 00"];
  const late = "71 01 AA 00 01, 71 01 AA 00 00 after 50";
  const asked = askPolled(["71 01 AA 00 01", "silence", late, ...restarted], { p2Ms: 2000 });
  deepStrictEqual(asked.responses, ["71 01 aa 00 00"]);
  deepStrictEqual(asked.requests, [...Array(3).fill(ROUTINE), "3E 00"]);

  const unheard = ["silence", late, ...restarted];
  const first = askPolled(unheard, { p2Ms: 100, deafMs: 2000, attemptsMax: 1 });
  deepStrictEqual(first.requests, [...Array(2).fill(ROUTINE), "3E 00"]);

  const busy = "71 01 AA 00 01, 71 01 AA 00 01 after 50";
  const still = askPolled(["71 01 AA 00 01", "silence", busy, "71 01 AA 00 00"], { p2Ms: 2000 });
  deepStrictEqual(still.requests.filter((request) => request === ROUTINE).length, 4);

  const failed = "71 01 AA 00 01, 71 01 AA 00 02 after 50";
  const broken = askPolled(["71 01 AA 00 01", "silence", failed, "silence"], { p2Ms: 2000 });
  strictEqual((broken.error as Error).message, "Cannot complete routine 0xAA00: status 0x02");
});

Deno.test("requestUntilDone() takes no second word of a node that was never deaf", () => {
  const twice = "71 01 AA 00 01, 71 01 AA 00 02 after 50";
  const asked = askPolled([twice, "71 01 AA 00 00"], { p2Ms: 2000 });
  deepStrictEqual([asked.error, asked.responses], [undefined, ["71 01 aa 00 00"]]);
});
