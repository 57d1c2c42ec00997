import type { BusFaults } from "../../sim/mod.ts";

/** How the nodes of a bench are updated; each has its runner in `modes.ts`. */
export type BenchMode =
  /** One node after another: what today's tools do. */
  | "sequential"
  /** All at once, under one scheduler a bus. */
  | "interleaved"
  /** The image once for all nodes of a bus, mended by parity: docs/group-download.md. */
  | "group"
  /** The same, but what is missing is sent again as it is. */
  | "group-plain";

/** Whether the nodes of a bus get the image together. */
export function isGroup(mode: BenchMode): boolean {
  return mode === "group" || mode === "group-plain";
}

/** Name of a bus in the table. */
export type BenchBus = "classic-125k" | "classic-500k" | "classic-1M" | "fd-500k/2M" | "fd-1M/5M";

/** Which frames are lost. */
export type BenchLoss =
  | "none"
  /** Of those that nodes receive, independently at each node. */
  | "0.01%"
  | "0.1%"
  | "1%"
  /** The same, and of those that the tester receives too. */
  | "0.01% both ways"
  | "0.1% both ways"
  /** Each node is deaf for 2 ms, once a second on average. */
  | "bursts";

/** How identifiers are given out. */
export type BenchIds =
  /** Every response outranks every request. */
  | "responses-first"
  /** Every request outranks every response, as 0x7E0 does 0x7E8. */
  | "7E0/7E8";

/** One line of the table, before it was run. */
export interface BenchCase {
  /** How the nodes are updated. */
  readonly mode: BenchMode;
  /** Which kind of bus. */
  readonly bus: BenchBus;
  /** The nodes' part. */
  readonly device: string;
  /** How many nodes, over all buses. */
  readonly nodes: number;
  /** Which frames are lost. */
  readonly loss: BenchLoss;
  /** How identifiers are given out. */
  readonly ids: BenchIds;
  /** BS of the nodes' flow control. */
  readonly blockSize: number;
  /** Size of each node's image. */
  readonly imageBytes: number;
  /** How many buses they are on; 1 by default. */
  readonly buses?: number;
  /** How many nodes of a bus may erase at once; all by default. */
  readonly erasesMax?: number;
  /** Whether node 0 is dead, node 1 ten times slower, and node 2 loses a fifth of its frames. */
  readonly bent?: boolean;
}

/** What came of it: one JSON line. Times are virtual. */
export interface BenchLine extends BenchCase {
  /** Always `bench`. */
  readonly type: "bench";
  /** First erase request to last positive verify; sequentially, the sum over the nodes. */
  readonly seconds: number;
  /** What went before: identification, session, security, waiting for each other. */
  readonly setupSeconds: number;
  /** What the images' bytes take at the least: see `ceilingSeconds()`. */
  readonly ceilingSeconds: number;
  /** `ceilingSeconds / seconds`. */
  readonly efficiency: number;
  /** Share of `seconds` in which the wire carried something. */
  readonly busyRatio: number;
  /** Against one node after the other; `null` where that was not run. */
  readonly speedup: number | null;
  /** How many requests, segments or nodes were tried again. */
  readonly retries: number;
  /** Nodes that did not end with the image, byte for byte. */
  readonly failedNodes: number;
}

/** What the lines are about unless they say otherwise. */
export const USUAL: Pick<BenchCase, "ids" | "blockSize" | "imageBytes" | "loss"> = {
  ids: "responses-first",
  blockSize: 0,
  imageBytes: 256 * 1024,
  loss: "none",
};

/** Bit rates of the buses. */
export const BIT_RATES: Readonly<
  Record<BenchBus, { readonly bitrateBps: number; readonly dataBitrateBps?: number }>
> = {
  "classic-125k": { bitrateBps: 125_000 },
  "classic-500k": { bitrateBps: 500_000 },
  "classic-1M": { bitrateBps: 1_000_000 },
  "fd-500k/2M": { bitrateBps: 500_000, dataBitrateBps: 2_000_000 },
  "fd-1M/5M": { bitrateBps: 1_000_000, dataBitrateBps: 5_000_000 },
};

/** What goes wrong at the nodes' receivers, and at the tester's. */
export const FAULTS: Readonly<
  Record<BenchLoss, { readonly nodes: BusFaults; readonly tester: BusFaults }>
> = {
  "none": { nodes: {}, tester: {} },
  "0.01%": { nodes: { lossRatio: 1e-4 }, tester: {} },
  "0.1%": { nodes: { lossRatio: 1e-3 }, tester: {} },
  "1%": { nodes: { lossRatio: 1e-2 }, tester: {} },
  "0.01% both ways": { nodes: { lossRatio: 1e-4 }, tester: { lossRatio: 1e-4 } },
  "0.1% both ways": { nodes: { lossRatio: 1e-3 }, tester: { lossRatio: 1e-3 } },
  "bursts": { nodes: { deafEveryMsMean: 1000, deafMs: 2 }, tester: {} },
};

/** The part that the table takes on each bus. */
export function usualDevice(bus: BenchBus): string {
  return bus.startsWith("fd") ? "STM32G474RE" : "STM32F407VG";
}
