import { deepStrictEqual, ok } from "node:assert/strict";
import { promisedTimes } from "../../../src/cli/bench/promised_times.ts";
import { createBenchWorld } from "../../../src/cli/bench/bench_world.ts";
import { benchCase } from "../../../src/cli/bench/table.ts";
import { runFleet } from "../../../src/fleet/mod.ts";
import { findDevice, flashRange } from "../../../src/stm32/mod.ts";

/** What a virtual node states unless told. */
const P2_SERVER_MAX_MS = 50;
const GEOMETRY = findDevice("STM32F407VG");
const { start, end } = flashRange(GEOMETRY);
const LAYOUT = {
  bootloader: { start, end: start + 0x8000 },
  application: { start: start + 0x8000, end },
};

Deno.test("promisedTimes() states what 0x78 comes in, or the longest work if that is less", () => {
  deepStrictEqual(promisedTimes(GEOMETRY, LAYOUT), {
    responsePendingEveryMs: 100,
    p2StarServerMaxMs: 150,
  });
  // 19 s of erasing in the worst case, a thousand times as fast: 19.0 ms, and 50 ms of reaction.
  const { p2StarServerMaxMs } = promisedTimes(GEOMETRY, LAYOUT, { flashTimeScale: 0.001 });
  ok(p2StarServerMaxMs > 50 && p2StarServerMaxMs < 100, String(p2StarServerMaxMs));
});

Deno.test("a bench's nodes keep the P2 and P2* that they state, but for the bus", () => {
  const world = createBenchWorld(
    benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 8 }),
    1,
  );
  const late: string[] = [];
  for (const node of world.nodes) {
    const { p2StarServerMaxMs = 0 } = node.options.behaviour ?? {};
    let sinceMs = Infinity;
    let boundMs = P2_SERVER_MAX_MS;
    node.onEvent = (event) => {
      const isAsked = event.type === "request" && event.addressing === "physical";
      if (isAsked) [sinceMs, boundMs] = [event.atMs, P2_SERVER_MAX_MS];
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
