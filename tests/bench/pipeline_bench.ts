/**
 * Frames a second through all of it: virtual bus, ISO-TP and UDS at both ends, the pipeline of
 * events, and the nodes' flash.
 *
 *     deno bench -A tests/bench/pipeline_bench.ts
 *
 * One iteration updates a whole fleet from its first request to its last check; its name tells how
 * many frames that takes.
 */
import { runCase } from "../../src/cli/bench/run_case.ts";
import { benchCase } from "../../src/cli/bench/table.ts";
import type { BenchCase } from "../../src/cli/bench/bench_case.ts";

const CASES = [
  benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 8, imageBytes: 64 * 1024 }),
  benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 32, imageBytes: 16 * 1024 }),
  benchCase({ mode: "interleaved", bus: "fd-500k/2M", nodes: 8, imageBytes: 64 * 1024 }),
];

function update(bench: BenchCase): number {
  const { line, world } = runCase(bench, { seed: 1 });
  if (line.failedNodes > 0) throw new Error(`${line.failedNodes} nodes were not updated`);
  return world.buses.reduce((sum, { statistics }) => sum + statistics.frames, 0);
}

for (const bench of CASES) {
  const { bus, nodes, device, imageBytes } = bench;
  const what = `${bus}, ${nodes} x ${device}, ${imageBytes / 1024} KiB each`;
  Deno.bench(`${what}: ${update(bench)} frames`, () => void update(bench));
}
