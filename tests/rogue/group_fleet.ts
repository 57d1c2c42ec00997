/** Fleets of rogue nodes that take groups, and what became of a run of canvoy against them. */
import type { FleetEvent } from "../../src/fleet/mod.ts";
import { Prng } from "../../src/core/mod.ts";
import type { BusFaults } from "../../src/sim/mod.ts";
import { RogueBench } from "./rogue_bench.ts";
import type { RogueOptions } from "./rogue_options.ts";

const GROUP_ID = 0x7FF;
const REQUEST = 0x600;
const IMAGE_BYTES = 100 * 1024;
/** Frames of the image in blocks of 512 bytes: 75 each. */
export const IMAGE_FRAMES = IMAGE_BYTES / 512 * 75;

/** What a fleet is. */
export interface GroupFleetOptions {
  /** Nodes; all good but for those of `bad`. */
  readonly count: number;
  /** Nodes that differ, by their index. */
  readonly bad?: Readonly<Record<number, RogueOptions>>;
  readonly faults?: BusFaults;
  readonly testerFaults?: BusFaults;
  readonly seed?: number;
}

/** What became of a run. */
export interface GroupFleetRun {
  readonly bench: RogueBench;
  readonly events: readonly FleetEvent[];
  readonly outcomes: readonly string[];
  /** Frames on the group identifier, in those that the image is. */
  readonly groupRatio: number;
  /** Frames of the tester to one node alone. */
  readonly framesTo: (index: number) => number;
  /** When a node was done, in ms; `undefined` where it is not. */
  readonly doneAtMs: (index: number) => number | undefined;
  /** Why a node left its group. */
  readonly leftOf: (index: number) => readonly string[];
  /** What was said of a node: why it left its group, was asked again, or failed. */
  readonly saidOf: (index: number) => readonly string[];
  /** What nodes did that none must do. */
  readonly faults: readonly string[];
}

/** Runs an update of a fleet in a group. */
export function runGroupFleet(options: GroupFleetOptions): GroupFleetRun {
  const { count, bad = {}, faults = {}, testerFaults = {}, seed = 1 } = options;
  const rogue = Array.from({ length: count }, (_, i) => ({ takesGroup: true, ...bad[i] }));
  const bench = new RogueBench({
    rogue,
    profile: "group: {}",
    imageBytes: IMAGE_BYTES,
    faults,
    testerFaults,
    seed,
  });
  const frames = new Map<number, number>();
  bench.bus.onWire = ({ frame: { id }, intact }) => {
    if (intact) frames.set(id, (frames.get(id) ?? 0) + 1);
  };
  const keys = new Prng(seed, 0x6B);
  const { events, outcomes } = bench.update({ newGroupKey: () => keys.bytes(4) });
  const of = (index: number) =>
    events.filter((event) => "node" in event && event.node === `node-${index}`);
  return {
    bench,
    events,
    outcomes,
    groupRatio: (frames.get(GROUP_ID) ?? 0) / IMAGE_FRAMES,
    framesTo: (index) => frames.get(REQUEST + index) ?? 0,
    doneAtMs: (index) => of(index).find(({ type }) => type === "nodeDone")?.atMs,
    leftOf: (index) =>
      of(index).flatMap((event) => event.type === "nodeLeftGroup" ? [event.reason] : []),
    saidOf: (index) =>
      of(index).flatMap((event) =>
        event.type === "nodeLeftGroup"
          ? [event.reason]
          : event.type === "nodeFailed" || event.type === "retry"
          ? [event.error.message]
          : []
      ),
    faults: bench.nodes.flatMap(({ group, flash, log }, i) =>
      [...group.log.faults, ...flash.violations, ...(bad[i] === undefined ? log.late(50) : [])]
        .map((fault) => `node-${i}: ${fault}`)
    ),
  };
}
