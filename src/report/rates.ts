import type { FleetState, NodeState } from "../fleet/mod.ts";
import type { BusFigures } from "./bus_figures.ts";
import { isEnded, nodeProgress } from "./progress.ts";

/** How long a rate looks back, in ms of the run's own time. */
const WINDOW_MS = 8000;
/** From what share of what it lacked on a node's own pace tells: first it waits while others go. */
const TELLING_SHARE = 1 / 3;
/** Looks into the past that are kept for it. */
const SAMPLES_MAX = 16;

/** How fast a run goes, as a fold over the moments at which somebody looked. */
export interface Rates {
  /** The latest looks, oldest first. */
  readonly samples: readonly RateSample[];
  /** When each node began to be written, and how much it held then. */
  readonly origins: ReadonlyMap<string, RateOrigin>;
}

/** What one look saw. */
export interface RateSample {
  /** When, in ms. */
  readonly atMs: number;
  /** Bytes that each node has acknowledged, repeated ones counted again. */
  readonly bytesWritten: ReadonlyMap<string, number>;
  /** How long each bus was busy since it began, in ms. */
  readonly busyMs: ReadonlyMap<string, number>;
}

/** When a node began to be written: the last look before its first byte. */
export interface RateOrigin {
  /** When, in ms. */
  readonly atMs: number;
  /** Bytes that needed no more sending then. */
  readonly bytes: number;
  /** Bytes that it had acknowledged by then. */
  readonly bytesWritten: number;
}

/** Before the first look. */
export const NO_RATES: Rates = { samples: [], origins: new Map() };

/**
 * Tells whether another look would be taken.
 *
 * @param rates What earlier looks saw.
 * @param nowMs The time, in ms.
 * @returns Whether the latest look is half a second old.
 */
export function isLookDue({ samples }: Rates, nowMs: number): boolean {
  const last = samples.at(-1);
  return last === undefined || nowMs - last.atMs >= WINDOW_MS / SAMPLES_MAX;
}

/**
 * Takes another look at a run.
 *
 * @param rates What earlier looks saw.
 * @param state The fleet.
 * @param look The time, in ms, and what the buses carried so far.
 * @returns What all looks saw; the oldest are forgotten.
 */
export function sampleRates(
  rates: Rates,
  state: FleetState,
  look: { readonly nowMs: number; readonly buses: readonly BusFigures[] },
): Rates {
  const { nowMs, buses } = look;
  if (!isLookDue(rates, nowMs)) return rates;
  const bytesWritten = new Map<string, number>();
  const origins = new Map(rates.origins);
  for (const node of state.nodes.values()) {
    bytesWritten.set(node.name, node.bytesWritten);
    if (node.phase !== "updating") continue;
    const origin = origins.get(node.name);
    // What goes before the first byte, all erases for one, tells nothing of the pace behind it.
    if (origin !== undefined && origin.bytesWritten < node.bytesWritten) continue;
    const { bytesWritten: written } = node;
    origins.set(node.name, { atMs: nowMs, bytes: nodeProgress(node).bytes, bytesWritten: written });
  }
  const busyMs = new Map(buses.map(({ bus, busyRatio }) => [bus, busyRatio * nowMs]));
  const samples = [...rates.samples, { atMs: nowMs, bytesWritten, busyMs }];
  const firstKept = samples.findLastIndex(({ atMs }) => nowMs - atMs >= WINDOW_MS);
  return { samples: samples.slice(Math.max(0, firstKept, samples.length - SAMPLES_MAX)), origins };
}

/**
 * Tells how fast a node takes its image now.
 *
 * @param rates The looks.
 * @param node The node.
 * @param nowMs The time, in ms.
 * @returns Bytes acknowledged in a second.
 */
export function bytesPerSecondOf(rates: Rates, node: NodeState, nowMs: number): number {
  const from = rates.samples[0];
  if (from === undefined || nowMs <= from.atMs) return 0;
  const before = from.bytesWritten.get(node.name) ?? 0;
  return Math.max(0, node.bytesWritten - before) * 1000 / (nowMs - from.atMs);
}

