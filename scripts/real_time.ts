// deno-lint-ignore-file no-console
/**
 * What the host adds to one node's update in real time: an F407 of 256 KiB on a virtual bus of
 * 1 Mbit/s, both ends in this process, from the moment for which the bus has the first erase request
 * to the one at which the wall clock sees the last check, against the node's own times and those of
 * the wire.
 *
 *     deno task real-time
 *
 * Ends with 1 above the bound; the machine should have nothing else to do.
 */
import { RealClock } from "../src/adapters/mod.ts";
import { createBenchWorldIn } from "../src/cli/bench/bench_world.ts";
import { ownSeconds } from "../src/cli/bench/host_overhead.ts";
import { Meter } from "../src/cli/bench/meter.ts";
import { MODES } from "../src/cli/bench/modes.ts";
import { benchCase } from "../src/cli/bench/table.ts";

const BOUND = 0.03;

// Modelled buses keep their rate only when late work is told when it was due.
using clock = new RealClock({ catchUp: true });
const bench = benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 1 });
const world = createBenchWorldIn(clock, bench, { seed: 1 });
const meter = new Meter(world.buses);
let firstEraseMs = NaN;
let lastCheckMs = NaN;
await MODES[bench.mode](world).forEach((event) => {
  meter.next(event);
  if (event.type !== "segmentPhase") return;
  // The clock counts as the wall clock does, but may be behind: that must not shorten the time.
  if (event.phase === "erasing" && Number.isNaN(firstEraseMs)) firstEraseMs = event.atMs;
  if (event.phase === "verified") lastCheckMs = performance.now();
});
const seconds = (lastCheckMs - firstEraseMs) / 1000;
const own = ownSeconds(world, meter);
const added = seconds / own - 1;
console.log(`${seconds.toFixed(3)} s, of which the node and the wire need ${own.toFixed(3)} s`);
console.log(`the host adds ${(100 * added).toFixed(2)} %, at most ${100 * BOUND} %`);
if (!(added <= BOUND)) Deno.exit(1);
