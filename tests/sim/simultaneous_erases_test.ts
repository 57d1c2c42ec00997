import { ok, strictEqual } from "node:assert/strict";
import type { BenchCase } from "../../src/cli/bench/bench_case.ts";
import { createBenchWorld } from "../../src/cli/bench/bench_world.ts";
import { MODES } from "../../src/cli/bench/modes.ts";
import { benchCase } from "../../src/cli/bench/table.ts";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import type { WireRecord } from "../../src/sim/mod.ts";
import { eraseTimeMs } from "../../src/stm32/mod.ts";

interface Run {
  readonly events: readonly FleetEvent[];
  readonly seconds: number;
  /** Most nodes whose flash was being erased at one time, by what the flash itself did. */
  readonly erasingMost: number;
}

function update(bench: BenchCase, onWire?: (record: WireRecord) => void): Run {
  const world = createBenchWorld(bench, 1);
  world.buses[0]!.onWire = onWire;
  const edges: { readonly atUs: number; readonly step: 1 | -1 }[] = [];
  for (const node of world.nodes) {
    node.onEvent = (event) => {
      if (event.type !== "operationEnded" || event.operation.kind !== "erase") return;
      const tookMs = eraseTimeMs(world.plan.geometry, [event.operation.unit], "typical");
      edges.push(
        { atUs: Math.round((event.atMs - tookMs) * 1000), step: 1 },
        { atUs: Math.round(event.atMs * 1000), step: -1 },
      );
    };
  }
  const events: FleetEvent[] = [];
  MODES[bench.mode](world).subscribe((event) => events.push(event));
  world.clock.run({ actionsMax: 10_000_000 });
  let erasing = 0;
  let erasingMost = 0;
  // Units of one erase follow each other: an end comes before the beginning of the next.
  for (const { step } of edges.sort((a, b) => a.atUs - b.atUs || a.step - b.step)) {
    erasing += step;
    erasingMost = Math.max(erasingMost, erasing);
  }
  return { events, erasingMost, seconds: world.clock.now() / 1000 };
}

function doneCount({ events }: Run): number {
  return events.filter(({ type }) => type === "nodeDone").length;
}

const FLEET = benchCase({
  mode: "interleaved",
  bus: "classic-1M",
  nodes: 6,
  imageBytes: 32 * 1024,
});

Deno.test("no more nodes erase at once than their supply bears, and all are updated", () => {
  strictEqual(update(FLEET).erasingMost, 6);
  for (const erasesMax of [1, 2, 4]) {
    const run = update({ ...FLEET, erasesMax });
    strictEqual(run.erasingMost, erasesMax);
    strictEqual(doneCount(run), 6);
  }
});

Deno.test("the same holds for nodes that take an image together", () => {
  let groupFrames = 0;
  const run = update({ ...FLEET, mode: "group", erasesMax: 2 }, ({ frame: { id } }) => {
    if (id === 0x7FF) groupFrames++;
  });
  strictEqual(run.erasingMost, 2);
  // They are waited for: 64 blocks of 75 frames went out once.
  strictEqual(groupFrames, 64 * 75);
  strictEqual(doneCount(run), 6);
  strictEqual(run.events.filter(({ type }) => type === "nodeLeftGroup").length, 0);
});

Deno.test("who waits for its turn to erase is not taken for slow, and loses no time beside", () => {
  // Two segments of 16 KiB, 250 ms of erasing each, by six nodes one after the other.
  const { seconds } = update({ ...FLEET, erasesMax: 1 });
  const eraseSeconds = 6 * 2 * 0.25;
  ok(seconds > eraseSeconds && seconds < eraseSeconds + 1.5, `${seconds}`);
});

Deno.test("a node that does not answer its erase request keeps its turn no longer than it may erase", () => {
  const run = update({ ...FLEET, nodes: 8, bent: true, erasesMax: 1 });
  ok(doneCount(run) >= 6, `${doneCount(run)}`);
});
