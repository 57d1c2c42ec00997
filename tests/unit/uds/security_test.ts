import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { bytesToHex, hexToBytes, VirtualClock } from "../../../src/core/mod.ts";
import {
  createUdsClient,
  createXorKeySource,
  type KeySource,
  type UdsNegativeResponseError,
  type UnlockEvent,
  unlockSecurity,
} from "../../../src/uds/mod.ts";
import { codeOf, record, type Recording } from "./recording.ts";
import { ScriptedLink } from "./scripted_link.ts";

const KEY_SOURCE = createXorKeySource(hexToBytes("FF"));

interface Outcome extends Recording<UnlockEvent> {
  readonly requests: readonly string[];
  readonly events: readonly string[];
}

/** Unlocks level 1 of a node that gives these answers, one a request; "" is silence. */
function unlock(answers: readonly string[], keySource: KeySource = KEY_SOURCE): Outcome {
  const clock = new VirtualClock();
  const link = new ScriptedLink(
    clock,
    (_, index) => answers[index] ? [{ afterMs: 5, message: answers[index] }] : [],
    { sendMs: 0 },
  );
  const client = createUdsClient({ link, clock, timing: { p2Ms: 50 } });
  const limits = { delayMs: 3000, delayCountMax: 2 };
  const recording = record(unlockSecurity(client, { level: 1, keySource, clock, limits }), clock);
  clock.run();
  return {
    ...recording,
    requests: link.sent.map(({ atMs, request }) => `${atMs}: ${bytesToHex(request)}`),
    events: recording.values.map(({ value }) =>
      value.type === "retry"
        ? `${value.reason} ${codeOf(value.error)}`
        : `unlocked${value.wasUnlocked ? " before" : ""}`
    ),
  };
}

Deno.test("unlockSecurity() sends the key of the seed", () => {
  const outcome = unlock(["67 01 12 34", "67 02"]);
  deepStrictEqual(outcome.requests, ["0: 27 01", "5: 27 02 ED CB"]);
  deepStrictEqual(outcome.events, ["unlocked"]);
  ok(outcome.isComplete);
});

Deno.test("unlockSecurity() sends no key for an all-zero seed", () => {
  const outcome = unlock(["67 01 00 00"]);
  deepStrictEqual(outcome.requests, ["0: 27 01"]);
  deepStrictEqual(outcome.events, ["unlocked before"]);
});

Deno.test("unlockSecurity() waits exactly the delay after 0x37, then asks for a new seed", () => {
  const outcome = unlock(["67 01 12 34", "7F 27 37", "67 01 56 78", "67 02"]);
  deepStrictEqual(outcome.requests, [
    "0: 27 01",
    "5: 27 02 ED CB",
    "3010: 27 01",
    "3015: 27 02 A9 87",
  ]);
  deepStrictEqual(outcome.events, [
    "requiredTimeDelayNotExpired UDS_NEGATIVE_RESPONSE",
    "unlocked",
  ]);
});

Deno.test("unlockSecurity() ends with the 0x37 beyond its bound", () => {
  const outcome = unlock(["7F 27 37", "7F 27 37", "7F 27 37"]);
  strictEqual((outcome.error as UdsNegativeResponseError).nrc, 0x37);
  deepStrictEqual(outcome.requests, ["0: 27 01", "3005: 27 01", "6010: 27 01"]);
});

Deno.test("unlockSecurity() retries a refused key once at the most", () => {
  const outcome = unlock(["67 01 12 34", "7F 27 35", "67 01 56 78", "7F 27 35", "67 01 9A BC"]);
  strictEqual((outcome.error as UdsNegativeResponseError).nrc, 0x35);
  strictEqual(outcome.requests.length, 4);
});

Deno.test("unlockSecurity() stops at 0x36", () => {
  const outcome = unlock(["67 01 12 34", "7F 27 36", "67 01 56 78", "67 02"]);
  strictEqual((outcome.error as UdsNegativeResponseError).nrc, 0x36);
  strictEqual(outcome.requests.length, 2);
});

Deno.test("unlockSecurity() sends no second key for a seed that comes again", () => {
  const outcome = unlock(["67 01 12 34", "7F 27 35", "67 01 12 34", "67 02"]);
  const error = outcome.error as UdsNegativeResponseError;
  strictEqual(error.nrc, 0x35);
  match(error.message, /invalidKey; the node gives the same seed again/);
  strictEqual(outcome.requests.length, 3);
});

