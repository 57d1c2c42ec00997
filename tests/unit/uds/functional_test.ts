import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { hexToBytes, VirtualClock } from "../../../src/core/mod.ts";
import { IsoTpError } from "../../../src/isotp/mod.ts";
import { type FunctionalEvent, requestFunctionally } from "../../../src/uds/mod.ts";
import { codeOf, record, type Recording } from "./recording.ts";
import { ScriptedLink, type ScriptStep } from "./scripted_link.ts";

/** Sends `request` to everybody; `nodes` says what each does, counted from the moment it was sent. */
function ask(
  request: string,
  nodes: Readonly<Record<string, readonly ScriptStep[]>>,
  sendError?: Error,
): Recording<FunctionalEvent> & { readonly clock: VirtualClock; readonly sentCount: number } {
  const clock = new VirtualClock();
  const responders = Object.keys(nodes).map((name) => new ScriptedLink(clock, () => [], { name }));
  const functionalLink = new ScriptedLink(clock, () => sendError ?? []);
  for (const responder of responders) {
    for (const step of nodes[responder.name]!) {
      clock.schedule(() => responder.indicate({ ...step, afterMs: 0 }), 10 + step.afterMs);
    }
  }
  const recording = record(
    requestFunctionally(hexToBytes(request), {
      functionalLink,
      responders,
      clock,
      times: { p2Ms: 50, p2StarMs: 1000 },
      responsePendingCountMax: 3,
      totalMsMax: 5000,
    }),
    clock,
  );
  clock.run();
  for (const link of [functionalLink, ...responders]) link.close();
  return {
    ...recording,
    clock,
    sentCount: functionalLink.sent.length,
    endedAtMs: recording.endedAtMs,
    error: recording.error,
    isComplete: recording.isComplete,
  };
}

function lines({ values }: Recording<FunctionalEvent>): string[] {
  return values.map(({ atMs, value }) => {
    if (value.type === "sent") return `${atMs}: sent`;
    const detail = value.type === "failed" ? ` ${codeOf(value.error)}` : "";
    return `${atMs}: ${value.responder} ${value.type}${detail}`;
  });
}

Deno.test("requestFunctionally() hears all who answer, sends once, and ends with P2", () => {
  const outcome = ask("10 03", {
    a: [{ afterMs: 20, message: "50 03 00 32 01 F4" }],
    b: [],
    c: [{ afterMs: 3, message: "50 03 00 32 01 F4" }],
  });
  deepStrictEqual(lines(outcome), ["10: sent", "13: c response", "30: a response"]);
  ok(outcome.isComplete);
  deepStrictEqual([outcome.endedAtMs, outcome.sentCount], [60, 1]);
});

Deno.test("requestFunctionally() takes silence of all for no failure", () => {
  const outcome = ask("10 03", { a: [], b: [] });
  deepStrictEqual([outcome.isComplete, outcome.endedAtMs, lines(outcome)], [true, 60, [
    "10: sent",
  ]]);
});

Deno.test("requestFunctionally() gives negative responses as values", () => {
  const outcome = ask("28 03 01", { a: [{ afterMs: 5, message: "7F 28 22" }], b: [] });
  deepStrictEqual(lines(outcome), ["10: sent", "15: a failed UDS_NEGATIVE_RESPONSE"]);
});

Deno.test("requestFunctionally() waits P2* for the one who asked for it, and names its silence", () => {
  const pending = { afterMs: 5, message: "7F 85 78" };
  const outcome = ask("85 02", {
    a: [pending, { afterMs: 900, message: "C5 02" }],
    b: [pending],
    c: [{ afterMs: 6, message: "C5 02" }],
  });
  deepStrictEqual(lines(outcome), [
    "10: sent",
    "15: a responsePending",
    "15: b responsePending",
    "16: c response",
    "910: a response",
    "1015: b failed UDS_TIMEOUT",
  ]);
});

Deno.test("requestFunctionally() waits for the end of a response that has begun", () => {
  const lost = new IsoTpError("N_TIMEOUT_Cr", "no consecutive frame");
  const outcome = ask("22 F1 90", {
    a: [{ afterMs: 40, firstFrame: 20 }, { afterMs: 200, message: "62 F1 90 41" }],
    b: [{ afterMs: 40, firstFrame: 20 }, { afterMs: 300, error: lost }],
  });
  deepStrictEqual(lines(outcome), [
    "10: sent",
    "210: a response",
    "310: b failed ISOTP_N_TIMEOUT_CR",
  ]);
});

Deno.test("requestFunctionally() names a response that has begun and never ends", () => {
  const outcome = ask("22 F1 90", { a: [{ afterMs: 40, firstFrame: 20 }], b: [] });
  deepStrictEqual(lines(outcome), ["10: sent", "5010: a failed UDS_TIMEOUT"]);
});

Deno.test("requestFunctionally() passes answers to other requests over", () => {
  const outcome = ask("3E 00", { a: [{ afterMs: 4, message: "76 05" }] });
  deepStrictEqual(lines(outcome), ["10: sent"]);
});

Deno.test("requestFunctionally() ends in silence where no response is wanted", () => {
  const outcome = ask("85 82", { a: [] });
  deepStrictEqual([outcome.isComplete, outcome.endedAtMs], [true, 60]);
});

Deno.test("requestFunctionally() fails when the request cannot be sent", () => {
  const error = new IsoTpError("N_TIMEOUT_A", "bus off");
  const outcome = ask("10 03", { a: [] }, error);
  strictEqual(outcome.error, error);
  strictEqual(outcome.clock.pendingCount, 0);
});

Deno.test("requestFunctionally() with no responder ends when it was sent", () => {
  const outcome = ask("10 83", {});
  deepStrictEqual([lines(outcome), outcome.isComplete, outcome.endedAtMs], [
    ["10: sent"],
    true,
    10,
  ]);
});

Deno.test("requestFunctionally() throws RangeError for an empty request", () => {
  throws(() => ask("", {}), RangeError);
});
