import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { concat, firstValueFrom, take } from "rxjs";
import { bytesToHex, hexToBytes, VirtualClock } from "../../../src/core/mod.ts";
import { IsoTpError } from "../../../src/isotp/mod.ts";
import {
  createUdsClient,
  type UdsClient,
  type UdsClientOptions,
  type UdsEvent,
  type UdsNegativeResponseError,
  UdsTimeoutError,
} from "../../../src/uds/mod.ts";
import { codeOf, record, type Recording } from "./recording.ts";
import { type Script, ScriptedLink } from "./scripted_link.ts";

const TIMING = {
  p2Ms: 50,
  p2StarMs: 5000,
  adoptServerTiming: true,
  p2ServerMsMin: 0,
  p2MarginMs: 0,
};

interface Bench {
  readonly clock: VirtualClock;
  readonly link: ScriptedLink;
  readonly client: UdsClient;
}

function benchOf(script: Script, more: Partial<UdsClientOptions> = {}): Bench {
  const clock = new VirtualClock();
  const link = new ScriptedLink(clock, script);
  const client = createUdsClient({ link, clock, timing: TIMING, ...more });
  return { clock, link, client };
}

function run(bench: Bench, request: string): Recording<UdsEvent> {
  const recording = record(bench.client.exchange(hexToBytes(request)), bench.clock);
  bench.clock.run();
  return recording;
}

/** Events as `time: what`. */
function lines(recording: Recording<UdsEvent>): string[] {
  return recording.values.map(({ atMs, value }) => {
    if (value.type === "response") return `${atMs}: ${bytesToHex(value.data)}`;
    return `${atMs}: ${value.type}${"count" in value ? ` ${value.count}` : ""}`;
  });
}

Deno.test("exchange() sends when subscribed, each time, and not before", () => {
  const bench = benchOf(() => [{ afterMs: 5, message: "62 F1 90 41" }]);
  const exchange$ = bench.client.exchange(hexToBytes("22 F1 90"));
  bench.clock.run();
  strictEqual(bench.link.sent.length, 0);
  for (let i = 1; i <= 2; i++) {
    record(exchange$, bench.clock);
    bench.clock.run();
    strictEqual(bench.link.sent.length, i);
  }
});

Deno.test("exchange() tells sent and response, and completes", () => {
  const recording = run(benchOf(() => [{ afterMs: 5, message: "62 F1 90 41" }]), "22 F1 90");
  deepStrictEqual(lines(recording), ["10: sent", "15: 62 F1 90 41"]);
  ok(recording.isComplete);
});

Deno.test("exchange() times out exactly P2 after the request's last frame", () => {
  const recording = run(benchOf(() => []), "22 F1 90");
  ok(recording.error instanceof UdsTimeoutError);
  deepStrictEqual([recording.endedAtMs, recording.error.wait, recording.error.waitedMs], [
    60,
    "P2",
    50,
  ]);
});

Deno.test("exchange() waits longer by the queueing behind our own traffic", () => {
  const bench = benchOf(() => []);
  bench.link.delayMs = 12.5;
  strictEqual(run(bench, "22 F1 90").endedAtMs, 72.5);
});

Deno.test("exchange() looks again at the queueing when P2 has gone by", () => {
  const bench = benchOf(() => [{ afterMs: 55, message: "62 F1 90 41" }]);
  bench.clock.schedule(() => (bench.link.delayMs = 20), 30);
  deepStrictEqual(lines(run(bench, "22 F1 90")), ["10: sent", "65: 62 F1 90 41"]);
});

Deno.test("exchange() ends P2 at the first frame of a response", () => {
  const script: Script = () => [
    { afterMs: 49, firstFrame: 300 },
    { afterMs: 400, message: "62 F1 90 41" },
  ];
  deepStrictEqual(lines(run(benchOf(script), "22 F1 90")), ["10: sent", "410: 62 F1 90 41"]);
});

Deno.test("exchange() fails with the link's error when a response breaks off", () => {
  const error = new IsoTpError("N_TIMEOUT_Cr", "no consecutive frame");
  const script: Script = () => [{ afterMs: 10, firstFrame: 300 }, { afterMs: 160, error }];
  const recording = run(benchOf(script), "22 F1 90");
  strictEqual(recording.error, error);
  strictEqual(recording.endedAtMs, 170);
});

