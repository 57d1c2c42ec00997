/** What silence may cost one node together, so that tries do not multiply into days. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { defer, of, throwError, timer } from "rxjs";
import { mergeMap } from "rxjs/operators";
import { VirtualClock } from "../../../../src/core/mod.ts";
import {
  type ExchangeOptions,
  IsoTpError,
  type UdsClient,
  UdsNegativeResponseError,
  UdsTimeoutError,
} from "../../../../src/uds/mod.ts";
import {
  clientWithinLostTime,
  LossyBusError,
  LOST_MS_MAX,
  recoveryFor,
} from "../../../../src/update/mod.ts";

const REQUEST = Uint8Array.of(0x36, 0x01, 0xFF);
const WAITED_MS = 80;
const SILENCE = new UdsTimeoutError(REQUEST, {
  wait: "P2",
  waitedMs: WAITED_MS,
  responsePendingCount: 0,
});
const UNSENT = new IsoTpError("N_TIMEOUT_Bs", "Cannot send 130 bytes");
const REFUSAL = new UdsNegativeResponseError(REQUEST, Uint8Array.of(0x7F, 0x36, 0x73));

/** Asks over and over, each try failing after a while; tells how many tries ended as they failed. */
function triesUntilGivenUp(error: Error, tookMs: number, options?: ExchangeOptions): number {
  const clock = new VirtualClock();
  const failing = () => timer(tookMs, clock).pipe(mergeMap(() => throwError(() => error)));
  const client = { exchange: failing, request: failing } as unknown as UdsClient;
  const counted = clientWithinLostTime(client, clock);
  for (let tries = 0; tries < 50_000; tries++) {
    let told: unknown;
    counted.request(REQUEST, options).subscribe({ error: (caught: unknown) => told = caught });
    clock.run({ untilMs: clock.now() + tookMs });
    if (told instanceof LossyBusError) return tries;
    strictEqual(told, error);
  }
  return Infinity;
}

Deno.test("half an hour of silence ends a node's update, however many levels try again", () => {
  strictEqual(triesUntilGivenUp(SILENCE, WAITED_MS), LOST_MS_MAX / WAITED_MS - 1);
  strictEqual(triesUntilGivenUp(UNSENT, 700), Math.ceil(LOST_MS_MAX / 700) - 1);
});

Deno.test("a wait for one's turn on the bus is not silence", () => {
  strictEqual(triesUntilGivenUp(SILENCE, 4000), LOST_MS_MAX / WAITED_MS - 1);
  strictEqual(triesUntilGivenUp(UNSENT, 4000), LOST_MS_MAX / 1000 - 1);
});

Deno.test("neither refusals count, nor what is asked until a node is there", () => {
  strictEqual(triesUntilGivenUp(REFUSAL, 1000), Infinity);
  strictEqual(triesUntilGivenUp(SILENCE, WAITED_MS, { silenceMs: WAITED_MS }), Infinity);
});

Deno.test("it says how much was lost, and no level tries again behind it", () => {
  const error = new LossyBusError({ count: 1810, ms: LOST_MS_MAX }, SILENCE);
  strictEqual(
    error.message,
    `Cannot go on: 1810 requests met silence, which took 30 min; the last: ${SILENCE.message}`,
  );
  deepStrictEqual([error.cause, recoveryFor(error)], [SILENCE, "none"]);
});

Deno.test("answers pass", () => {
  const client = { request: () => defer(() => of(REQUEST)) } as unknown as UdsClient;
  const heard: unknown[] = [];
  clientWithinLostTime(client, new VirtualClock()).request(REQUEST)
    .subscribe((answer) => heard.push(answer));
  deepStrictEqual(heard, [REQUEST]);
});
