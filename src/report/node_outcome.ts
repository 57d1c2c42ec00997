import { printable } from "../core/mod.ts";
import type { NodeState } from "../fleet/mod.ts";

/** How a node stands, in one word or two. */
export type NodeOutcome =
  | "done"
  | "up to date"
  | "update due"
  | "failed"
  | "refused"
  | "stopped"
  | "at work";

/**
 * Finds nodes that were only compared, and hold another image: nothing went wrong with them.
 *
 * @param node The node.
 * @returns Whether it differs from its image, and was not touched.
 */
export function isUpdateDue({ phase, error, endState }: NodeState): boolean {
  return phase === "failed" && error?.code === "VERIFY_MISMATCH" && endState === "untouched";
}

/**
 * Says what an update would bring a node.
 *
 * @param node The node.
 * @returns For example `1.0.0 -> 2.0.0`; empty where the version of its image is not known.
 */
export function versionStep({ identity: { version }, imageVersion }: NodeState): string {
  if (imageVersion === undefined) return "";
  return printable(
    version === imageVersion
      ? `${version} with other content`
      : `${version ?? "unknown"} -> ${imageVersion}`,
  );
}

/**
 * Says how many nodes need an update, and from which version to which.
 *
 * @param nodes Any nodes.
 * @returns For example `24 need an update (1.0.0 -> 2.0.0)`, a part for each pair of versions;
 * none where no node needs one.
 */
export function dueWords(nodes: Iterable<NodeState>): readonly string[] {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    if (!isUpdateDue(node)) continue;
    const step = versionStep(node);
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  return [...counts].map(([step, count]) =>
    `${count} ${count === 1 ? "needs" : "need"} an update${step === "" ? "" : ` (${step})`}`
  );
}

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
      return isUpdateDue(node) ? "update due" : "failed";
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
  "update due": 4,
  "done": 5,
  "up to date": 6,
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
