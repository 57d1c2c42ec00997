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

const SID = SERVICE_ID.routineControl;

/**
 * What is asked of a routine.
 *
 * Source: ISO 14229-1:2020, RoutineControl, "routineControlType".
 */
export const ROUTINE_CONTROL_TYPE = {
  startRoutine: 0x01,
  stopRoutine: 0x02,
  requestRoutineResults: 0x03,
} as const;

/**
 * Routines that flash sequences use.
 *
 * Source: ISO 14229-1:2020, Annex F, "Routine functional unit data-parameter definitions", for
 * eraseMemory and checkProgrammingDependencies; 0x0202 is the use of many manufacturers.
 */
export const ROUTINE_ID = {
  checkMemory: 0x0202,
  eraseMemory: 0xFF00,
  checkProgrammingDependencies: 0xFF01,
} as const;

/** Starts a routine, stops it, or asks for its result. */
export interface RoutineControlRequest extends SubFunctionRequest {
  /** What is asked, 0x00..0x7F. */
  readonly routineControlType: number;
  /** Which routine, 2 bytes. */
  readonly routineIdentifier: number;
  /** What the routine is told; may be empty. */
  readonly routineControlOptionRecord: Uint8Array;
}

/** What a routine answers. */
export interface RoutineControlResponse {
  /** What was asked. */
  readonly routineControlType: number;
  /** Which routine. */
  readonly routineIdentifier: number;
  /** routineInfo and routineStatusRecord as they came; may be empty. */
  readonly routineStatusRecord: Uint8Array;
}

/**
 * Encodes `[0x31, routineControlType, routineIdentifier (2), routineControlOptionRecord]`.
 *
 * Source: ISO 14229-1:2020, "RoutineControl (0x31) service".
 *
 * @param request What is asked of which routine.
 * @returns 4 bytes and up.
 * @throws {RangeError} If a number does not fit.
 */
export function encodeRoutineControlRequest(request: RoutineControlRequest): Uint8Array {
  return requestOf(
    SID,
    subFunctionByte(request.routineControlType, request),
    uintToBytesBe(request.routineIdentifier, 2),
    request.routineControlOptionRecord,
  );
}

/**
 * Decodes `[0x31, routineControlType, routineIdentifier (2), routineControlOptionRecord]`.
 *
 * @param bytes What a server received.
 * @returns What is asked of which routine.
 * @throws {UdsRequestFormatError} If the bytes are another shape.
 */
export function decodeRoutineControlRequest(bytes: Uint8Array): RoutineControlRequest {
  const reader = readRequest(SID, bytes);
  const { subFunction, suppressPositiveResponse } = readSubFunction(reader, "routineControlType");
  return {
    routineControlType: subFunction,
    routineIdentifier: reader.uint("routineIdentifier", 2),
    routineControlOptionRecord: reader.rest(),
    suppressPositiveResponse,
  };
}

/**
 * Encodes `[0x71, routineControlType, routineIdentifier (2), routineStatusRecord]`.
 *
 * @param response What the routine answers.
 * @returns 4 bytes and up.
 * @throws {RangeError} If a number does not fit.
 */
export function encodeRoutineControlResponse(response: RoutineControlResponse): Uint8Array {
  return responseOf(
    SID,
    response.routineControlType,
    uintToBytesBe(response.routineIdentifier, 2),
    response.routineStatusRecord,
  );
}

/**
 * Decodes `[0x71, routineControlType, routineIdentifier (2), routineStatusRecord]`.
 *
 * @param bytes What a client received.
 * @returns What the routine answers.
 * @throws {UdsProtocolError} If the bytes are another shape.
 */
export function decodeRoutineControlResponse(bytes: Uint8Array): RoutineControlResponse {
  const reader = readResponse(SID, bytes);
  return {
    routineControlType: reader.u8("routineControlType"),
    routineIdentifier: reader.uint("routineIdentifier", 2),
    routineStatusRecord: reader.rest(),
  };
}
