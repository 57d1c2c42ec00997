import { defined } from "../core/mod.ts";
import type {
  ErrorReport,
  NodeEndState,
  NodeIdentity,
  NodePhase,
  PlannedSegment,
  SegmentPhase,
} from "../update/mod.ts";
import { NodeTable } from "./_node_table.ts";
import type { BusState, FleetEvent, FleetEventNode, FleetNodeEvent } from "./events.ts";

/** What is known of one segment. */
export interface SegmentState extends PlannedSegment {
  /** Where it stands. */
  readonly phase: SegmentPhase;
  /** Which try this is, from 1; 0 before the first. */
  readonly attempt: number;
  /** Bytes acknowledged in this try. */
  readonly writtenBytes: number;
}

/** What is known of one node. */
export interface NodeState extends FleetEventNode {
  /** Where it stands. */
  readonly phase: NodePhase;
  /** Its segments; empty until it is planned. */
  readonly segments: readonly SegmentState[];
  /** Size of its image. */
  readonly imageBytes: number;
  /** Bytes acknowledged, repeated ones counted again. */
  readonly bytesWritten: number;
  /** How often something was tried again. */
  readonly retries: number;
  /** What it told of itself before the update. */
  readonly identity: NodeIdentity;
  /** Whether it held the image already; only when `phase` is `done`. */
  readonly upToDate: boolean;
  /** What the new application calls itself. */
  readonly version?: string;
  /** Set where it is written to the bank that does not run: whether the exchange was asked for. */
  readonly bankSwap?: "due" | "asked";
  /** Why it is not updated with its group any more. */
  readonly leftGroup?: string;
  /** The last thing that went wrong. */
  readonly error?: ErrorReport;
  /** Where a node that did not get through was left. */
  readonly endState?: NodeEndState;
  /** When its first event came, in ms. */
  readonly startedAtMs?: number;
  /** When it ended, in ms. */
  readonly endedAtMs?: number;
}

/** What is known of a fleet: the fold of its events, and nothing else. */
export interface FleetState {
  /** By name, in the order of the fleet file. */
  readonly nodes: ReadonlyMap<string, NodeState>;
  /** Buses whose state was told, by name. */
  readonly buses: ReadonlyMap<string, BusState>;
  /** When the run began, in ms. */
  readonly startedAtMs: number;
  /** Time of the last event, in ms. */
  readonly atMs: number;
  /** Whether the operator asked to stop. */
  readonly isCancelled: boolean;
  /** Why events could no longer be written down; the run was stopped then. */
  readonly journalError?: ErrorReport;
  /** Whether it is over. */
  readonly isFinished: boolean;
}

/** Before the first event. */
export const EMPTY_FLEET: FleetState = {
  nodes: new Map(),
  buses: new Map(),
  startedAtMs: 0,
  atMs: 0,
  isCancelled: false,
  isFinished: false,
};

/**
 * Takes one event into what is known of a fleet.
 *
 * @param state What was known.
 * @param event What happened.
 * @returns What is known now; `state` stays as it was.
 */
export function reduceFleet(state: FleetState, event: FleetEvent): FleetState {
  const atMs = event.atMs;
  if ("node" in event) {
    const node = state.nodes.get(event.node);
    if (node === undefined) return { ...state, atMs };
    const changed = reduceNode(node, event);
    const nodes = state.nodes instanceof NodeTable
      ? state.nodes.with(event.node, changed)
      : new Map(state.nodes).set(event.node, changed);
    return { ...state, atMs, nodes };
  }
  switch (event.type) {
    case "runStarted":
      return isAgain(state, event) ? triedAgain(state, event) : {
        ...EMPTY_FLEET,
        startedAtMs: atMs,
        atMs,
        nodes: NodeTable.of(event.nodes.map((node) => [node.name, freshNode(node)])),
      };
    case "busState":
      return { ...state, atMs, buses: new Map(state.buses).set(event.bus, event.state) };
    case "cancelRequested":
      return { ...state, atMs, isCancelled: true };
    case "journalFailed":
      return { ...state, atMs, journalError: event.error };
    case "runFinished":
      return { ...state, atMs, isFinished: true };
  }
}

