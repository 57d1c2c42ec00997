import {
  isEndlessPatience,
  IsoTpError,
  NRC,
  SERVICE_ID,
  UdsNegativeResponseError,
  UdsTimeoutError,
  UdsTransferRestartError,
} from "../../uds/mod.ts";
import { BusAwayError } from "./bus_presence.ts";
import {
  BankModeError,
  BankTrialError,
  CancelledError,
  ConditionError,
  DowngradeError,
  NodeChangedError,
  RoutineStatusError,
  TwinNodesError,
  WrongHardwareError,
} from "./errors.ts";
import { LossyBusError } from "./lost_time.ts";

/** How far back a node's conversation must go after a failure. */
export type Recovery =
  /** The same request again, then the node: nothing was heard. */
  | "silence"
  /** The segment again, from its erase. */
  | "segment"
  /** The node again, from its session: it left it, by a reset or a lost power. */
  | "node"
  /** No further: asking again cannot help, or would lock the node. */
  | "none";

/** Negative responses that mean that the node is no longer in the session that it was brought to. */
const SESSION_LOST: ReadonlySet<number> = new Set([
  NRC.securityAccessDenied,
  NRC.subFunctionNotSupportedInActiveSession,
  NRC.serviceNotSupportedInActiveSession,
]);

/** Negative responses that another moment, or other conditions, will change. */
const NOT_NOW: ReadonlySet<number> = new Set([NRC.busyRepeatRequest, NRC.conditionsNotCorrect]);

/** Negative responses that the same request will meet again, or that count towards a lock. */
const FINAL: ReadonlySet<number> = new Set([
  NRC.serviceNotSupported,
  NRC.subFunctionNotSupported,
  NRC.incorrectMessageLengthOrInvalidFormat,
  NRC.requestOutOfRange,
  NRC.invalidKey,
  NRC.exceedNumberOfAttempts,
]);

/**
 * Decides what a failure calls for; it holds for every step of a node's conversation.
 *
 * @param error What was caught.
 * @returns How far back to go.
 */
export function recoveryFor(error: unknown): Recovery {
  if (error instanceof CancelledError || error instanceof BusAwayError) return "none";
  if (isRefusal(error) || isEndlessPatience(error)) return "none";
  if (error instanceof NodeChangedError || error instanceof LossyBusError) return "none";
  if (error instanceof RoutineStatusError && error.isUnknown) return "none";
  if (error instanceof BankTrialError) return "node";
  if (error instanceof UdsTimeoutError || error instanceof IsoTpError) return "silence";
  // Whatever became of the block: a node that is in another session has no segment to go on with.
  if (error instanceof UdsTransferRestartError) {
    if (isEndlessPatience(error.cause)) return "none";
    return recoveryFor(error.cause) === "node" ? "node" : "segment";
  }
  if (error instanceof UdsNegativeResponseError) {
    if (leavesSession(error)) return "node";
    return FINAL.has(error.nrc) ? "none" : "segment";
  }
  return "segment";
}

/**
 * Whether a node refuses because it is no longer in the session that it was brought to.
 *
 * @param error What was caught.
 * @returns Whether it is so.
 */
export function leavesSession(error: unknown): boolean {
  return error instanceof UdsNegativeResponseError && SESSION_LOST.has(error.nrc);
}

/**
 * Whether it is useless to ask a node for anything more: it is silent, or asks for patience without
 * end.
 *
 * @param error What ended its conversation.
 * @returns Whether it is so.
 */
export function isUnreachable(error: unknown): boolean {
  const cause = error instanceof UdsTransferRestartError ? error.cause : error;
  return recoveryFor(error) === "silence" || isEndlessPatience(cause);
}

/**
 * Whether a node is refused by what it reports, before anything was touched.
 *
 * @param error What ended it.
 * @returns Whether it is so.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof WrongHardwareError || error instanceof DowngradeError ||
    error instanceof BankModeError || error instanceof TwinNodesError ||
    error instanceof ConditionError;
}

/**
 * Whether a node refuses for the moment, as one does whose program only starts.
 *
 * @param error What was caught.
 * @returns Whether it is 0x21 or 0x22.
 */
export function isNotNow(error: unknown): boolean {
  return error instanceof UdsNegativeResponseError && NOT_NOW.has(error.nrc);
}

/**
 * Whether a node refuses a session. While it starts, a boot window may do so by any negative response.
 *
 * @param error What was caught.
 * @returns Whether it is so.
 */
export function refusesSession(error: unknown): boolean {
  return error instanceof UdsNegativeResponseError &&
    error.request[0] === SERVICE_ID.diagnosticSessionControl;
}

/** What a server answers in mid-download once its session is over, S3 having run out. */
const SESSION_OVER: ReadonlySet<number> = new Set([
  ...SESSION_LOST,
  NRC.uploadDownloadNotAccepted,
  NRC.requestSequenceError,
]);

/**
 * Whether a failure may mean that a node's session ended in the middle of a download.
 *
 * @param error What was caught.
 * @returns Whether it is so.
 */
export function endsSession(error: unknown): boolean {
  const cause = error instanceof UdsTransferRestartError ? error.cause : error;
  if (!(cause instanceof UdsNegativeResponseError)) return false;
  return SESSION_LOST.has(cause.nrc) ||
    (error instanceof UdsTransferRestartError && SESSION_OVER.has(cause.nrc));
}
