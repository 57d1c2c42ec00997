// deno-lint-ignore-file no-console
/**
 * A thousand F407 of 128 KiB on 16 virtual buses, updated at once in this process, in virtual time:
 * how long that takes by the wall clock, and how much memory.
 *
 *     deno task thousand-nodes
 *
 * Ends with 1 above a bound, or when a node was not updated.
 */
import process from "node:process";
import { runCase } from "../src/cli/bench/run_case.ts";
import { THOUSAND_NODES } from "../src/cli/bench/table.ts";

const WALL_SECONDS_MAX = 600;
const MEMORY_GIB_MAX = 2;

const startMs = performance.now();
const { line } = runCase(THOUSAND_NODES, { seed: 1 });
const wallSeconds = (performance.now() - startMs) / 1000;
const { userCPUTime, systemCPUTime, maxRSS: peakKib } = process.resourceUsage();
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
const peakGib = peakKib / 1024 ** 2;
console.log(JSON.stringify(line));
console.log(
  `${line.nodes} nodes on ${line.buses} buses: ${line.seconds} s of virtual time, efficiency ` +
    `${line.efficiency}, ${line.failedNodes} not updated`,
);
console.log(
  `${wallSeconds.toFixed(0)} s by the wall clock, at most ${WALL_SECONDS_MAX}; ` +
    `${cpuSeconds.toFixed(0)} s of CPU`,
);
console.log(`${peakGib.toFixed(2)} GiB of memory at the most, less than ${MEMORY_GIB_MAX} allowed`);
const isKept = wallSeconds <= WALL_SECONDS_MAX && peakGib < MEMORY_GIB_MAX &&
  line.failedNodes === 0;
if (!isKept) Deno.exit(1);
