/** A client before which it is looked whether the bus is away, and parts of a segment that are sent. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { BehaviorSubject, Subject } from "rxjs";
import { VirtualClock } from "../../../../src/core/mod.ts";
import { findDevice, planFlash } from "../../../../src/stm32/mod.ts";
import {
  IsoTpError,
  type UdsClient,
  UdsNegativeResponseError,
  UdsTimeoutError,
} from "../../../../src/uds/mod.ts";
import { BusWatch, clientOfBus, writtenParts } from "../../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../../src/update/profiles/iso14229.ts";
import { G474, imageFor } from "../../../support/host_bench.ts";

const REQUEST = Uint8Array.of(0x22, 0xF1, 0x89);
const SILENCE = new UdsTimeoutError(REQUEST, { wait: "P2", waitedMs: 50, responsePendingCount: 0 });
const REFUSAL = new UdsNegativeResponseError(REQUEST, Uint8Array.of(0x7F, 0x22, 0x31));
const LOST = new IsoTpError("N_TIMEOUT_Bs", "Cannot send");

/** A bus, and an exchange over it that fails with an error. */
function lab(error: unknown, fromMs = 0) {
  const clock = new VirtualClock();
  const state$ = new BehaviorSubject("errorActive");
  const stop = new Subject<void>();
  const bus = new BusWatch({ name: "b", state$, clock, waitMs: 60_000 });
  const failing = new Subject<never>();
  const client = { exchange: () => failing, request: () => failing } as unknown as UdsClient;
  const cancellation = { requested: false, requested$: stop };
  const told: string[] = [];
  const held = clientOfBus(client, bus, cancellation);
  const ask = () => {
    held.exchange(REQUEST).subscribe({
      error: (caught: { code: string }) => told.push(`${caught.code} at ${clock.now()}`),
    });
  };
  if (fromMs === 0) ask();
  else clock.schedule(ask, fromMs);
  return {
    told,
    stop: () => stop.next(),
    at: (ms: number, what: () => void) => {
      clock.run({ untilMs: ms });
      what();
    },
    fail: () => failing.error(error),
    go: (state: string) => () => state$.next(state),
  };
}

for (
  const [what, error, code] of [
    ["silence", SILENCE, "UDS_TIMEOUT"],
    ["a message that could not be sent", LOST, LOST.code],
    ["a refusal", REFUSAL, "UDS_NEGATIVE_RESPONSE"],
  ] as const
) {
  const isHeld = error !== REFUSAL;

  Deno.test(`clientOfBus() tells ${what} at once while the bus is there`, () => {
    const { told, at, fail } = lab(error);
    at(1000, fail);
    deepStrictEqual(told, [`${code} at 1000`]);
  });

  Deno.test(`clientOfBus() ${isHeld ? "holds" : "tells"} ${what} while the bus is away for a moment`, () => {
    const { told, at, fail, go } = lab(error);
    at(900, go("busOff"));
    at(1000, fail);
    deepStrictEqual(told, isHeld ? [] : [`${code} at 1000`]);
    at(1900, go("errorActive"));
    deepStrictEqual(told, [`${code} at ${isHeld ? 1900 : 1000}`], "a session outlives 1000 ms");
  });

  Deno.test(`clientOfBus() tells ${what} behind a long absence as what it is`, () => {
    const { told, at, fail, go } = lab(error);
    at(900, go("stopped"));
    at(1000, fail);
    at(1901, go("errorActive"));
    deepStrictEqual(told, [isHeld ? "BUS_ABSENCE at 1901" : `${code} at 1000`]);
  });

  Deno.test(`clientOfBus() tells ${what} behind an absence that is over by then`, () => {
    const { told, at, fail, go } = lab(error);
    at(100, go("busOff"));
    at(1900, go("errorActive"));
    at(2000, fail);
    deepStrictEqual(told, [isHeld ? "BUS_ABSENCE at 2000" : `${code} at 2000`]);
  });
}

Deno.test("clientOfBus() blames no absence that was over before it asked", () => {
  const { told, at, fail, go } = lab(SILENCE, 2000);
  at(100, go("busOff"));
  at(1900, go("errorActive"));
  at(2100, fail);
  deepStrictEqual(told, ["UDS_TIMEOUT at 2100"]);
});

Deno.test("clientOfBus() holds nothing any longer once it is stopped", () => {
  const { told, at, fail, go, stop } = lab(SILENCE);
  at(900, go("busOff"));
  at(1000, fail);
  at(1500, stop);
  deepStrictEqual(told, ["UDS_TIMEOUT at 1500"]);
});

Deno.test("writtenParts() sends all at once, or without runs of 1,024 erased bytes and more", () => {
  const image = imageFor(G474, 8 * 1024, 1);
  const [range] = image.ranges;
  const erase = (from: number, count: number): void =>
    void range!.data.fill(0xFF, from, from + count);
  // Ends of parts are known bytes, so that chance makes no run longer.
  range!.data.fill(0x55, 1000);
  erase(1024, 1024);
  erase(4096, 1016);
  erase(7168, 1024);
  const plan = planFlash({ image, geometry: findDevice(G474.device), layout: G474.layout });
  const parts = (skipsErased: boolean) => {
    const profile = {
      ...ISO14229_PROFILE,
      download: { ...ISO14229_PROFILE.download, skipsErased },
    };
    return writtenParts({ plan, profile }, plan.segments[0]!)
      .map(({ address, offset, data }) => [address, offset, data.length]);
  };
  const start = 0x0800_8000;
  deepStrictEqual(parts(false), [[start, 0, 8192]]);
  deepStrictEqual(parts(true), [[start, 0, 1024], [start + 2048, 2048, 5120]]);
});

Deno.test("BusWatch tells who waits that the bus has come back while it was told that it has not", () => {
  const { told, at, fail, go } = lab(SILENCE);
  at(900, go("busOff"));
  at(1000, fail);
  at(2000, go("stopped"));
  at(60_900, () => {});
  deepStrictEqual(told, ["BUS_AWAY at 60900"]);
  strictEqual(told.length, 1);
});
