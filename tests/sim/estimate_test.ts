import { ok } from "node:assert/strict";
import type { BenchCase } from "../../src/cli/bench/bench_case.ts";
import { BIT_RATES, isGroup } from "../../src/cli/bench/bench_case.ts";
import { type BenchResult, runCase } from "../../src/cli/bench/run_case.ts";
import { benchCase } from "../../src/cli/bench/table.ts";
import { estimateBusMs } from "../../src/cli/estimate/estimate_bus.ts";
import { oppositeAddressing } from "../../src/isotp/mod.ts";
import { rowTest } from "../support/dear.ts";

/** What `plan` says of the world of a bench. */
function estimateSeconds(bench: BenchCase, { world }: BenchResult): number {
  const planned = world.run.nodes.map(({ job }, i) => {
    const { addressing, format } = world.nodes[i]!.options;
    return {
      node: { addressing: oppositeAddressing(addressing), frameFormat: format },
      job,
      ...(isGroup(bench.mode) ? { group: "all" } : {}),
    };
  });
  return estimateBusMs(planned, {
    bitRates: BIT_RATES[bench.bus],
    ...(bench.erasesMax === undefined ? {} : { erasesMax: bench.erasesMax }),
  }) / 1000;
}

const KIB = 1024;
const FLEETS: readonly BenchCase[] = [
  benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 1 }),
  benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 8 }),
  benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 32, imageBytes: 64 * KIB }),
  benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 8, ids: "7E0/7E8" }),
  benchCase({ mode: "interleaved", bus: "classic-500k", nodes: 2 }),
  benchCase({ mode: "interleaved", bus: "classic-500k", nodes: 8, imageBytes: 20 * KIB }),
  benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 8, device: "STM32F103ZE" }),
  benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 3, device: "STM32L476RG" }),
  benchCase({ mode: "interleaved", bus: "fd-500k/2M", nodes: 1 }),
  benchCase({ mode: "interleaved", bus: "fd-500k/2M", nodes: 8 }),
  benchCase({ mode: "interleaved", bus: "fd-500k/2M", nodes: 32, imageBytes: 64 * KIB }),
  benchCase({ mode: "interleaved", bus: "fd-500k/2M", nodes: 8, device: "STM32H743ZI" }),
  benchCase({ mode: "interleaved", bus: "fd-1M/5M", nodes: 8 }),
  benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 8, erasesMax: 1 }),
  benchCase({ mode: "interleaved", bus: "fd-500k/2M", nodes: 8, erasesMax: 2 }),
  benchCase({ mode: "group", bus: "classic-1M", nodes: 8, imageBytes: 64 * KIB, erasesMax: 2 }),
  benchCase({ mode: "group", bus: "classic-1M", nodes: 8 }),
  benchCase({ mode: "group", bus: "classic-500k", nodes: 32, imageBytes: 128 * KIB }),
  benchCase({ mode: "group", bus: "fd-500k/2M", nodes: 32 }),
];

for (const [row, bench] of FLEETS.entries()) {
  const { mode, bus, nodes, device, ids, imageBytes, erasesMax = "all" } = bench;
  const name = `${mode}, ${bus}, ${nodes} x ${device}, ${imageBytes / KIB} KiB, ${ids}, ` +
    `${erasesMax} erases at once`;
  rowTest(row % 4, `plan's estimate is within 10 % of the run: ${name}`, () => {
    const result = runCase(bench, { seed: 1 });
    const seconds = result.world.clock.now() / 1000;
    const ratio = estimateSeconds(bench, result) / seconds;
    ok(Math.abs(ratio - 1) <= 0.1, `${ratio.toFixed(3)} of ${seconds.toFixed(2)} s`);
  });
}
