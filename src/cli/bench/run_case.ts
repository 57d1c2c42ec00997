import { defined, equalBytes } from "../../core/mod.ts";
import type { VirtualBus, VirtualNode } from "../../sim/mod.ts";
import type { BenchCase, BenchLine } from "./bench_case.ts";
import { type BenchWorld, createBenchWorld, type PortWrapper } from "./bench_world.ts";
import { ceilingSeconds } from "./ceiling.ts";
import { Meter } from "./meter.ts";
import { MODES } from "./modes.ts";

/** No case needs longer: what is not over then hangs. In ms of virtual time. */
const CASE_MS_MAX = 24 * 3_600_000;
const ACTIONS_PER_TURN = 100_000;

/** A case that was run. */
export interface BenchResult {
  /** Its line of the table; `speedup` is filled in by whoever knows the sequential run. */
  readonly line: BenchLine;
  /** Buses and nodes as they are now. */
  readonly world: BenchWorld;
  /** All times. */
  readonly meter: Meter;
}

/**
 * Runs a case in virtual time.
 *
 * @param bench The case.
 * @param options What chance is drawn from; `onBus` is given each bus before the first frame;
 * `wrapPort` stands between the testers and their ports.
 * @returns What came of it; the same for the same seed.
 * @throws {Error} If it does not come to an end.
 */
export function runCase(
  bench: BenchCase,
  options: {
    readonly seed: number;
    readonly onBus?: (bus: VirtualBus) => void;
    readonly wrapPort?: PortWrapper;
  },
): BenchResult {
  const world = createBenchWorld(bench, options.seed, options.wrapPort);
  for (const bus of world.buses) options.onBus?.(bus);
  const meter = new Meter(world.buses);
  let isOver = false;
  let failure: unknown;
  MODES[bench.mode](world).subscribe({
    next: (event) => meter.next(event),
    error: (error: unknown) => failure = error,
    complete: () => isOver = true,
  });
  while (!isOver && failure === undefined && world.clock.now() < CASE_MS_MAX) {
    world.clock.run({ actionsMax: ACTIONS_PER_TURN });
  }
  if (failure !== undefined) throw failure;
  if (!isOver) throw new Error("Broken invariant: a bench comes to an end");
  return { line: toLine(bench, world, meter), world, meter };
}

function toLine(bench: BenchCase, world: BenchWorld, meter: Meter): BenchLine {
  const imageBytes = world.plan.imageSizeBytes;
  const ceiling = ceilingSeconds({ ...bench, imageBytes });
  const { seconds } = meter;
  return {
    type: "bench",
    mode: bench.mode,
    bus: bench.bus,
    device: bench.device,
    nodes: bench.nodes,
    loss: bench.loss,
    ids: bench.ids,
    blockSize: bench.blockSize,
    imageBytes,
    ...defined({ buses: bench.buses, erasesMax: bench.erasesMax, bent: bench.bent }),
    seconds: round(seconds, 3),
    setupSeconds: round(meter.setupSeconds, 3),
    ceilingSeconds: round(ceiling, 3),
    efficiency: round(ceiling / seconds, 4),
    busyRatio: round(meter.busySeconds / seconds, 4),
    speedup: null,
    retries: meter.retries,
    failedNodes: world.nodes.filter((node) => !holdsImage(node, world)).length,
  };
}

/** Looks into the flash itself: a run that only believes to be through does not count. */
function holdsImage(node: VirtualNode, { image }: BenchWorld): boolean {
  return node.mode === "application" && image.ranges.every(({ start, data }) => {
    const held = node.flash.read(start, data.length);
    return held !== undefined && equalBytes(held, data);
  });
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
