import { deepStrictEqual } from "node:assert/strict";
import { VirtualClock } from "../../../src/core/mod.ts";
import { HoldBarrier } from "../../../src/fleet/hold_barrier.ts";

/** Lets nodes come at times, and tells when each could go on. */
function openTimes(
  comes: Readonly<Record<string, number>>,
  leaves: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const clock = new VirtualClock();
  const names = new Set([...Object.keys(comes), ...Object.keys(leaves)]);
  const barrier = new HoldBarrier([...names], clock);
  const opened: Record<string, number> = {};
  for (const [name, atMs] of Object.entries(comes)) {
    clock.schedule(() => {
      barrier.hold(name).subscribe({ complete: () => opened[name] = clock.now() });
    }, atMs);
  }
  for (const [name, atMs] of Object.entries(leaves)) {
    clock.schedule(() => barrier.leave(name), atMs);
  }
  clock.run();
  return opened;
}

Deno.test("HoldBarrier() opens when the last node has come", () => {
  deepStrictEqual(openTimes({ a: 0, b: 100, c: 250 }), { a: 250, b: 250, c: 250 });
});

Deno.test("HoldBarrier() opens 300 ms after the last that came, and lets late ones through", () => {
  deepStrictEqual(openTimes({ a: 0, b: 299, c: 1000 }), { a: 599, b: 599, c: 1000 });
});

Deno.test("HoldBarrier() waits for nobody who has ended", () => {
  deepStrictEqual(openTimes({ a: 0, b: 50 }, { c: 120 }), { a: 120, b: 120 });
  deepStrictEqual(openTimes({ a: 0 }, { b: 400 }), { a: 300 });
  deepStrictEqual(openTimes({ a: 0, c: 100 }, { b: 50 }), { a: 100, c: 100 });
});

Deno.test("HoldBarrier() does not begin its wait before somebody is held", () => {
  deepStrictEqual(openTimes({ a: 5000, b: 5200, c: 9000 }), { a: 5500, b: 5500, c: 9000 });
});
