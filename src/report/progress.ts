import type { FleetState, NodeState } from "../fleet/mod.ts";
import { isUpdateDue } from "./node_outcome.ts";

/** Where a node stands, in the words and numbers of a row. */
export interface NodeProgress {
  /** One word or two. */
  readonly phase: string;
  /** The segment at hand, from 1; 0 when none is. */
  readonly segment: number;
  /** How many segments it has. */
  readonly segmentCount: number;
  /** Bytes of segments that are through, and of the one at hand. */
  readonly bytes: number;
  /** Bytes of all its segments. */
  readonly bytesTotal: number;
}

const ENDED: ReadonlySet<NodeState["phase"]> = new Set(["done", "refused", "failed", "cancelled"]);

/** Node phases in which the state of the segment at hand tells more. */
const SEGMENT_WORDS = {
  pending: "waiting",
  checking: "checking",
  erasing: "erasing",
  erased: "erased",
  writing: "writing",
  verifying: "verifying",
  verified: "verified",
  skipped: "skipped",
  waitingToRetry: "retrying",
  failed: "failed",
} as const satisfies Record<NodeState["segments"][number]["phase"], string>;

/** Segments that are not at hand: what was erased ahead waits for all others. */
const WAITING: ReadonlySet<string> = new Set(["pending", "erased"]);

const NODE_WORDS: Readonly<Record<NodeState["phase"], string>> = {
  unknown: "asking",
  found: "found",
  entering: "entering",
  unlocked: "unlocked",
  updating: "updating",
  imageVerified: "verified",
  swapping: "activating",
  activating: "activating",
  confirming: "activating",
  rollingBack: "going back",
  waitingToRetry: "retrying",
  done: "done",
  refused: "REFUSED",
  failed: "FAILED",
  cancelled: "cancelled",
};

/**
 * Finds where a node stands.
 *
 * @param node The node.
 * @returns Words and numbers.
 */
export function nodeProgress(node: NodeState): NodeProgress {
  const isThrough = (phase: string): boolean => phase === "verified" || phase === "skipped";
  const at = node.segments.findIndex(({ phase }) => !isThrough(phase) && !WAITING.has(phase));
  const current = node.segments[at];
  let bytes = 0;
  let bytesTotal = 0;
  // A node that is done holds its image, whether or not its segments were asked for.
  const isDone = node.phase === "done";
  for (const { dataBytes, phase, writtenBytes } of node.segments) {
    bytesTotal += dataBytes;
    bytes += isDone || isThrough(phase) ? dataBytes : Math.min(dataBytes, writtenBytes);
  }
  const isUpdating = node.phase === "updating" && current !== undefined;
  return {
    phase: isUpdating ? SEGMENT_WORDS[current.phase] : phaseWords(node),
    segment: isUpdating ? at + 1 : 0,
    segmentCount: node.segments.length,
    bytes,
    bytesTotal,
  };
}

function phaseWords(node: NodeState): string {
  if (node.phase === "done" && node.upToDate) return "up to date";
  return isUpdateDue(node) ? "update due" : NODE_WORDS[node.phase];
}

/**
 * Tells whether nothing more will happen to a node.
 *
 * @param node The node.
 * @returns Whether it is over.
 */
export function isEnded(node: NodeState): boolean {
  return ENDED.has(node.phase);
}

/** How many nodes of a fleet stand where. */
export interface NodeCounts {
  /** All. */
  readonly nodes: number;
  /** Updated in this run, verified and running. */
  readonly done: number;
  /** Held the image already. */
  readonly upToDate: number;
  /** Only compared, and hold another image. */
  readonly due: number;
  /** Given up. */
  readonly failed: number;
  /** Not what the fleet file says; untouched. */
  readonly refused: number;
  /** Left because the run was stopped. */
  readonly cancelled: number;
}

/**
 * Counts nodes by how they ended.
 *
 * @param state The fleet.
 * @returns The counts; a node that is still at work is in `nodes` alone.
 */
export function countNodes(state: FleetState): NodeCounts {
  const counts = { nodes: 0, done: 0, upToDate: 0, due: 0, failed: 0, refused: 0, cancelled: 0 };
  for (const node of state.nodes.values()) {
    const { phase, upToDate } = node;
    counts.nodes++;
    if (phase === "done") counts[upToDate ? "upToDate" : "done"]++;
    else if (isUpdateDue(node)) counts.due++;
    else if (phase === "failed" || phase === "refused" || phase === "cancelled") counts[phase]++;
  }
  return counts;
}
