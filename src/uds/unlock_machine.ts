import { equalBytes } from "../core/mod.ts";
import { NRC } from "./negative_response_code.ts";

/** What bounds an unlocking. */
export interface UnlockLimits {
  /** Pause after requiredTimeDelayNotExpired (0x37) before a new seed is asked for, in ms. */
  readonly delayMs: number;
  /** How many such pauses. */
  readonly delayCountMax: number;
  /**
   * How often a new seed is asked for after invalidKey (0x35): 0 or 1, as nodes lock. Never after
   * exceedNumberOfAttempts (0x36), and not when the node gives the same seed again.
   */
  readonly invalidKeyRetriesMax: 0 | 1;
  /** How often a new seed is asked for after silence. */
  readonly silenceRetriesMax: number;
  /**
   * Whether exceedNumberOfAttempts (0x36) is waited out as 0x37 is, where it is the answer to the
   * first requestSeed: keys of others were wrong. Behind a key of this unlocking it ends it.
   */
  readonly waitsForOthersAttempts: boolean;
  /** The key goes out so long after the seed came, at the earliest, in ms. */
  readonly keyAfterMs: number;
  /** The key goes out so long after the seed came, at the latest, in ms; else for a new seed. */
  readonly seedMsMax: number;
  /** How often a new seed is asked for as one grew too old, here or to the node (0x24). */
  readonly oldSeedRetriesMax: number;
}

/** Bounds by default: a profile that knows its node states them. */
export const DEFAULT_UNLOCK_LIMITS: UnlockLimits = {
  delayMs: 10_000,
  delayCountMax: 2,
  invalidKeyRetriesMax: 1,
  silenceRetriesMax: 1,
  waitsForOthersAttempts: false,
  keyAfterMs: 0,
  seedMsMax: Infinity,
  oldSeedRetriesMax: 0,
};

/** Where an unlocking stands. */
export interface UnlockState {
  /** Seeds that were answered with a key, by the last of them; `undefined` before the first. */
  readonly lastSeed: Uint8Array | undefined;
  /** How many pauses were made. */
  readonly delayCount: number;
  /** How many keys were refused. */
  readonly invalidKeyCount: number;
  /** How often nothing was heard. */
  readonly silenceCount: number;
  /** How many seeds grew too old. */
  readonly oldSeedCount: number;
  /** Whether a key was the last that went out. */
  readonly isKeySent: boolean;
}

/** What comes back. */
export type UnlockInput =
  /** The answer to requestSeed. */
  | { readonly type: "seed"; readonly seed: Uint8Array }
  /** The answer to sendKey. */
  | { readonly type: "keyAccepted" }
  /** A negative response to either. */
  | { readonly type: "refused"; readonly nrc: number }
  /** No response to either. */
  | { readonly type: "silence" }
  /** No key goes out: its seed is older than it may be. */
  | { readonly type: "oldSeed" };

/** What is done next. */
export type UnlockAction =
  /** requestSeed, after a pause; `reason` tells why again. */
  | {
    readonly type: "requestSeed";
    readonly delayMs: number;
    readonly reason:
      | "requiredTimeDelayNotExpired"
      | "exceedNumberOfAttempts"
      | "invalidKey"
      | "silence"
      | "oldSeed";
  }
  /** sendKey with the key that belongs to the seed, between `keyAfterMs` and `seedMsMax` after it. */
  | { readonly type: "sendKey"; readonly seed: Uint8Array }
  /** The level is unlocked; `wasUnlocked` when the node said so by an all-zero seed. */
  | { readonly type: "unlocked"; readonly wasUnlocked: boolean }
  /** It is given up, with the failure that came last. */
  | { readonly type: "giveUp" };

/** A step's outcome. */
export interface UnlockStep {
  /** Where it stands now. */
  readonly state: UnlockState;
  /** What is done next. */
  readonly action: UnlockAction;
}

