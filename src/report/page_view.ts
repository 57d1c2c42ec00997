import { defined } from "../core/mod.ts";
import type { BusState, FleetState, NodeState } from "../fleet/mod.ts";
import { BUS_AWAY_PHASE, waitedForBus } from "./bus_words.ts";
import type { BusFigures } from "./bus_figures.ts";
import type { BusLoadSeries } from "./bus_load_log.ts";
import { isUpdateDue, outcomeOf, versionStep } from "./node_outcome.ts";
import { countNodes, nodeProgress } from "./progress.ts";
import { busLoadOf, busRemainingMs, type Rates } from "./rates.ts";
import { remedyFor } from "./remedies.ts";
import { activityOf } from "./timeline.ts";
import { endWords } from "./final_table.ts";

/** One node as the page shows it. */
export interface PageNode {
  /** Its name. */
  readonly name: string;
  /** Its bus. */
  readonly bus: string;
  /** Its device. */
  readonly device: string;
  /** One word or two. */
  readonly phase: string;
  /** What it counts as in filters. */
  readonly kind: PageKind;
  /** A letter for each segment: `SEGMENT_LETTERS`. */
  readonly segments: string;
  /** How much of the segment that is being written is there, 0..1. */
  readonly written: number;
  /** Bytes that it holds of its image. */
  readonly bytes: number;
  /** Bytes of its image. */
  readonly bytesTotal: number;
  /** How often something was tried again. */
  readonly retries: number;
  /** The version it had, or has now. */
  readonly version: string;
  /** What went wrong last; empty where nothing did. */
  readonly error: string;
  /** What to do about it; empty where nothing is known. */
  readonly help: string;
}

/** What nodes count as in filters. */
export type PageKind = "failed" | "retrying" | "active" | "waiting" | "due" | "done" | "stopped";

/** How segments are told to the page, one letter each. */
export const SEGMENT_LETTERS: Readonly<Record<NodeState["segments"][number]["phase"], string>> = {
  pending: "p",
  checking: "c",
  erasing: "e",
  erased: "p",
  writing: "w",
  verifying: "y",
  verified: "v",
  skipped: "s",
  waitingToRetry: "r",
  failed: "f",
};
/** A segment that was only compared, and differs. */
const DIFFERENT = "d";

/** A bus as the page shows it. */
export interface PageBus {
  /** Its name. */
  readonly name: string;
  /** Height of its curve now, 0..1: its load, or in a replay its part of the highest pace. */
  readonly load: number;
  /** Frames so far; absent in a replay. */
  readonly frames?: number;
  /** Bytes that its nodes acknowledge in a second; in a replay alone. */
  readonly bytesPerSecond?: number;
  /** Bytes that its nodes have acknowledged; in a replay alone. */
  readonly bytes?: number;
  /** What its controller tells. */
  readonly state: string;
  /** How long it will still be worked on, in ms; absent where nothing can be said. */
  readonly leftMs?: number;
}

/** Curves of buses: name, and pairs of time since the run's beginning, in ms, and height, 0..1. */
export type PageLoads = readonly (readonly [string, readonly (readonly [number, number])[]])[];

/** What a page is told at once: all of it at first, then what changed. */
export interface PageUpdate {
  /** The run's time since its beginning, in ms. */
  readonly atMs: number;
  /** Whether it is over. */
  readonly isFinished: boolean;
  /** Whether it was asked to stop. */
  readonly isCancelled: boolean;
  /** How long the run will still take, in ms; absent where nothing can be said. */
  readonly leftMs?: number;
  /** How many nodes there are. */
  readonly nodeCount: number;
  /** How they stand: done and up to date; failed and refused; compared and not up to date. */
  readonly counts: { readonly done: number; readonly failed: number; readonly due: number };
  /** Nodes that changed, by their place in the fleet file. */
  readonly nodes: readonly (readonly [number, PageNode])[];
  /** The buses. */
  readonly buses: readonly PageBus[];
  /** The load of buses until now, with the first update: name, and pairs of time in ms and load. */
  readonly loads?: PageLoads;
  /** What was told since the update before. */
  readonly log: readonly string[];
}

/**
 * Tells a node as the page shows it.
 *
 * @param node The node.
 * @param buses Buses whose state was told, by name.
 * @returns Plain data.
 */
