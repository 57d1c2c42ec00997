import type { FleetState, NodeState } from "../fleet/mod.ts";

/** Which of the promised ends a node is in: `newImage` is verified and runs. */
export type EndState = "newImage" | NonNullable<NodeState["endState"]>;

/** The ends in few words, in the order in which they are told. */
export const END_STATES: Readonly<Record<EndState, string>> = {
  newImage: "new image",
  oldImage: "old image",
  bootloader: "in bootloader",
  untouched: "unchanged",
  eraseUnconfirmed: "old image or in bootloader",
  newImageUnconfirmed: "new image, silent",
  rolledBack: "old image again",
};

/**
 * Tells in which of the promised ends a node is, as far as the run can tell.
 *
 * @param node The node.
 * @returns The end; `undefined` while it is at work.
 */
export function endStateOf({ phase, endState, identity }: NodeState): EndState | undefined {
  if (phase === "done") return "newImage";
  if (phase === "refused") return identity.version === undefined ? "untouched" : "oldImage";
  return endState;
}

/**
 * Counts nodes by the ends that they are in.
 *
 * @param state The fleet.
 * @returns How many are in each; nodes that are at work are in none.
 */
export function countEndStates(state: FleetState): Readonly<Record<EndState, number>> {
  const names = Object.keys(END_STATES) as EndState[];
  const counts = Object.fromEntries(names.map((name) => [name, 0])) as Record<EndState, number>;
  for (const node of state.nodes.values()) {
    const end = endStateOf(node);
    if (end !== undefined) counts[end]++;
  }
  return counts;
}
