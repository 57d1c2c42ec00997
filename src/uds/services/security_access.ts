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

const SID = SERVICE_ID.securityAccess;

/** Asks for a seed, or sends the key that belongs to it. */
export type SecurityAccessRequest =
  & SubFunctionRequest
  & (
    | {
      /** Asks for a seed. */
      readonly kind: "requestSeed";
      /** Security level: the odd sub-function of requestSeed, 0x01..0x7D. */
      readonly level: number;
      /** What the server is told beside it; often empty. */
      readonly securityAccessDataRecord: Uint8Array;
    }
    | {
      /** Sends the key. */
      readonly kind: "sendKey";
      /** The level whose seed was answered; the sub-function on the wire is one more. */
      readonly level: number;
      /** What the key source made of the seed. */
      readonly securityKey: Uint8Array;
    }
  );

/** A seed, or the word that the key was right. */
export type SecurityAccessResponse =
  | {
    /** A seed to answer. */
    readonly kind: "seed";
    /** Security level. */
    readonly level: number;
    /** All zero: the level is unlocked already. */
    readonly securitySeed: Uint8Array;
  }
  | {
    /** The key was right. */
    readonly kind: "unlocked";
    /** Security level. */
    readonly level: number;
  };

/**
 * Encodes `[0x27, level, securityAccessDataRecord]` or `[0x27, level + 1, securityKey]`.
 *
 * Source: ISO 14229-1:2020, "SecurityAccess (0x27) service".
 *
 * @param request The request.
 * @returns 2 bytes and up.
 * @throws {RangeError} If the level is not odd, or outside 0x01..0x7D.
 */
export function encodeSecurityAccessRequest(request: SecurityAccessRequest): Uint8Array {
  assertLevel(request.level);
  return request.kind === "requestSeed"
    ? requestOf(SID, subFunctionByte(request.level, request), request.securityAccessDataRecord)
    : requestOf(SID, subFunctionByte(request.level + 1, request), request.securityKey);
}

/**
 * Decodes `[0x27, level, securityAccessDataRecord]` or `[0x27, level + 1, securityKey]`.
 *
 * @param bytes What a server received.
 * @returns The request.
 * @throws {UdsRequestFormatError} If the bytes are another shape; NRC 0x12 for a reserved level.
 */
export function decodeSecurityAccessRequest(bytes: Uint8Array): SecurityAccessRequest {
  const reader = readRequest(SID, bytes);
  const { subFunction, suppressPositiveResponse } = readSubFunction(reader, "securityAccessType");
  if (subFunction === 0 || subFunction === 0x7F) {
    throw reader.fail(
      `securityAccessType ${hex(subFunction, 2)} is reserved`,
      NRC.subFunctionNotSupported,
    );
  }
  const data = reader.rest();
  if (subFunction % 2 === 1) {
    return {
      kind: "requestSeed",
      level: subFunction,
      securityAccessDataRecord: data,
      suppressPositiveResponse,
    };
  }
  if (data.length === 0) throw reader.fail("it ends before securityKey does");
  return { kind: "sendKey", level: subFunction - 1, securityKey: data, suppressPositiveResponse };
}

/**
 * Encodes `[0x67, level, securitySeed]` or `[0x67, level + 1]`.
 *
 * @param response The response.
 * @returns 2 bytes and up.
 * @throws {RangeError} If the level is not odd, or outside 0x01..0x7D.
 */
export function encodeSecurityAccessResponse(response: SecurityAccessResponse): Uint8Array {
  assertLevel(response.level);
  return response.kind === "seed"
    ? responseOf(SID, response.level, response.securitySeed)
    : responseOf(SID, response.level + 1);
}

/**
 * Decodes `[0x67, level, securitySeed]` or `[0x67, level + 1]`.
 *
 * @param bytes What a client received.
 * @returns The response.
 * @throws {UdsProtocolError} If the bytes are another shape.
 */
export function decodeSecurityAccessResponse(bytes: Uint8Array): SecurityAccessResponse {
  const reader = readResponse(SID, bytes);
  const subFunction = reader.u8("securityAccessType");
  if (subFunction === 0 || subFunction > 0x7E) {
    throw reader.fail(`securityAccessType ${hex(subFunction, 2)} is reserved`);
  }
  if (subFunction % 2 === 1) {
    return { kind: "seed", level: subFunction, securitySeed: reader.rest() };
  }
  reader.end();
  return { kind: "unlocked", level: subFunction - 1 };
}

function assertLevel(level: number): void {
  if (!Number.isInteger(level) || level < 1 || level > 0x7D || level % 2 === 0) {
    throw new RangeError(`Cannot use security level ${level}: not an odd number in 0x01..0x7D`);
  }
}
