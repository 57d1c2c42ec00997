import type { MapRange } from "./group_control.ts";

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