export function pageNode(
  node: NodeState,
  buses: ReadonlyMap<string, BusState> = new Map(),
): PageNode {
  const { phase: ownPhase, bytes, bytesTotal } = nodeProgress(node);
  const waits = waitedForBus(node, buses);
  const phase = waits === undefined ? ownPhase : BUS_AWAY_PHASE;
  const kind = waits === undefined ? kindOf(node) : "waiting";
  const isBad = kind === "failed" || kind === "retrying" || kind === "stopped";
  const error = waits ?? (node.error === undefined || !isBad ? "" : node.error.message);
  const writing = node.segments.find((segment) => segment.phase === "writing");
  const written = writing === undefined ? 0 : writing.writtenBytes / writing.dataBytes;
  const isEnded = kind === "failed" || kind === "stopped";
  return {
    name: node.name,
    bus: node.bus,
    device: node.device,
    phase,
    kind,
    segments: segmentLetters(node),
    written: Math.round(100 * written) / 100,
    bytes,
    bytesTotal,
    retries: node.retries,
    version: isUpdateDue(node) ? versionStep(node) : node.version ?? node.identity.version ?? "",
    error: isEnded ? [error, endWords(node)].filter((text) => text !== "").join("; ") : error,
    help: isBad && node.error !== undefined ? remedyFor(node.error) : "",
  };
}

function segmentLetters(node: NodeState): string {
  const isDone = node.phase === "done";
  // What a node that is done was not asked for was there.
  const letters = node.segments.map(({ phase }) =>
    SEGMENT_LETTERS[isDone && phase !== "verified" ? "skipped" : phase]
  ).join("");
  return isUpdateDue(node) ? letters.replaceAll(SEGMENT_LETTERS.failed, DIFFERENT) : letters;
}

function kindOf(node: NodeState): PageKind {
  switch (outcomeOf(node)) {
    case "failed":
    case "refused":
      return "failed";
    case "done":
    case "up to date":
      return "done";
    case "update due":
      return "due";
    case "stopped":
      return "stopped";
    default: {
      const activity = activityOf(node);
      if (activity === "retrying") return "retrying";
      return node.phase === "unknown" || node.phase === "found" ? "waiting" : "active";
    }
  }
}

/**
 * Tells a fleet as a page shows it.
 *
 * @param state The fleet.
 * @param parts Which nodes are told, what the buses carry, and what was said.
 * @returns Plain data.
 */
export function pageUpdate(
  state: FleetState,
  parts: {
    readonly isTold: (name: string) => boolean;
    readonly buses: readonly PageBus[];
    readonly loads?: PageLoads;
    readonly log: readonly string[];
    readonly leftMs?: number | undefined;
  },
): PageUpdate {
  const { done, upToDate, due, failed, refused, nodes } = countNodes(state);
  const told = [...state.nodes.values()].map((node, i) => [i, node] as const)
    .filter(([, node]) => parts.isTold(node.name));
  return {
    atMs: Math.round(state.atMs - state.startedAtMs),
    isFinished: state.isFinished,
    isCancelled: state.isCancelled,
    ...defined({ leftMs: parts.leftMs && Math.round(parts.leftMs) }),
    nodeCount: nodes,
    counts: { done: done + upToDate, failed: failed + refused, due },
    nodes: told.map(([i, node]) => [i, pageNode(node, state.buses)]),
    buses: parts.buses,
    ...defined({ loads: parts.loads }),
    log: parts.log,
  };
}

/**
 * Tells the load of buses as the page shows it.
 *
 * @param state The fleet.
 * @param loads The loads.
 * @returns Plain data.
 */
export function pageLoads(state: FleetState, loads: readonly BusLoadSeries[]): PageLoads {
  return loads.map(({ bus, points }) => [
    bus,
    points.map(({ atMs, load }) => [
      Math.round(atMs - state.startedAtMs),
      Math.round(load * 1000) / 1000,
    ]),
  ]);
}

/**
 * Tells buses as the page shows them.
 *
 * @param state The fleet.
 * @param buses What the buses carried so far.
 * @param rates How fast the run goes.
 * @returns Plain data.
 */
export function pageBuses(
  state: FleetState,
  buses: readonly BusFigures[],
  rates: Rates,
): readonly PageBus[] {
  const nowMs = state.atMs;
  const left = state.isFinished ? undefined : busRemainingMs(rates, state, nowMs);
  return buses.map((figures) => {
    const leftMs = left?.get(figures.bus);
    return {
      name: figures.bus,
      load: Math.round(busLoadOf(rates, figures, nowMs) * 1000) / 1000,
      frames: figures.frames,
      state: state.buses.get(figures.bus) ?? "errorActive",
      ...defined({ leftMs: leftMs && Math.round(leftMs) }),
    };
  });
}