type RunStarted = Extract<FleetEvent, { readonly type: "runStarted" }>;

/** Whether a run is about some nodes of the one that has just ended. */
function isAgain(state: FleetState, { atMs, nodes }: RunStarted): boolean {
  return state.isFinished && atMs >= state.atMs && nodes.length < state.nodes.size &&
    nodes.every(({ name }) => state.nodes.has(name));
}

/** These nodes begin anew; of the others stands what is known of them. */
function triedAgain(state: FleetState, { atMs, nodes }: RunStarted): FleetState {
  const again = new Map(nodes.map((node) => [node.name, freshNode(node)]));
  return {
    ...state,
    atMs,
    nodes: NodeTable.of([...state.nodes].map(([name, node]) => [name, again.get(name) ?? node])),
    isCancelled: false,
    isFinished: false,
  };
}

function freshNode(node: FleetEventNode): NodeState {
  return {
    ...node,
    phase: "unknown",
    segments: [],
    imageBytes: 0,
    bytesWritten: 0,
    retries: 0,
    identity: {},
    upToDate: false,
  };
}

function reduceNode(node: NodeState, event: FleetNodeEvent): NodeState {
  const started = { ...node, startedAtMs: node.startedAtMs ?? event.atMs };
  switch (event.type) {
    case "nodePlanned": {
      const { bankSwap: _bankSwap, ...rest } = started;
      return {
        ...rest,
        imageBytes: event.imageBytes,
        ...(event.bank === undefined ? {} : { bankSwap: "due" as const }),
        segments: event.segments.map((segment) => ({
          ...segment,
          phase: "pending",
          attempt: 0,
          writtenBytes: 0,
        })),
      };
    }
    case "nodePhase":
      return event.phase === "swapping"
        ? { ...started, phase: event.phase, bankSwap: "asked" }
        : { ...started, phase: event.phase };
    case "nodeIdentified":
      return { ...started, identity: event.identity };
    case "segmentPhase": {
      const { phase, attempt } = event;
      const isAgain = phase === "erasing" || phase === "checking";
      return withSegment(
        started,
        event.segment,
        isAgain ? { phase, attempt, writtenBytes: 0 } : { phase, attempt },
      );
    }
    case "segmentProgress": {
      const before = node.segments[event.segment]?.writtenBytes ?? 0;
      const { writtenBytes } = event;
      const bytesWritten = node.bytesWritten + Math.max(0, writtenBytes - before);
      return withSegment({ ...started, bytesWritten }, event.segment, { writtenBytes });
    }
    case "retry":
      return { ...started, retries: node.retries + 1, error: event.error };
    case "nodeLeftGroup":
      return { ...started, leftGroup: event.reason };
    case "responsePending":
    case "sessionFinding":
      return started;
    case "nodeDone": {
      const { error: _mended, ...rest } = started;
      return {
        ...rest,
        phase: "done",
        upToDate: event.upToDate,
        endedAtMs: event.atMs,
        ...defined({ version: event.version }),
      };
    }
    case "nodeRefused":
      return { ...started, phase: "refused", error: event.error, endedAtMs: event.atMs };
    case "nodeFailed":
      return {
        ...started,
        phase: "failed",
        error: event.error,
        endState: event.state,
        endedAtMs: event.atMs,
      };
    case "nodeCancelled":
      return { ...started, phase: "cancelled", endState: event.state, endedAtMs: event.atMs };
  }
}

function withSegment(node: NodeState, index: number, change: Partial<SegmentState>): NodeState {
  return {
    ...node,
    segments: node.segments.map((segment, i) => i === index ? { ...segment, ...change } : segment),
  };
}