Deno.test("exchange() fails with the link's error when the request cannot be sent", () => {
  const error = new IsoTpError("N_TIMEOUT_Bs", "no flow control");
  const recording = run(benchOf(() => error), "36 01 AA");
  strictEqual(recording.error, error);
  deepStrictEqual(recording.values, []);
});

Deno.test("exchange() gives 0x78 P2* each, and counts them", () => {
  const script: Script = () => [
    { afterMs: 49, message: "7F 31 78" },
    { afterMs: 5048, message: "7F 31 78" },
    { afterMs: 10_047, message: "71 01 FF 00" },
  ];
  deepStrictEqual(lines(run(benchOf(script), "31 01 FF 00")), [
    "10: sent",
    "59: responsePending 1",
    "5058: responsePending 2",
    "10057: 71 01 FF 00",
  ]);
});

Deno.test("exchange() times out exactly P2* after a 0x78", () => {
  const recording = run(benchOf(() => [{ afterMs: 20, message: "7F 31 78" }]), "31 01 FF 00");
  strictEqual(recording.endedAtMs, 5030);
  strictEqual((recording.error as UdsTimeoutError).wait, "P2*");
});

Deno.test("exchange() bounds the sum of all 0x78, and their count", () => {
  const storm: Script = () =>
    Array.from({ length: 40 }, (_, i) => ({ afterMs: 1000 * i, message: "7F 31 78" }));
  const bySum = run(benchOf(storm, { limits: { totalMsMax: 12_500 } }), "31 01 FF 00");
  deepStrictEqual([bySum.endedAtMs, codeOf(bySum.error)], [12_510, "UDS_TIMEOUT"]);
  const limits = { responsePendingCountMax: 5 };
  const byCount = run(benchOf(storm, { limits }), "31 01 FF 00");
  deepStrictEqual([byCount.endedAtMs, byCount.values.length], [5010, 6]);
  strictEqual((byCount.error as UdsTimeoutError).wait, "total");
});

Deno.test("exchange() waits and sends again after 0x21", () => {
  const script: Script = (_, index) => [
    { afterMs: 5, message: index < 2 ? "7F 22 21" : "62 F1 90 41" },
  ];
  const bench = benchOf(script, { limits: { busyDelayMs: 100 } });
  deepStrictEqual(lines(run(bench, "22 F1 90")), [
    "10: sent",
    "15: busy 1",
    "125: sent",
    "130: busy 2",
    "240: sent",
    "245: 62 F1 90 41",
  ]);
  deepStrictEqual(bench.link.sent.map(({ atMs }) => atMs), [0, 115, 230]);
});

Deno.test("exchange() gives a node that stays busy up with its 0x21", () => {
  const bench = benchOf(() => [{ afterMs: 5, message: "7F 22 21" }], {
    limits: { busyCountMax: 3 },
  });
  const recording = run(bench, "22 F1 90");
  strictEqual((recording.error as UdsNegativeResponseError).nrc, 0x21);
  strictEqual(bench.link.sent.length, 4);
});

Deno.test("exchange() counts its bound from the first time the request was sent", () => {
  const script: Script = (_, index) =>
    index === 0
      ? [{ afterMs: 40, message: "7F 31 78" }, { afterMs: 400, message: "7F 31 21" }]
      : [{ afterMs: 10, message: "7F 31 78" }];
  const bench = benchOf(script, { limits: { busyDelayMs: 100, totalMsMax: 2000 } });
  const recording = run(bench, "31 01 FF 00");
  deepStrictEqual(lines(recording), [
    "10: sent",
    "50: responsePending 1",
    "410: busy 1",
    "520: sent",
    "530: responsePending 2",
  ]);
  strictEqual(recording.endedAtMs, 2010);
});

Deno.test("exchange() waits P2, not P2*, when it was sent again after 0x78 and 0x21", () => {
  const script: Script = (_, index) =>
    index > 0 ? [] : [{ afterMs: 40, message: "7F 31 78" }, { afterMs: 400, message: "7F 31 21" }];
  const bench = benchOf(script, { limits: { busyDelayMs: 100 } });
  const recording = run(bench, "31 01 FF 00");
  deepStrictEqual([recording.endedAtMs, (recording.error as UdsTimeoutError).wait], [570, "P2"]);
});

