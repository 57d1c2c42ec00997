import type { IsoTpError } from "../isotp/mod.ts";
import type { ResponseTimes } from "./timing.ts";

/** What is told of one request under way. */
export type UdsEvent =
  /** Its last frame was on the wire. */
  | { readonly type: "sent" }
  /** The node asked for patience (0x78) for the `count`th time. */
  | { readonly type: "responsePending"; readonly count: number }
  /** The node was busy (0x21) for the `count`th time: the request will be sent again. */
  | { readonly type: "busy"; readonly count: number }
  /** The positive response. */
  | { readonly type: "response"; readonly data: Uint8Array };

/** What bounds one request. */
export interface ExchangeLimits {
  /** How many 0x78 it may get. */
  readonly responsePendingCountMax: number;
  /** How many 0x21 it may get. */
  readonly busyCountMax: number;
  /** Pause before it is sent again after 0x21, in ms. */
  readonly busyDelayMs: number;
  /**
   * How long 0x21 is borne, in ms, in place of their count; the longest time is longer by it then.
   * Absent: as their count has it.
   */
  readonly busyMsMax?: number;
  /** Longest time from its being sent first to its final response, in ms. */
  readonly totalMsMax: number;
}

/** One request, its times and bounds. */
export interface ExchangeSpec {
  /** The request. */
  readonly request: Uint8Array;
  /** What its positive response begins with, where that is no echo of the request. */
  readonly answerHead?: Uint8Array;
  /** P2 and P2*. */
  readonly times: ResponseTimes;
  /** P2* as the node or the profile stated it, in ms: who is at work says so again within. */
  readonly statedP2StarMs: number;
  /** Bounds. */
  readonly limits: ExchangeLimits;
}

/** Which deadline runs. */
type Wait = "P2" | "P2*";

/** Where a request stands. */
export interface ExchangeState {
  /** Its present phase. */
  readonly phase: "sending" | "waiting" | "receiving" | "busyPause" | "ended";
  /** Which of the two waits it is in, or will go back to. */
  readonly wait: Wait;
  /** When that wait began, in ms. */
  readonly waitSinceMs: number;
  /** When reception of a segmented response began, in ms. */
  readonly receivingSinceMs: number;
  /** When the request was sent first, in ms; `undefined` before. */
  readonly firstSentMs: number | undefined;
  /** Whether a frame of the request was on the wire since it was last begun. */
  readonly started: boolean;
  /** Messages that came before the confirmation that the request was sent. */
  readonly early: readonly Uint8Array[];
  /** How many 0x78 came. */
  readonly responsePendingCount: number;
  /** How many 0x21 came. */
  readonly busyCount: number;
  /** The last message that answered another request. */
  readonly ignoredResponse: Uint8Array | undefined;
}

/** What happens to a request. */
export type ExchangeInput =
  | { readonly type: "started" }
  | { readonly type: "sent" }
  | { readonly type: "sendFailed"; readonly error: unknown }
  | { readonly type: "firstFrame" }
  | { readonly type: "message"; readonly data: Uint8Array }
  | { readonly type: "linkError"; readonly error: IsoTpError }
  | { readonly type: "due" };

/** What is to be done. */
export type ExchangeEffect =
  | { readonly type: "send" }
  | { readonly type: "emit"; readonly event: UdsEvent }
  | { readonly type: "complete" }
  | { readonly type: "fail"; readonly error: unknown };

/** When an input comes, and how far behind our own traffic is. */
export interface ExchangeMoment {
  /** Present time, in ms. */
  readonly nowMs: number;
  /** How long our frames wait for the bus, in ms: the node's wait as long, so P2 is longer by it. */
  readonly queueingDelayMs: number;
}

/** A step's outcome. */
export interface ExchangeStep {
  /** Where the request stands now. */
  readonly state: ExchangeState;
  /** What is to be done, in order. */
  readonly effects: readonly ExchangeEffect[];
}

/** A request about to be sent: the caller sends it. */
export const EXCHANGE_START: ExchangeState = {
  phase: "sending",
  wait: "P2",
  waitSinceMs: 0,
  receivingSinceMs: 0,
  firstSentMs: undefined,
  started: false,
  early: [],
  responsePendingCount: 0,
  busyCount: 0,
  ignoredResponse: undefined,
};

/**
 * When the machine wants `due`.
 *
 * @param spec The request.
 * @param state Where it stands.
 * @param queueingDelayMs How long our frames wait for the bus, in ms.
 * @returns In ms; `Infinity` when it waits for nothing that time ends.
 */
export function exchangeDueMs(
  spec: ExchangeSpec,
  state: ExchangeState,
  queueingDelayMs: number,
): number {
  switch (state.phase) {
    case "waiting":
      return Math.min(waitEndMs(spec, state, queueingDelayMs), totalEndMs(spec, state));
    case "receiving":
      return totalEndMs(spec, state);
    case "busyPause":
      return state.waitSinceMs + spec.limits.busyDelayMs;
    default:
      return Infinity;
  }
}

/**
 * When P2 or P2* ends.
 *
 * @param spec The request.
 * @param state Where it stands.
 * @param queueingDelayMs How long our frames wait for the bus, in ms.
 * @returns In ms.
 */
export function waitEndMs(
  spec: ExchangeSpec,
  state: ExchangeState,
  queueingDelayMs: number,
): number {
  const { p2Ms, p2StarMs } = spec.times;
  return state.waitSinceMs + (state.wait === "P2" ? p2Ms : p2StarMs) + queueingDelayMs;
}

/**
 * When the request has taken as long as it may.
 *
 * @param spec The request.
 * @param state Where it stands.
 * @returns In ms; `Infinity` before it was sent.
 */
export function totalEndMs(spec: ExchangeSpec, state: ExchangeState): number {
  const { totalMsMax, busyMsMax = 0 } = spec.limits;
  return (state.firstSentMs ?? Infinity) + totalMsMax + (state.busyCount > 0 ? busyMsMax : 0);
}