Deno.test("unlockSecurity() tells the wrong key, whatever the node says after it", () => {
  for (const after of ["7F 27 36", "7F 27 37", ""]) {
    const replies = ["67 01 12 34", "7F 27 35", ...Array.from({ length: 4 }, () => after)];
    const error = unlock(replies).error as UdsNegativeResponseError;
    strictEqual(error.nrc, 0x35, after);
    match(error.message, /invalidKey; asked again, it (answered 0x3[67]|did not answer)/);
  }
});

Deno.test("unlockSecurity() learns from an all-zero seed that the lost answer was good", () => {
  const outcome = unlock(["67 01 12 34", "", "67 01 00 00"]);
  deepStrictEqual(outcome.events, ["silence UDS_TIMEOUT", "unlocked before"]);
  deepStrictEqual(outcome.requests, ["0: 27 01", "5: 27 02 ED CB", "55: 27 01"]);
});

Deno.test("unlockSecurity() ends with the second silence", () => {
  const outcome = unlock([]);
  strictEqual(codeOf(outcome.error), "UDS_TIMEOUT");
  strictEqual(outcome.requests.length, 2);
});

Deno.test("unlockSecurity() refuses a response without a seed", () => {
  strictEqual(codeOf(unlock(["67 01"]).error), "UDS_PROTOCOL");
});

Deno.test("unlockSecurity() ends with what the key source throws", () => {
  const failure = new RangeError("no key file");
  const keySource: KeySource = {
    computeKey: () => {
      throw failure;
    },
  };
  const outcome = unlock(["67 01 12 34"], keySource);
  strictEqual(outcome.error, failure);
  strictEqual(outcome.requests.length, 1);
});

Deno.test("unlockSecurity() throws RangeError for an even level", () => {
  const clock = new VirtualClock();
  const client = createUdsClient({ link: new ScriptedLink(clock, () => []), clock });
  throws(() => unlockSecurity(client, { level: 2, keySource: KEY_SOURCE, clock }), RangeError);
});

Deno.test("unlockSecurity() unsubscribed in its pause sends nothing more", () => {
  const clock = new VirtualClock();
  const link = new ScriptedLink(clock, () => [{ afterMs: 5, message: "7F 27 37" }]);
  const client = createUdsClient({ link, clock });
  const recording = record(
    unlockSecurity(client, { level: 1, keySource: KEY_SOURCE, clock }),
    clock,
  );
  clock.run({ untilMs: 100 });
  recording.subscription.unsubscribe();
  clock.run();
  strictEqual(link.sent.length, 1);
  strictEqual(clock.pendingCount, 0);
});

/** Unlocks level 1 of a node of which a key program takes its time, in ms. */
function unlockHurried(programMs: number): Outcome & { readonly code: string | undefined } {
  const clock = new VirtualClock();
  const link = new ScriptedLink(clock, (request) => [
    { afterMs: 5, message: request[1] === 1 ? "67 01 12 34" : "67 02" },
  ], { sendMs: 0 });
  const client = createUdsClient({ link, clock });
  let lateMs = 0;
  // The program runs while virtual time stands still.
  const late = {
    schedule: clock.schedule.bind(clock),
    now: () => clock.now() + lateMs,
  } as typeof clock;
  const keySource: KeySource = {
    computeKey: (challenge) => {
      lateMs += programMs;
      return KEY_SOURCE.computeKey(challenge);
    },
  };
  const limits = { keyAfterMs: 100, seedMsMax: 500, oldSeedRetriesMax: 1 };
  const recording = record(
    unlockSecurity(client, { level: 1, keySource, clock: late, limits }),
    clock,
  );
  clock.run();
  return {
    ...recording,
    requests: link.sent.map(({ atMs, request }) => `${atMs}: ${bytesToHex(request)}`),
    events: recording.values.map(({ value }) => value.type === "retry" ? value.reason : value.type),
    code: recording.error === undefined ? undefined : codeOf(recording.error),
  };
}

Deno.test("unlockSecurity() sends a key neither before its pause nor longer after it", () => {
  deepStrictEqual(unlockHurried(0).requests, ["0: 27 01", "105: 27 02 ED CB"]);
  deepStrictEqual(unlockHurried(40).requests, ["0: 27 01", "65: 27 02 ED CB"]);
  deepStrictEqual(unlockHurried(500).requests, ["0: 27 01", "5: 27 02 ED CB"]);
});

Deno.test("unlockSecurity() sends no key for a seed that grew too old, and asks again", () => {
  const { requests, events, code, error } = unlockHurried(501);
  deepStrictEqual(requests, ["0: 27 01", "5: 27 01"]);
  deepStrictEqual([events, code], [["oldSeed"], "SEED_EXPIRED"]);
  match(String(error), /level 0x01: the seed was 501 ms old .* and is good for 500 ms/);
});
