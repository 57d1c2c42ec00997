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

const SID = SERVICE_ID.ecuReset;

/**
 * Kinds of reset that the standard names.
 *
 * Source: ISO 14229-1:2020, ECUReset, "resetType".
 */
export const RESET_TYPE = {
  hardReset: 0x01,
  keyOffOnReset: 0x02,
  softReset: 0x03,
  enableRapidPowerShutDown: 0x04,
  disableRapidPowerShutDown: 0x05,
} as const;

/** Asks a server to start anew. */
export interface EcuResetRequest extends SubFunctionRequest {
  /** Which kind of reset, 0x01..0x7F. */
  readonly resetType: number;
}

/** A server is about to start anew: it answers before it does. */
export interface EcuResetResponse {
  /** Which kind of reset. */
  readonly resetType: number;
  /** Only for enableRapidPowerShutDown: seconds of stand-by; 0xFF: not known. */
  readonly powerDownTime?: number;
}

/**
 * Encodes `[0x11, resetType]`.
 *
 * Source: ISO 14229-1:2020, "ECUReset (0x11) service".
 *
 * @param request The kind of reset.
 * @returns 2 bytes.
 * @throws {RangeError} If it does not fit 7 bits.
 */
export function encodeEcuResetRequest(request: EcuResetRequest): Uint8Array {
  return requestOf(SID, subFunctionByte(request.resetType, request));
}

/**
 * Decodes `[0x11, resetType]`.
 *
 * @param bytes What a server received.
 * @returns The kind of reset.
 * @throws {UdsRequestFormatError} If the bytes are another shape.
 */
export function decodeEcuResetRequest(bytes: Uint8Array): EcuResetRequest {
  const reader = readRequest(SID, bytes);
  const { subFunction, suppressPositiveResponse } = readSubFunction(reader, "reset type");
  reader.end();
  return { resetType: subFunction, suppressPositiveResponse };
}

/**
 * Encodes `[0x51, resetType, (powerDownTime)]`.
 *
 * @param response The kind of reset.
 * @returns 2 or 3 bytes.
 * @throws {RangeError} If a number is no byte.
 */
export function encodeEcuResetResponse(response: EcuResetResponse): Uint8Array {
  const { resetType, powerDownTime } = response;
  return responseOf(SID, resetType, ...(powerDownTime === undefined ? [] : [powerDownTime]));
}

/**
 * Decodes `[0x51, resetType, (powerDownTime)]`.
 *
 * @param bytes What a client received.
 * @returns The kind of reset.
 * @throws {UdsProtocolError} If the bytes are another shape.
 */
export function decodeEcuResetResponse(bytes: Uint8Array): EcuResetResponse {
  const reader = readResponse(SID, bytes);
  const resetType = reader.u8("reset type");
  if (reader.leftBytes === 0) return { resetType };
  const powerDownTime = reader.u8("powerDownTime");
  reader.end();
  return { resetType, powerDownTime };
}
