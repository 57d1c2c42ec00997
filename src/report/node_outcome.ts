import type { NodeState } from "../fleet/mod.ts";

/** How a node stands, in one word or two. */
export type NodeOutcome = "done" | "up to date" | "failed" | "refused" | "stopped" | "at work";

/**
 * Tells how a node stands.
 *
 * @param node The node.
 * @returns The outcome.
 */
export function outcomeOf(node: NodeState): NodeOutcome {
  switch (node.phase) {
    case "done":
      return node.upToDate ? "up to date" : "done";
    case "failed":
      return "failed";
    case "refused":
      return "refused";
    case "cancelled":
      return "stopped";
    default:
      return "at work";
  }
}

const RANKS: Readonly<Record<NodeOutcome, number>> = {
  "failed": 0,
  "refused": 1,
  "at work": 2,
  "stopped": 3,
  "done": 4,
  "up to date": 5,
};

/**
 * Tells how much a reader who looks for what went wrong wants to see an outcome first.
 *
 * @param outcome The outcome.
 * @returns Its place: what is lower comes first.
 */
export function outcomeRank(outcome: NodeOutcome): number {
  return RANKS[outcome];
}

/**
 * Orders nodes for a reader who looks for what went wrong.
 *
 * @param nodes The nodes.
 * @returns The same, failures first, else in their order.
 */
export function failuresFirst(nodes: Iterable<NodeState>): readonly NodeState[] {
  return [...nodes].map((node, i) => ({ node, i, rank: outcomeRank(outcomeOf(node)) }))
    .sort((left, right) => left.rank - right.rank || left.i - right.i)
    .map(({ node }) => node);
}

/**
 * Tells how long a node took.
 *
 * @param node The node.
 * @returns In ms; 0 where it has not begun or not ended.
 */
export function tookMsOf(node: NodeState): number {
  return Math.max(0, (node.endedAtMs ?? 0) - (node.startedAtMs ?? node.endedAtMs ?? 0));
}
