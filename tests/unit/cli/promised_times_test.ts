import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { CanBitRates } from "../../../src/can/mod.ts";
import { promisedTimes } from "../../../src/cli/bench/promised_times.ts";
import { createBenchWorld } from "../../../src/cli/bench/bench_world.ts";
import { benchCase } from "../../../src/cli/bench/table.ts";
import { runFleet } from "../../../src/fleet/mod.ts";
import { findDevice, flashRange } from "../../../src/stm32/mod.ts";
import { dearTest } from "../../support/dear.ts";

const GEOMETRY = findDevice("STM32F407VG");
const { start, end } = flashRange(GEOMETRY);
const FAST = { bitrateBps: 1_000_000 };
const LAYOUT = {
  bootloader: { start, end: start + 0x8000 },
  application: { start: start + 0x8000, end },
};

Deno.test("promisedTimes() states what 0x78 comes in, or the longest work if that is less", () => {
  deepStrictEqual(promisedTimes(GEOMETRY, LAYOUT, FAST), {
    p2ServerMaxMs: 103,
    responsePendingEveryMs: 100,
    p2StarServerMaxMs: 178,
  });
  // 19 s of erasing in the worst case, a thousand times as fast: 19.0 ms, and one message of 77.2 ms.
  const { p2StarServerMaxMs } = promisedTimes(GEOMETRY, LAYOUT, FAST, { flashTimeScale: 0.001 });
  ok(p2StarServerMaxMs > 78 && p2StarServerMaxMs < 130, String(p2StarServerMaxMs));
});

Deno.test("promisedTimes() reckons with the longest message to another node, 50 ms at least", () => {
  const p2StarMs = (bitRates: CanBitRates): number =>
    promisedTimes(GEOMETRY, LAYOUT, bitRates).p2StarServerMaxMs;
  strictEqual(p2StarMs({ bitrateBps: 125_000 }), 718);
  strictEqual(p2StarMs({ bitrateBps: 500_000 }), 255);
  strictEqual(p2StarMs({ bitrateBps: 1_000_000, dataBitrateBps: 5_000_000 }), 150);
});

dearTest("a bench's nodes keep the P2 and P2* that they state, but for the bus", () => {
  const world = createBenchWorld(
    benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 8 }),
    1,
  );
  const late: string[] = [];
  for (const node of world.nodes) {
    const { p2ServerMaxMs = 0, p2StarServerMaxMs = 0 } = node.options.behaviour ?? {};
    let sinceMs = Infinity;
    let boundMs = p2ServerMaxMs;
    node.onEvent = (event) => {
      const isAsked = event.type === "request" && event.addressing === "physical";
      if (isAsked) [sinceMs, boundMs] = [event.atMs, p2ServerMaxMs];
      if (event.type !== "response") return;
      if (event.atMs - sinceMs > boundMs) late.push(`${event.atMs - sinceMs} ms`);
      [sinceMs, boundMs] = [event.atMs, p2StarServerMaxMs];
    };
  }
  let isOver = false;
  runFleet(world.run).subscribe({ complete: () => isOver = true });
  while (!isOver && world.clock.now() < 600_000) world.clock.run({ actionsMax: 10_000 });
  deepStrictEqual([isOver, late], [true, []]);
});
