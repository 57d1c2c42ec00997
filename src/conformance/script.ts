import type { GroupFinding } from "./finding.ts";

/** A message for the group identifier. */
export interface SaidMessage {
  /** Its bytes. */
  readonly message: Uint8Array;
  /** Whether one of its consecutive frames goes out with a wrong sequence number. */
  readonly isTorn?: boolean;
}

/** What is done to a node as its profile has it. */
export type TrialStep =
  /** Brings it into its bootloader, unlocked. */
  | "enter"
  /** Erases the region of the trial. */
  | "erase"
  /** Has it compare that region with the trial's image. */
  | "check";

/** What a trial wants to be done next. */
export type TrialAction =
  /** Sends a request and waits for its final answer. */
  | { readonly kind: "ask"; readonly request: Uint8Array }
  /** Sends a request and waits for its final answer, or for its first 0x78; the rest is not heard. */
  | { readonly kind: "begin"; readonly request: Uint8Array }
  /** Sends a request and hears nothing of it. */
  | { readonly kind: "post"; readonly request: Uint8Array }
  /** Sends a request and lets the node wait with all but the first frame of its answer. */
  | { readonly kind: "hold"; readonly request: Uint8Array }
  /** Sends a request to all nodes; nothing waits for an answer. */
  | { readonly kind: "sayToAll"; readonly request: Uint8Array }
  /** As `ask`, but it is not sent again where the node says 0x21. */
  | { readonly kind: "once"; readonly request: Uint8Array }
  /** Sends messages on the group identifier, none sooner after the one before than `gapMs`. */
  | { readonly kind: "say"; readonly messages: readonly SaidMessage[]; readonly gapMs: number }
  /** Lets time go by. */
  | { readonly kind: "wait"; readonly delayMs: number }
  /** Does something as the profile has it. */
  | { readonly kind: "step"; readonly step: TrialStep }
  /** Tells what was found. */
  | { readonly kind: "tell"; readonly finding: GroupFinding };

/** What became of a request. */
export interface Exchange {
  /** The final answer; empty: none came. */
  readonly answer: Uint8Array;
  /** How many 0x78 came before it. */
  readonly pendingCount: number;
  /** From the request's last frame to the first frame of any answer, in ms. */
  readonly firstMs: number;
}

/** What comes of an action: of `ask` and `begin` its exchange, of `say` how often the node spoke, of `step` success. */
export type TrialOutcome = Exchange | number | boolean | undefined;

/** A trial as a sequence of actions, each told its outcome. */
export type Script<T = void> = Generator<TrialAction, T, TrialOutcome>;