Deno.test("exchange() passes late answers to earlier requests over", () => {
  const script: Script = () => [
    { afterMs: 1, message: "50 03 00 32 01 F4" },
    { afterMs: 2, message: "76 04" },
    { afterMs: 3, message: "7F 31 22" },
    { afterMs: 9, message: "76 05" },
  ];
  deepStrictEqual(lines(run(benchOf(script), "36 05 AA")), ["10: sent", "19: 76 05"]);
});

Deno.test("exchange() says in a timeout what came instead", () => {
  const recording = run(benchOf(() => [{ afterMs: 2, message: "76 04" }]), "36 05 AA");
  deepStrictEqual((recording.error as UdsTimeoutError).ignoredResponse, hexToBytes("76 04"));
  strictEqual(recording.endedAtMs, 60);
});

Deno.test("exchange() takes silence for P2 as success where no response is wanted", () => {
  const recording = run(benchOf(() => []), "10 83");
  ok(recording.isComplete);
  deepStrictEqual([recording.endedAtMs, lines(recording)], [60, ["10: sent"]]);
});

Deno.test("exchange() hears a suppressed response after 0x78, and misses it", () => {
  const pending = { afterMs: 5, message: "7F 31 78" };
  const done = { afterMs: 900, message: "71 01 FF 00" };
  const heard = run(benchOf(() => [pending, done]), "31 81 FF 00");
  deepStrictEqual(lines(heard).at(-1), "910: 71 01 FF 00");
  const missed = run(benchOf(() => [pending]), "31 81 FF 00");
  strictEqual((missed.error as UdsTimeoutError).wait, "P2*");
});

Deno.test("exchange() fails with a negative response where no positive one is wanted", () => {
  const recording = run(benchOf(() => [{ afterMs: 5, message: "7F 31 31" }]), "31 81 FF 00");
  strictEqual(codeOf(recording.error), "UDS_NEGATIVE_RESPONSE");
});

Deno.test("exchange() holds requests until those before them have ended", () => {
  const bench = benchOf((
    request,
  ) => [{ afterMs: 20, message: `62 F1 ${bytesToHex(request.slice(2))}` }]);
  const first = record(bench.client.exchange(hexToBytes("22 F1 90")), bench.clock);
  const second = record(bench.client.exchange(hexToBytes("22 F1 91")), bench.clock);
  bench.clock.run();
  deepStrictEqual(lines(first), ["10: sent", "30: 62 F1 90"]);
  deepStrictEqual(lines(second), ["40: sent", "60: 62 F1 91"]);
});

Deno.test("exchange() goes on with the next request after a failure", () => {
  const bench = benchOf((_, index) => index === 0 ? [] : [{ afterMs: 1, message: "62 F1 91" }]);
  const first = record(bench.client.exchange(hexToBytes("22 F1 90")), bench.clock);
  const second = record(bench.client.exchange(hexToBytes("22 F1 91")), bench.clock);
  bench.clock.run();
  strictEqual(codeOf(first.error), "UDS_TIMEOUT");
  deepStrictEqual(lines(second), ["70: sent", "71: 62 F1 91"]);
});

Deno.test("exchange() refuses a request beyond the queue's bound", () => {
  const bench = benchOf(() => [], { limits: { queueMax: 2 } });
  const recordings = [1, 2, 3, 4].map(() =>
    record(bench.client.exchange(hexToBytes("22 F1 90")), bench.clock)
  );
  strictEqual(codeOf(recordings[3]!.error), "UDS_QUEUE_FULL");
  deepStrictEqual(recordings.slice(0, 3).map(({ endedAtMs }) => endedAtMs), [
    undefined,
    undefined,
    undefined,
  ]);
  bench.clock.run();
  deepStrictEqual(recordings.slice(0, 3).map(({ endedAtMs }) => endedAtMs), [60, 120, 180]);
});

Deno.test("exchange() unsubscribed while it is sent takes the rest back and lets the next in", () => {
  const bench = benchOf(() => [{ afterMs: 1, message: "62 F1 91" }]);
  const first = record(bench.client.exchange(hexToBytes("22 F1 90")), bench.clock);
  const second = record(bench.client.exchange(hexToBytes("22 F1 91")), bench.clock);
  bench.clock.run({ untilMs: 4 });
  first.subscription.unsubscribe();
  bench.clock.run();
  strictEqual(bench.link.takenBackCount, 1);
  deepStrictEqual(first.values, []);
  deepStrictEqual(lines(second).at(0), "14: sent");
});

