import type { NodeEndState, NodeEvent, NodeIdentity } from "./events.ts";

/** What a node's own events tell of its run so far. */
export interface NodeKnown {
  /** What it told of itself last; absent until it has. */
  readonly identity?: NodeIdentity;
  /** Whether anything was tried again since then. */
  readonly isRetried: boolean;
  /** Whether it was brought into its bootloader in this try. */
  readonly isInside: boolean;
  /** Whether all of the image is written and verified. */
  readonly isWhole: boolean;
  /** Whether it is updated by itself from here on. */
  readonly hasLeftGroup: boolean;
  /** What it was left in by what came behind its failure; absent where that is its segments' matter. */
  readonly leftIn?: NodeEndState;
}

/** Ends of a way back that has changed nothing. */
const UNCHANGED: ReadonlySet<NodeEndState> = new Set(["untouched", "oldImage"]);

/** Before its first event. */
export const NOTHING_KNOWN: NodeKnown = {
  isRetried: false,
  isInside: false,
  isWhole: false,
  hasLeftGroup: false,
};

/**
 * Folds the events of a node's run, without those of a way back to another image.
 *
 * @param known What is known.
 * @param event The next event.
 * @returns What is known behind it.
 */
export function learn(known: NodeKnown, event: NodeEvent): NodeKnown {
  switch (event.type) {
    case "nodeIdentified":
      return { ...known, identity: event.identity, isRetried: false };
    case "retry":
      return { ...known, isRetried: true };
    case "nodeLeftGroup":
      return { ...known, hasLeftGroup: true };
    case "nodePhase":
      if (event.phase === "unlocked") return { ...known, isInside: true };
      return event.phase === "imageVerified" ? { ...known, isWhole: true } : known;
    default:
      return known;
  }
}

/**
 * A try to bring the node through begins; no event tells so.
 *
 * @param known What is known.
 * @returns What is known behind that.
 */
export function tryBegins(known: NodeKnown): NodeKnown {
  return { ...known, isInside: false };
}

/**
 * The node's bus was away and is back: all of its group lost it then. No event tells so.
 *
 * @param known What is known.
 * @returns What is known behind that.
 */
export function busIsBack(known: NodeKnown): NodeKnown {
  return { ...known, hasLeftGroup: false };
}

/**
 * Its bootloader was heard where its application should have been. No event tells so.
 *
 * @param known What is known.
 * @returns What is known behind that.
 */
export function foundInBootloader(known: NodeKnown): NodeKnown {
  return { ...known, leftIn: "bootloader" };
}

/**
 * Folds the events of the way back to another image: how that ended is what the node is left in.
 *
 * @param known What is known.
 * @param event The next event.
 * @returns What is known behind it.
 */
export function learnOfWayBack(known: NodeKnown, event: NodeEvent): NodeKnown {
  switch (event.type) {
    case "nodeDone":
      return { ...known, leftIn: "rolledBack" };
    case "nodeFailed":
    case "nodeCancelled":
      return UNCHANGED.has(event.state) ? known : { ...known, leftIn: event.state };
    default:
      return known;
  }
}
