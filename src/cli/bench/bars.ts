import { eraseTimeMs, programTimeMs } from "../../stm32/mod.ts";
import type { BenchCase } from "./bench_case.ts";
import { hostOverhead } from "./host_overhead.ts";
import { type BenchResult, runCase } from "./run_case.ts";
import { benchCase } from "./table.ts";

/** A case and what it must reach: `canvoy bench --quick` runs them all. */
export interface Bar {
  /** The case. */
  readonly bench: BenchCase;
  /** What is measured. */
  readonly what: string;
  /** The figure that it must reach. */
  readonly bound: number;
  /** Whether the figure must not be below (`min`) or above (`max`) the bound. */
  readonly side: "min" | "max";
  /** Reads the figure off. */
  readonly figure: (result: BenchResult, seed: number) => number;
}

/** One exchange that checks an image: five short frames and the flow control's delay, about. */
const VERIFY_MS = 1;
/** The nodes that are bent in a bent case come first. */
const BENT_NODES = 3;

/** All bars; figures are virtual times, so that they are the same on every machine. */
export const BARS: readonly Bar[] = [
  efficiency(0.95, { nodes: 8 }),
  efficiency(0.95, { nodes: 32 }),
  efficiency(0.95, { nodes: 128 }),
  efficiency(0.90, { nodes: 8, blockSize: 8 }),
  efficiency(0.90, { nodes: 32, blockSize: 8 }),
  efficiency(0.85, { nodes: 8, loss: "0.1%" }),
  efficiency(0.85, { nodes: 32, loss: "0.1%" }),
  efficiency(0.93, { nodes: 32, bus: "fd-500k/2M" }),
  {
    bench: benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 8, ids: "7E0/7E8" }),
    what: "requests asked again",
    bound: 0,
    side: "max",
    figure: ({ line }) => line.retries,
  },
  {
    bench: benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 32, ids: "7E0/7E8" }),
    what: "requests asked again",
    bound: 0,
    side: "max",
    figure: ({ line }) => line.retries,
  },
  {
    bench: benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 1 }),
    what: "share that the host adds to one node",
    bound: 0.01,
    side: "max",
    figure: hostOverhead,
  },
  {
    bench: benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 32, bent: true }),
    what: "times what the 29 good nodes need alone",
    bound: 1.05,
    side: "max",
    figure: besideBentNodes,
  },
  group(1.10, { nodes: 8 }),
  group(1.10, { nodes: 32 }),
  group(1.08, { nodes: 128 }),
  group(1.25, { nodes: 128, loss: "0.1%" }),
  group(1.35, { nodes: 128, loss: "0.1% both ways" }),
  group(1.16, { nodes: 128, loss: "bursts" }),
  group(1.10, { nodes: 32, bus: "fd-1M/5M" }),
  {
    bench: benchCase({ mode: "group", bus: "classic-1M", nodes: 128 }),
    what: "times faster than 128 nodes one after the other",
    bound: 100,
    side: "min",
    figure: ({ line }, seed) => {
      const one = runCase(benchCase({ mode: "sequential", bus: line.bus, nodes: 1 }), { seed });
      return one.line.seconds * line.nodes / line.seconds;
    },
  },
  {
    bench: benchCase({ mode: "group", bus: "classic-1M", nodes: 128, bent: true }),
    what: "times what the 125 good nodes need alone",
    bound: 1.05,
    side: "max",
    figure: besideBentNodes,
  },
];

/** A group may take little more than the erase, one image, and one verify. */
function group(bound: number, own: Partial<BenchCase>): Bar {
  return {
    bench: benchCase({ mode: "group", bus: "classic-1M", nodes: 8, ...own }),
    what: "times the erase, one image and one verify",
    bound,
    side: "max",
    figure: ({ line, world: { plan } }) => {
      const { geometry, segments, imageSizeBytes } = plan;
      const units = segments.flatMap(({ eraseUnits }) => eraseUnits);
      const eraseMs = eraseTimeMs(geometry, units, "typical");
      // The image takes what is slower, the wire or flash.
      const programMs = programTimeMs(geometry, imageSizeBytes, "typical");
      const imageMs = Math.max(line.ceilingSeconds * 1000, programMs);
      return line.seconds * 1000 / (eraseMs + imageMs + VERIFY_MS);
    },
  };
}

function efficiency(bound: number, own: Partial<BenchCase>): Bar {
  return {
    bench: benchCase({ mode: "interleaved", bus: "classic-1M", nodes: 8, ...own }),
    what: "efficiency",
    bound,
    side: "min",
    figure: ({ line }) => line.efficiency,
  };
}

/** When the last good node was verified, in times of what the good nodes take by themselves. */
function besideBentNodes({ line, meter, world }: BenchResult, seed: number): number {
  const good = world.nodes.slice(BENT_NODES);
  const secondsBeside = Math.max(
    ...good.map(({ options }) => meter.verifiedSeconds(options.name)),
  );
  const alone = benchCase({ mode: line.mode, bus: line.bus, nodes: good.length });
  return secondsBeside / runCase(alone, { seed }).line.seconds;
}
