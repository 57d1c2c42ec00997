import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { TransmitWindow, type TransmitWindowOptions } from "../../../src/isotp/mod.ts";

/** When a frame that was through at `endMs` is confirmed; frames are numbered from 0. */
type Confirm = (endMs: number, index: number) => number;

/** Frames of 1 ms, always as many as the window lets, on a wire that may be shared. */
function run(
  confirm: Confirm,
  options: Partial<TransmitWindowOptions> & {
    /** Time that others take after each frame of ours, in ms. */
    readonly othersMs?: number;
    /** Whether those frames are heard. */
    readonly areHeard?: boolean;
    readonly untilMs?: number;
  } = {},
): { readonly window: TransmitWindow; readonly busy: number; readonly framesMax: number } {
  const { othersMs = 0, areHeard = false, untilMs = 20_000, ...bounds } = options;
  const window = new TransmitWindow({
    frameMs: 1,
    statedLagMs: 0,
    queueFrames: Infinity,
    ownDataMsMax: 30,
    ...bounds,
  });
  const confirmsMs: number[] = [];
  let inFlight = 0;
  let wireMs = 0;
  let confirmedMs = 0;
  let nowMs = 0;
  let index = 0;
  let framesMax = 0;
  while (nowMs < untilMs) {
    while (inFlight < window.frames && !(window.wantsEmptyWire && inFlight > 0)) {
      window.handedOver(1, nowMs);
      wireMs = Math.max(wireMs, nowMs) + 1;
      confirmedMs = Math.max(confirmedMs, confirm(wireMs, index++));
      confirmsMs.push(confirmedMs);
      wireMs += othersMs;
      inFlight++;
    }
    framesMax = Math.max(framesMax, inFlight);
    nowMs = confirmsMs.shift()!;
    window.ended(true, nowMs);
    inFlight--;
    if (areHeard) window.heard(othersMs, nowMs + othersMs);
  }
  return { window, busy: index / nowMs, framesMax };
}

const PROMPT: Confirm = (endMs) => endMs;
const late = (lagMs: number): Confirm => (endMs) => endMs + lagMs;
/** Looked at every so often, as an adapter on USB is. */
const polled = (everyMs: number): Confirm => (endMs) => Math.ceil(endMs / everyMs) * everyMs;

Deno.test("TransmitWindow holds two frames where confirmations come at once", () => {
  const { window, framesMax } = run(PROMPT);
  deepStrictEqual([window.frames, framesMax, window.limit], [2, 2, "none"]);
  strictEqual(window.isLagging, false);
});

Deno.test("TransmitWindow reckons with a lag from a quarter of a frame on", () => {
  for (const [lagMs, isLagging] of [[0.2, false], [0.3, true], [0.9, true]] as const) {
    strictEqual(run(late(lagMs)).window.isLagging, isLagging, `${lagMs} frames`);
  }
});

const ROWS: readonly (readonly [what: string, confirm: Confirm, least: number, most: number])[] = [
  ["0.4 ms late", late(0.4), 2, 2],
  ["1 ms late", late(1), 3, 3],
  ["5 ms late", late(5), 7, 7],
  ["10 ms late", late(10), 12, 12],
  ["looked at every 4 ms", polled(4), 5, 6],
  ["10 ms late, looked at every 5 ms", (endMs, i) => polled(5)(endMs, i) + 10, 16, 17],
  ["now 2, now 6 ms late", (endMs, i) => endMs + (i % 10 < 5 ? 2 : 6), 7, 9],
];
for (const [what, confirm, least, most] of ROWS) {
  Deno.test(`TransmitWindow fills the wire where confirmations are ${what}`, () => {
    const { window, busy } = run(confirm);
    ok(window.frames >= least && window.frames <= most, `${window.frames} frames`);
    ok(busy > 0.98, `busy ${busy}`);
  });
}

Deno.test("TransmitWindow follows a lag that grows and shrinks within a few periods", () => {
  const lagAt = (endMs: number): number => endMs < 5000 ? 1 : endMs < 20_000 ? 8 : 0;
  const confirm: Confirm = (endMs) => endMs + lagAt(endMs);
  strictEqual(run(confirm, { untilMs: 5000 }).window.frames, 3);
  strictEqual(run(confirm, { untilMs: 18_000 }).window.frames, 10);
  strictEqual(run(confirm, { untilMs: 40_000 }).window.frames, 2);
});

Deno.test("TransmitWindow does not take a wire full of others' frames for a late port", () => {
  for (const [othersMs, most] of [[1, 3], [3, 3], [10, 3]] as const) {
    const { window, framesMax } = run(PROMPT, { othersMs });
    ok(framesMax <= most, `${othersMs} ms of others: ${framesMax} frames`);
    ok(window.spreadMs < 1e-9);
  }
  strictEqual(run(PROMPT, { othersMs: 0.6, areHeard: true }).framesMax, 2);
});

Deno.test("TransmitWindow is bounded by the queue and by what a request may wait behind", () => {
  const bounded = (options: Partial<TransmitWindowOptions>): unknown[] => {
    const { window, framesMax } = run(late(20), options);
    return [window.frames, framesMax, window.limit];
  };
  deepStrictEqual(bounded({}), [22, 22, "none"]);
  deepStrictEqual(bounded({ queueFrames: 8 }), [8, 8, "queue"]);
  deepStrictEqual(bounded({ ownDataMsMax: 15 }), [15, 15, "ownData"]);
  // One frame on the wire and one behind it are never too many.
  deepStrictEqual(bounded({ ownDataMsMax: 0.5 }), [2, 2, "ownData"]);
});

Deno.test("TransmitWindow hands over no more than eight frames on a port's word alone", () => {
  const stated = (statedLagMs: number): number => run(PROMPT, { statedLagMs }).window.frames;
  deepStrictEqual([0, 0.5, 1, 4, 20].map(stated), [2, 3, 3, 6, 8]);
});

Deno.test("TransmitWindow does not grow with one stumble of the host", () => {
  const confirm: Confirm = (endMs) => endMs > 900 && endMs < 950 ? 950 : endMs;
  strictEqual(run(confirm, { untilMs: 1000 }).window.frames, 2);
});

Deno.test("TransmitWindow knows when the wire is empty although nothing was confirmed", () => {
  const window = new TransmitWindow({
    frameMs: 1,
    statedLagMs: 0,
    queueFrames: Infinity,
    ownDataMsMax: 30,
  });
  for (let i = 0; i < 3; i++) window.handedOver(1, 0);
  strictEqual(window.emptyAtMs, 3);
  // Another end's frame goes between.
  window.heard(0.5, 1.5);
  strictEqual(window.emptyAtMs, 3.5);
  window.ended(true, 1);
  strictEqual(window.emptyAtMs, 3.5);
  // An end that nobody heard of went before the second: the third comes later too.
  window.ended(true, 3);
  strictEqual(window.emptyAtMs, 4);
});

Deno.test("TransmitWindow takes no frame for ended before it can have begun", () => {
  const window = new TransmitWindow({
    frameMs: 1,
    statedLagMs: 0,
    queueFrames: Infinity,
    ownDataMsMax: 30,
  });
  window.handedOver(1, 0);
  // It seems to have waited for this one, and did not: it is confirmed at 1 ms.
  window.heard(1, 1.2);
  window.handedOver(1, 5);
  window.ended(true, 1);
  strictEqual(window.emptyAtMs, 6);
});
