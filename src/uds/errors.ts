import { bytesToHex, CanvoyError, formatMs, hex } from "../core/mod.ts";
import { nrcName } from "./negative_response_code.ts";
import { SERVICE_ID, serviceName } from "./service_id.ts";

/** How many bytes of a message an error keeps. */
const EVIDENCE_LENGTH_BYTES = 32;

/**
 * Cuts a message to what an error may carry: its first 32 bytes; of a SecurityAccess sendKey only
 * the first two, as a key must not reach a log.
 *
 * @param message A request or response.
 * @returns A copy.
 */
export function toEvidence(message: Uint8Array): Uint8Array {
  const isSendKey = message[0] === SERVICE_ID.securityAccess && message.length > 2 &&
    message[1]! % 2 === 0;
  return message.slice(0, isSendKey ? 2 : EVIDENCE_LENGTH_BYTES);
}

/** A node answered with a negative response. */
export class UdsNegativeResponseError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "UDS_NEGATIVE_RESPONSE";
  /** The request's service identifier. */
  readonly sid: number;
  /** The negative response code. */
  readonly nrc: number;
  /** The standard's name of the code. */
  readonly nrcName: string;
  /** The request, cut to its first bytes. */
  readonly request: Uint8Array;
  /** The response, as it came. */
  readonly response: Uint8Array;

  /**
   * Takes the evidence from both messages.
   *
   * @param request What was asked.
   * @param response `[0x7F, SID, negativeResponseCode]`.
   * @param more What is known beside it, in words; nothing by default.
   */
  constructor(request: Uint8Array, response: Uint8Array, more = "") {
    const sid = request[0] ?? 0;
    const nrc = response[2] ?? 0;
    super(
      `Cannot complete ${describeRequest(request)}: negative response ${hex(nrc, 2)} ` +
        nrcName(nrc) + (more === "" ? "" : `; ${more}`),
    );
    this.sid = sid;
    this.nrc = nrc;
    this.nrcName = nrcName(nrc);
    this.request = toEvidence(request);
    this.response = toEvidence(response);
  }
}

/** What a node that timed out had let us wait for. */
export type UdsTimeoutWait =
  /** The response, for P2. */
  | "P2"
  /** The response after 0x78, for P2*. */
  | "P2*"
  /** All of the request: 0x78 or 0x21 too often, or for too long. */
  | "total"
  /** The rest of a response that had begun. */
  | "responseEnd";

/** A node did not answer in time. */
export class UdsTimeoutError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "UDS_TIMEOUT";
  /** The request's service identifier. */
  readonly sid: number;
  /** Which wait ended. */
  readonly wait: UdsTimeoutWait;
  /** How long that wait was, in ms. */
  readonly waitedMs: number;
  /** How many 0x78 had come. */
  readonly responsePendingCount: number;
  /** The request, cut to its first bytes. */
  readonly request: Uint8Array;
  /** The last response that was passed over, as it did not belong to the request. */
  readonly ignoredResponse: Uint8Array | undefined;

  /**
   * Says which wait ended.
   *
   * @param request What was asked.
   * @param evidence Which wait ended, after how many ms and how many 0x78, and what else came.
   */
  constructor(request: Uint8Array, evidence: {
    readonly wait: UdsTimeoutWait;
    readonly waitedMs: number;
    readonly responsePendingCount: number;
    readonly ignoredResponse?: Uint8Array | undefined;
  }) {
    const { wait, waitedMs, responsePendingCount, ignoredResponse } = evidence;
    const patience = responsePendingCount > 0
      ? ` (0x78 ResponsePending came ${responsePendingCount} times)`
      : "";
    const ignored = ignoredResponse === undefined
      ? ""
      : `; "${bytesToHex(toEvidence(ignoredResponse))}" came, which answers another request`;
    super(
      `Cannot complete ${describeRequest(request)}: ${STATE_OF_WAIT[wait]} ` +
        `${formatMs(waitedMs)}${patience}${ignored}`,
    );
    this.sid = request[0] ?? 0;
    this.wait = wait;
    this.waitedMs = waitedMs;
    this.responsePendingCount = responsePendingCount;
    this.ignoredResponse = ignoredResponse === undefined ? undefined : toEvidence(ignoredResponse);
    this.request = toEvidence(request);
  }
}

/**
 * Whether a node asked for patience (0x78) until all the time of its request was over: asked again, it
 * would take as long again.
 *
 * @param error What was caught.
 * @returns Whether it is so.
 */
export function isEndlessPatience(error: unknown): error is UdsTimeoutError {
  return error instanceof UdsTimeoutError && error.wait === "total" &&
    error.responsePendingCount > 0;
}

const STATE_OF_WAIT: Readonly<Record<UdsTimeoutWait, string>> = {
  P2: "no response within P2 of",
  "P2*": "no response within P2* of",
  total: "still no final response after",
  responseEnd: "a response began and did not end within",
};

/** A node's answer breaks the standard's form. */
export class UdsProtocolError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "UDS_PROTOCOL";
  /** The request, cut to its first bytes; absent where a response was decoded by itself. */
  readonly request: Uint8Array | undefined;
  /** The response, cut to its first bytes. */
  readonly response: Uint8Array;

  /**
   * Shows the response and says what is wrong.
   *
   * @param response What came.
   * @param state What is wrong with it.
   * @param request What it answered, where known.
   */
  constructor(response: Uint8Array, state: string, request?: Uint8Array) {
    const shown = bytesToHex(toEvidence(response));
    super(`Cannot read response "${shown}": ${state}`);
    this.response = toEvidence(response);
    this.request = request === undefined ? undefined : toEvidence(request);
  }
}

/** A request breaks the standard's form: what a server answers with a negative response. */
export class UdsRequestFormatError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "UDS_REQUEST_FORMAT";
  /** The negative response code that a server answers with. */
  readonly nrc: number;
  /** The request, cut to its first bytes. */
  readonly request: Uint8Array;

  /**
   * Shows the request and says what is wrong.
   *
   * @param request What came.
   * @param nrc What a server answers.
   * @param state What is wrong with it.
   */
  constructor(request: Uint8Array, nrc: number, state: string) {
    super(`Cannot read request "${bytesToHex(toEvidence(request))}": ${state}`);
    this.nrc = nrc;
    this.request = toEvidence(request);
  }
}

/**
 * Formats a request for people.
 *
 * @param request A request.
 * @returns For messages: the service's name and the first bytes.
 */
export function describeRequest(request: Uint8Array): string {
  const shown = toEvidence(request).slice(0, 8);
  const more = request.length > shown.length ? " .." : "";
  return `${serviceName(request[0] ?? 0)} "${bytesToHex(shown)}${more}"`;
}

/** More requests wait for one node than a client keeps: a bound against programs gone wild. */
export class UdsQueueFullError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "UDS_QUEUE_FULL";
  /** The request that found no place, cut to its first bytes. */
  readonly request: Uint8Array;

  /**
   * Says how many wait.
   *
   * @param request The request that found no place.
   * @param queueMax How many a client keeps.
   */
  constructor(request: Uint8Array, queueMax: number) {
    super(`Cannot queue ${describeRequest(request)}: ${queueMax} requests wait already`);
    this.request = toEvidence(request);
  }
}
