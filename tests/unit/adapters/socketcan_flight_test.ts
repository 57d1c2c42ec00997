import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { FramesInFlight } from "../../../src/adapters/socketcan_flight.ts";
import type { CanFrame } from "../../../src/can/mod.ts";

function frame(id: number, ...data: number[]): CanFrame {
  return { id, extended: false, fd: false, bitRateSwitch: false, data: Uint8Array.from(data) };
}

function flying(...frames: CanFrame[]): FramesInFlight<{ frame: CanFrame; sinceMs: number }> {
  const flight = new FramesInFlight<{ frame: CanFrame; sinceMs: number }>();
  frames.forEach((one, i) => flight.add({ frame: one, sinceMs: i * 10 }));
  return flight;
}

function ids(ended: readonly { frame: CanFrame }[] | undefined): number[] | undefined {
  return ended?.map(({ frame }) => frame.id);
}

Deno.test("FramesInFlight.heard() ends the frame that the echo is of", () => {
  const flight = flying(frame(1, 7), frame(2, 7));
  const end = flight.heard(frame(1, 7));
  deepStrictEqual([ids(end?.ended), end?.lostCount, flight.size], [[1], 0, 1]);
  strictEqual(flight.oldestSinceMs, 10);
});

Deno.test("FramesInFlight.heard() retires frames that a later echo overtakes", () => {
  const flight = flying(frame(1), frame(2), frame(3), frame(4));
  const end = flight.heard(frame(3));
  deepStrictEqual([ids(end?.ended), end?.lostCount, flight.size], [[1, 2, 3], 2, 1]);
});

Deno.test("FramesInFlight.heard() tells others' frames by identifier, its kind and data", () => {
  const flight = flying(frame(1, 2, 3));
  strictEqual(flight.heard(frame(1, 2)), undefined);
  strictEqual(flight.heard(frame(1, 2, 4)), undefined);
  strictEqual(flight.heard({ ...frame(1, 2, 3), extended: true }), undefined);
  strictEqual(flight.size, 1);
});

Deno.test("FramesInFlight.heard() ends equal frames one after the other", () => {
  const flight = flying(frame(1, 0x3E), frame(1, 0x3E));
  strictEqual(flight.heard(frame(1, 0x3E))?.ended.length, 1);
  strictEqual(flight.heard(frame(1, 0x3E))?.ended.length, 1);
  strictEqual(flight.heard(frame(1, 0x3E)), undefined);
});

Deno.test("FramesInFlight.expire() gives up what is too old, and knows it when it comes late", () => {
  const flight = flying(frame(1), frame(2), frame(3));
  deepStrictEqual(ids(flight.expire(10)), [1, 2]);
  strictEqual(flight.oldestSinceMs, 20);
  deepStrictEqual(flight.heard(frame(2)), { ended: [], lostCount: 0 });
  strictEqual(flight.heard(frame(2)), undefined);
  deepStrictEqual(ids(flight.heard(frame(3))?.ended), [3]);
});

Deno.test("FramesInFlight remembers a bounded number of frames given up", () => {
  const flight = flying(...Array.from({ length: 1000 }, (_, i) => frame(i)));
  strictEqual(flight.clear().length, 1000);
  strictEqual(flight.heard(frame(0)), undefined);
  strictEqual(flight.heard(frame(999))?.ended.length, 0);
  strictEqual(flight.oldestSinceMs, Infinity);
});
