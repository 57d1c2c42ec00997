import type { MapRange } from "./group_control.ts";
import type { GroupRegion } from "./group_region.ts";
import type { RepairMode } from "./repair_plan.ts";

/** Bounds of a group; those of the specification by default. */
export interface GroupSenderOptions {
  /** What is sent. */
  readonly region: GroupRegion;
  /** Its bytes: as many as the region has. */
  readonly data: Uint8Array;
  /** The group's key. */
  readonly key: Uint8Array;
  /** How missing blocks are sent again. */
  readonly repair?: RepairMode;
  /** How much slower the slowest node may make a group, as a factor. */
  readonly slowdownMax?: number;
  /** How much more a node may miss of what was sent than the median node does, as a share. */
  readonly excessMissMax?: number;
  /** How many rounds of repair a node may get without getting on. */
  readonly idleRoundsMax?: number;
  /** Bytes that a consecutive frame carries; 7 by default. */
  readonly frameBytes?: number;
  /** Share of frames that nodes lose, where a group before this one has told: it is not cut then. */
  readonly frameLossRatio?: number;
}

/** What the sender wants now. */
export type GroupAction =
  /** Send this message on the group's identifier. */
  | { readonly kind: "send"; readonly message: Uint8Array }
  /** Ask these nodes for their maps; `isRound`: sending waits for their answers. */
  | {
    readonly kind: "ask";
    readonly names: readonly string[];
    readonly range: MapRange;
    readonly isRound: boolean;
  }
  /**
   * Cut the group behind what was sent: have all nodes open it anew so, tell `cutDone` for each, and
   * send the rest as a group of its own.
   */
  | {
    readonly kind: "cut";
    readonly region: GroupRegion;
    readonly rest: GroupRegion;
    /** Share of frames that nodes lose. */
    readonly frameLossRatio: number;
  }
  /** Nothing before this time, unless something happens. */
  | { readonly kind: "wait"; readonly untilMs: number }
  /** Nothing until something happens. */
  | { readonly kind: "idle" };

/** A node that is better served by itself, and why. */
export interface MovedNode {
  /** The node. */
  readonly name: string;
  /** Why, in words. */
  readonly reason: string;
}
