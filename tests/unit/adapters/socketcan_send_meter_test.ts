import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type SendEvidence, SendMeter } from "../../../src/adapters/mod.ts";
import type { CanFrame } from "../../../src/can/mod.ts";

const RATES = { bitrateBps: 500_000 };
const FRAME: CanFrame = {
  id: 0x640,
  extended: false,
  fd: false,
  bitRateSwitch: false,
  data: Uint8Array.of(0x21, 0x9E, 0x37, 0x79, 0xB9, 0x7F, 0x4A, 0x7C),
};

/** Frames follow each other, with `queued` waiting all the time. */
function send(
  { everyMs, lateMs = 0, queued = 4, queueFrames = 8, forMs = 3000, isModelled = false }: {
    readonly everyMs: number;
    readonly lateMs?: number;
    readonly queued?: number;
    readonly queueFrames?: number;
    readonly forMs?: number;
    readonly isModelled?: boolean;
  },
): SendEvidence {
  const meter = new SendMeter(RATES, queueFrames, isModelled);
  for (let atMs = everyMs; atMs <= forMs; atMs += everyMs) {
    meter.taken(queued + 1);
    const sinceMs = atMs + lateMs - everyMs * (queued + 1);
    meter.sent(FRAME, atMs + lateMs, { sinceMs, wasAlone: atMs === everyMs, queued });
  }
  return meter.evidence!;
}

Deno.test("SendMeter finds the rate where frames wait and the wire could take more", () => {
  const slow = send({ everyMs: 1 });
  strictEqual(slow.limit, "adapter");
  strictEqual(slow.framesPerSecond, 1000);
  ok(slow.wireShare > 0.2 && slow.wireShare < 0.25, `${slow.wireShare}`);
  // A frame takes 0.23 ms.
  const full = send({ everyMs: 0.24 });
  strictEqual(full.limit, "none");
  ok(full.wireShare > 0.9);
  // Too short a time, or nothing that waits: nothing is known.
  strictEqual(send({ everyMs: 1, forMs: 900 }).limit, "none");
  deepStrictEqual([send({ everyMs: 5, queued: 0 })].map((e) => [e.limit, e.waitingMs]), [[
    "none",
    0,
  ]]);
});

Deno.test("SendMeter names the queue where it was full", () => {
  strictEqual(send({ everyMs: 1, queued: 7 }).limit, "queue");
  strictEqual(send({ everyMs: 1, queued: 7, queueFrames: 998 }).limit, "adapter");
});

Deno.test("SendMeter counts frames of others, and leaves out what was interrupted", () => {
  const meter = new SendMeter(RATES, 8);
  for (let i = 1; i <= 3000; i++) {
    meter.sent(FRAME, i, { sinceMs: i - 2, wasAlone: false, queued: 1 });
    for (let other = 0; other < 3; other++) meter.heard(FRAME);
    if (i === 1500) meter.interrupted();
  }
  strictEqual(meter.evidence!.limit, "none");
  strictEqual(meter.evidence!.waitingMs, 2998);
});

Deno.test("SendMeter knows an adapter that confirms what it has not sent yet", () => {
  const early = { everyMs: 0.05, queued: 0, forMs: 5 };
  strictEqual(send(early).isBlind, true);
  strictEqual(send({ ...early, isModelled: true }).isBlind, false);
  strictEqual(send({ everyMs: 0.24, queued: 0, forMs: 24 }).isBlind, false);
});

Deno.test("SendMeter tells nothing without a bit rate, or without a frame", () => {
  strictEqual(new SendMeter(RATES, 8).evidence, undefined);
  const meter = new SendMeter(undefined, 8);
  meter.sent(FRAME, 1, { sinceMs: 0, wasAlone: true, queued: 0 });
  strictEqual(meter.evidence, undefined);
});