/** An unlocking that begins: the caller sends requestSeed. */
export const UNLOCK_START: UnlockState = {
  lastSeed: undefined,
  delayCount: 0,
  invalidKeyCount: 0,
  silenceCount: 0,
  oldSeedCount: 0,
  isKeySent: false,
};

/**
 * One step of the sequence requestSeed, sendKey. It never sends a second key for one seed, and never
 * a key after exceedNumberOfAttempts: nodes lock for good.
 *
 * Source: ISO 14229-1:2020, "SecurityAccess (0x27) service".
 *
 * @param state Where it stands.
 * @param input What came back.
 * @param limits Bounds.
 * @returns Where it stands then, and what is done next.
 */
export function stepUnlock(
  state: UnlockState,
  input: UnlockInput,
  limits: UnlockLimits,
): UnlockStep {
  switch (input.type) {
    case "keyAccepted":
      return { state, action: { type: "unlocked", wasUnlocked: false } };
    case "seed":
      return onSeed(state, input.seed);
    case "refused":
      return onRefused(state, input.nrc, limits);
    case "silence": {
      // The key may have been taken and its answer lost: an all-zero seed will tell.
      if (state.silenceCount >= limits.silenceRetriesMax) return giveUp(state);
      const silenceCount = state.silenceCount + 1;
      return again({ ...state, silenceCount }, 0, "silence");
    }
    case "oldSeed":
      return onOldSeed(state, limits);
  }
}

function onOldSeed(state: UnlockState, limits: UnlockLimits): UnlockStep {
  if (state.oldSeedCount >= limits.oldSeedRetriesMax) return giveUp(state);
  return again({ ...state, oldSeedCount: state.oldSeedCount + 1 }, 0, "oldSeed");
}

function onSeed(state: UnlockState, seed: Uint8Array): UnlockStep {
  if (seed.every((byte) => byte === 0)) {
    return { state, action: { type: "unlocked", wasUnlocked: true } };
  }
  const isRefusedSeed = state.invalidKeyCount > 0 && state.lastSeed !== undefined &&
    equalBytes(state.lastSeed, seed);
  // The same seed makes the same key, which was refused: sending it again only locks the node.
  if (isRefusedSeed) return giveUp(state);
  return {
    state: { ...state, lastSeed: seed, isKeySent: true },
    action: { type: "sendKey", seed },
  };
}

function onRefused(state: UnlockState, nrc: number, limits: UnlockLimits): UnlockStep {
  const ofDelay = delayReason(state, nrc, limits);
  if (ofDelay !== undefined && state.delayCount < limits.delayCountMax) {
    const delayCount = state.delayCount + 1;
    return again({ ...state, delayCount }, limits.delayMs, ofDelay);
  }
  // The node does not know the seed any more.
  if (nrc === NRC.requestSequenceError && state.isKeySent) return onOldSeed(state, limits);
  if (nrc === NRC.invalidKey && state.invalidKeyCount < limits.invalidKeyRetriesMax) {
    const invalidKeyCount = state.invalidKeyCount + 1;
    return again({ ...state, invalidKeyCount }, 0, "invalidKey");
  }
  return giveUp(state);
}

function delayReason(
  state: UnlockState,
  nrc: number,
  limits: UnlockLimits,
): "requiredTimeDelayNotExpired" | "exceedNumberOfAttempts" | undefined {
  if (nrc === NRC.requiredTimeDelayNotExpired) return "requiredTimeDelayNotExpired";
  const isOfOthers = nrc === NRC.exceedNumberOfAttempts && state.lastSeed === undefined;
  return limits.waitsForOthersAttempts && isOfOthers ? "exceedNumberOfAttempts" : undefined;
}

function again(
  state: UnlockState,
  delayMs: number,
  reason: (UnlockAction & { readonly type: "requestSeed" })["reason"],
): UnlockStep {
  return {
    state: { ...state, isKeySent: false },
    action: { type: "requestSeed", delayMs, reason },
  };
}

function giveUp(state: UnlockState): UnlockStep {
  return { state, action: { type: "giveUp" } };
}
