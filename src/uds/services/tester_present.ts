import { hex } from "../../core/mod.ts";
import { NRC } from "../negative_response_code.ts";
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

const SID = SERVICE_ID.testerPresent;

/** zeroSubFunction: the only one. */
const ZERO_SUB_FUNCTION = 0x00;

/** Tells a server that a tester is still there, so that it keeps its session. */
export type TesterPresentRequest = SubFunctionRequest;

/**
 * Encodes `[0x3E, zeroSubFunction]`.
 *
 * Source: ISO 14229-1:2020, "TesterPresent (0x3E) service".
 *
 * @param request Whether a response is wanted.
 * @returns 2 bytes: `3E 00` or `3E 80`.
 */
export function encodeTesterPresentRequest(request: TesterPresentRequest = {}): Uint8Array {
  return requestOf(SID, subFunctionByte(ZERO_SUB_FUNCTION, request));
}

/**
 * Decodes `[0x3E, zeroSubFunction]`.
 *
 * @param bytes What a server received.
 * @returns Whether a response is wanted.
 * @throws {UdsRequestFormatError} If the bytes are another shape; NRC 0x12 for another sub-function.
 */
export function decodeTesterPresentRequest(bytes: Uint8Array): TesterPresentRequest {
  const reader = readRequest(SID, bytes);
  const { subFunction, suppressPositiveResponse } = readSubFunction(reader, "zeroSubFunction");
  if (subFunction !== ZERO_SUB_FUNCTION) {
    throw reader.fail(`no sub-function ${hex(subFunction, 2)}`, NRC.subFunctionNotSupported);
  }
  reader.end();
  return { suppressPositiveResponse };
}

/**
 * Encodes `[0x7E, zeroSubFunction]`.
 *
 * @returns 2 bytes.
 */
export function encodeTesterPresentResponse(): Uint8Array {
  return responseOf(SID, ZERO_SUB_FUNCTION);
}

/**
 * Checks that a response is `[0x7E, zeroSubFunction]`.
 *
 * @param bytes What a client received.
 * @throws {UdsProtocolError} If the bytes are another shape.
 */
export function decodeTesterPresentResponse(bytes: Uint8Array): void {
  const reader = readResponse(SID, bytes);
  if (reader.u8("zeroSubFunction") !== ZERO_SUB_FUNCTION) throw reader.fail("no zeroSubFunction");
  reader.end();
}