/**
 * Tells how loaded a bus is now.
 *
 * @param rates The looks.
 * @param figures What the bus carried so far.
 * @param nowMs The time, in ms.
 * @returns The part of the latest seconds in which the wire was not idle, 0..1.
 */
export function busLoadOf(rates: Rates, figures: BusFigures, nowMs: number): number {
  const from = rates.samples[0];
  const before = from?.busyMs.get(figures.bus);
  if (from === undefined || before === undefined || nowMs <= from.atMs) return figures.busyRatio;
  const ratio = (figures.busyRatio * nowMs - before) / (nowMs - from.atMs);
  return Math.min(1, Math.max(0, ratio));
}

/**
 * Guesses how long a node will still take, from how it went so far, erasing included.
 *
 * @param rates The looks.
 * @param node The node.
 * @param nowMs The time, in ms.
 * @returns In ms; `undefined` where nothing can be said yet, or nothing is left.
 */
export function remainingMsOf(rates: Rates, node: NodeState, nowMs: number): number | undefined {
  const origin = rates.origins.get(node.name);
  if (origin === undefined || isEnded(node)) return undefined;
  const { bytes, bytesTotal } = nodeProgress(node);
  // What a node held already went by at no cost: it says nothing of what is still to be sent.
  const came = node.bytesWritten - origin.bytesWritten;
  if (came < TELLING_SHARE * (bytesTotal - origin.bytes) || came <= 0 || nowMs <= origin.atMs) {
    return undefined;
  }
  return (bytesTotal - bytes) * (nowMs - origin.atMs) / came;
}

/**
 * Guesses how long each bus will still be worked on: as long as its slowest node, and as all bytes
 * take that are left for it, at the pace that it had so far.
 *
 * @param rates The looks.
 * @param state The fleet.
 * @param nowMs The time, in ms.
 * @returns In ms, by the bus's name; a bus of which nothing can be said, or that is through, is absent.
 */
export function busRemainingMs(
  rates: Rates,
  state: FleetState,
  nowMs: number,
): ReadonlyMap<string, number> {
  const byBus = new Map<string, NodeState[]>();
  for (const node of state.nodes.values()) {
    byBus.set(node.bus, [...byBus.get(node.bus) ?? [], node]);
  }
  const left = new Map<string, number>();
  for (const [bus, nodes] of byBus) {
    const ms = remainingMsOfAll(rates, nodes, nowMs);
    if (ms !== undefined) left.set(bus, ms);
  }
  return left;
}

/**
 * Guesses how long a run will still take: as long as the bus that takes longest.
 *
 * @param rates The looks.
 * @param state The fleet.
 * @param nowMs The time, in ms.
 * @returns In ms; `undefined` where nothing can be said yet, or nothing is left.
 */
export function fleetRemainingMs(
  rates: Rates,
  state: FleetState,
  nowMs: number,
): number | undefined {
  const left = [...busRemainingMs(rates, state, nowMs).values()];
  return left.length === 0 ? undefined : Math.max(...left);
}

/** For nodes that share a bus. */
function remainingMsOfAll(
  rates: Rates,
  nodes: readonly NodeState[],
  nowMs: number,
): number | undefined {
  let slowestMs: number | undefined;
  let leftBytes = 0;
  let cameBytes = 0;
  let sinceMs = nowMs;
  for (const node of nodes) {
    const nodeMs = remainingMsOf(rates, node, nowMs);
    if (nodeMs !== undefined) slowestMs = Math.max(slowestMs ?? 0, nodeMs);
    const origin = rates.origins.get(node.name);
    const { bytes, bytesTotal } = nodeProgress(node);
    if (!isEnded(node)) leftBytes += bytesTotal - bytes;
    if (origin === undefined) continue;
    cameBytes += node.bytesWritten - origin.bytesWritten;
    sinceMs = Math.min(sinceMs, origin.atMs);
  }
  if (cameBytes <= 0 || leftBytes === 0) return slowestMs;
  return Math.max(slowestMs ?? 0, leftBytes * (nowMs - sinceMs) / cameBytes);
}
