import { uintToBytesBe } from "../../core/mod.ts";
import { SERVICE_ID } from "../service_id.ts";
import {
  readRequest,
  readResponse,
  readSubFunction,
  requestOf,
  responseOf,
  subFunctionByte,
  type SubFunctionRequest,
} from "./_message.ts";

const SID = SERVICE_ID.diagnosticSessionControl;

/** P2*Server_max is sent in units of 10 ms. */
const P2_STAR_RESOLUTION_MS = 10;

/**
 * Sessions that the standard names.
 *
 * Source: ISO 14229-1:2020, DiagnosticSessionControl, "diagnosticSessionType".
 */
export const DIAGNOSTIC_SESSION = {
  defaultSession: 0x01,
  programmingSession: 0x02,
  extendedDiagnosticSession: 0x03,
  safetySystemDiagnosticSession: 0x04,
} as const;

/** Asks a server to change its session. */
export interface DiagnosticSessionControlRequest extends SubFunctionRequest {
  /** Which session, 0x01..0x7F. */
  readonly diagnosticSessionType: number;
}

/** How long a server may take, as it states itself. */
export interface SessionTiming {
  /** P2Server_max: until the first response, in ms; 0..65535. */
  readonly p2ServerMaxMs: number;
  /** P2*Server_max: from a 0x78 to the next response, in ms; a multiple of 10 up to 655350. */
  readonly p2StarServerMaxMs: number;
}

/** A server's session was changed. */
export interface DiagnosticSessionControlResponse {
  /** The session it is in now. */
  readonly diagnosticSessionType: number;
  /** Its timing in that session; absent where an old server leaves the record out. */
  readonly timing?: SessionTiming;
}

/**
 * Encodes `[0x10, diagnosticSessionType]`.
 *
 * Source: ISO 14229-1:2020, "DiagnosticSessionControl (0x10) service".
 *
 * @param request The session.
 * @returns 2 bytes.
 * @throws {RangeError} If the session does not fit 7 bits.
 */
export function encodeDiagnosticSessionControlRequest(
  request: DiagnosticSessionControlRequest,
): Uint8Array {
  return requestOf(SID, subFunctionByte(request.diagnosticSessionType, request));
}

/**
 * Decodes `[0x10, diagnosticSessionType]`.
 *
 * @param bytes What a server received.
 * @returns The session.
 * @throws {UdsRequestFormatError} If the bytes are another shape.
 */
export function decodeDiagnosticSessionControlRequest(
  bytes: Uint8Array,
): DiagnosticSessionControlRequest {
  const reader = readRequest(SID, bytes);
  const { subFunction, suppressPositiveResponse } = readSubFunction(reader, "session type");
  reader.end();
  return { diagnosticSessionType: subFunction, suppressPositiveResponse };
}

/**
 * Encodes `[0x50, diagnosticSessionType, P2Server_max (2, 1 ms), P2*Server_max (2, 10 ms)]`.
 *
 * @param response The session and its timing.
 * @returns 6 bytes; 2 without timing.
 * @throws {RangeError} If a time does not fit its field; P2* is rounded up to 10 ms.
 */
export function encodeDiagnosticSessionControlResponse(
  response: DiagnosticSessionControlResponse,
): Uint8Array {
  const { diagnosticSessionType, timing } = response;
  if (timing === undefined) return responseOf(SID, diagnosticSessionType);
  return responseOf(
    SID,
    diagnosticSessionType,
    uintToBytesBe(timing.p2ServerMaxMs, 2),
    uintToBytesBe(Math.ceil(timing.p2StarServerMaxMs / P2_STAR_RESOLUTION_MS), 2),
  );
}

/**
 * Decodes `[0x50, diagnosticSessionType, P2Server_max (2, 1 ms), P2*Server_max (2, 10 ms)]`.
 *
 * @param bytes What a client received.
 * @returns The session and its timing; both times in ms.
 * @throws {UdsProtocolError} If the bytes are another shape.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { decodeDiagnosticSessionControlResponse } from "./diagnostic_session_control.ts";
 *
 * const response = decodeDiagnosticSessionControlResponse(
 *   Uint8Array.of(0x50, 0x02, 0x00, 0x32, 0x01, 0xF4),
 * );
 * deepStrictEqual(response.timing, { p2ServerMaxMs: 50, p2StarServerMaxMs: 5000 });
 * ```
 */
export function decodeDiagnosticSessionControlResponse(
  bytes: Uint8Array,
): DiagnosticSessionControlResponse {
  const reader = readResponse(SID, bytes);
  const diagnosticSessionType = reader.u8("session type");
  if (reader.leftBytes === 0) return { diagnosticSessionType };
  const p2ServerMaxMs = reader.uint("P2Server_max", 2);
  const p2StarServerMaxMs = reader.uint("P2*Server_max", 2) * P2_STAR_RESOLUTION_MS;
  reader.end();
  return { diagnosticSessionType, timing: { p2ServerMaxMs, p2StarServerMaxMs } };
}