Deno.test("exchange() unsubscribed while it waits leaves no timer and no listener", () => {
  const bench = benchOf(() => []);
  const first = record(bench.client.exchange(hexToBytes("22 F1 90")), bench.clock);
  const waiting = record(bench.client.exchange(hexToBytes("22 F1 91")), bench.clock);
  bench.clock.run({ untilMs: 20 });
  waiting.subscription.unsubscribe();
  first.subscription.unsubscribe();
  strictEqual(bench.clock.pendingCount, 0);
  strictEqual(bench.link.sent.length, 1);
});

Deno.test("exchange() fails when its link is closed", () => {
  const bench = benchOf(() => []);
  const recording = record(bench.client.exchange(hexToBytes("22 F1 90")), bench.clock);
  bench.clock.run({ untilMs: 20 });
  bench.link.close();
  strictEqual(codeOf(recording.error), "ISOTP_N_ERROR");
  const afterwards = record(bench.client.exchange(hexToBytes("22 F1 90")), bench.clock);
  strictEqual(codeOf(afterwards.error), "ISOTP_N_ERROR");
  strictEqual(bench.link.sent.length, 1);
});

Deno.test("exchange() throws RangeError for an empty request", () => {
  throws(() => benchOf(() => []).client.exchange(new Uint8Array(0)), RangeError);
});

Deno.test("exchange() takes waits and bounds of its own", () => {
  const bench = benchOf(() => []);
  const own = record(bench.client.exchange(hexToBytes("22 F1 90"), { p2Ms: 700 }), bench.clock);
  bench.clock.run();
  strictEqual(own.endedAtMs, 710);
  strictEqual(run(bench, "22 F1 90").endedAtMs, 770);
});

Deno.test("request() gives the positive response only", async () => {
  const bench = benchOf(() => [
    { afterMs: 5, message: "7F 22 78" },
    { afterMs: 50, message: "62 F1 90 41" },
  ]);
  const recording = record(bench.client.request(hexToBytes("22 F1 90")), bench.clock);
  bench.clock.run();
  deepStrictEqual(recording.values, [{ atMs: 60, value: hexToBytes("62 F1 90 41") }]);
  const first = firstValueFrom(bench.client.request(hexToBytes("22 F1 90")).pipe(take(1)));
  bench.clock.run();
  deepStrictEqual(await first, hexToBytes("62 F1 90 41"));
});

Deno.test("createUdsClient() adopts P2 and P2* of the session, and drops them at a reset", () => {
  const bench = benchOf((request) => {
    if (request[0] === 0x10) return [{ afterMs: 1, message: "50 02 00 C8 00 64" }];
    return request[0] === 0x11 ? [{ afterMs: 1, message: "51 01" }] : [];
  }, { timing: { ...TIMING, p2MarginMs: 5 } });
  strictEqual(bench.client.name, "0x7E0/0x7E8");
  run(bench, "10 02");
  deepStrictEqual(bench.client.times, { p2Ms: 205, p2StarMs: 1005 });
  const startMs = bench.clock.now();
  strictEqual(run(bench, "22 F1 90").endedAtMs! - startMs, 215);
  run(bench, "11 01");
  deepStrictEqual(bench.client.times, { p2Ms: 50, p2StarMs: 5000 });
});

Deno.test("createUdsClient() holds its own timing when told so", () => {
  const bench = benchOf(() => [{ afterMs: 1, message: "50 02 00 C8 00 64" }], {
    timing: { ...TIMING, adoptServerTiming: false },
  });
  run(bench, "10 02");
  deepStrictEqual(bench.client.times, { p2Ms: 50, p2StarMs: 5000 });
});

Deno.test("createUdsClient() carries a sequence of a thousand requests in one pipeline", () => {
  const bench = benchOf((
    request,
  ) => [{ afterMs: 1, message: `76 ${bytesToHex(request.slice(1, 2))}` }]);
  const requests = Array.from(
    { length: 1000 },
    (_, i) => bench.client.request(Uint8Array.of(0x36, i & 0xFF)),
  );
  const recording = record(concat(...requests), bench.clock);
  bench.clock.run();
  ok(recording.isComplete);
  strictEqual(recording.values.length, 1000);
});
