import { uintToBytesBe } from "../../core/mod.ts";
import { SERVICE_ID } from "../service_id.ts";
import { readRequest, readResponse, requestOf, responseOf } from "./_message.ts";

const SID = SERVICE_ID.clearDiagnosticInformation;

/** groupOfDTC that means all groups. */
export const ALL_DTC_GROUPS = 0xFFFFFF;

/** Asks a server to forget its trouble codes. */
export interface ClearDiagnosticInformationRequest {
  /** Which trouble codes, 3 bytes; 0xFFFFFF all of them. */
  readonly groupOfDtc: number;
  /** Which user-defined DTC memory; absent for the ordinary one. */
  readonly memorySelection?: number;
}

/**
 * Encodes `[0x14, groupOfDTC (3), (MemorySelection)]`.
 *
 * Source: ISO 14229-1:2020, "ClearDiagnosticInformation (0x14) service".
 *
 * @param request Which trouble codes.
 * @returns 4 or 5 bytes.
 * @throws {RangeError} If a number does not fit.
 */
export function encodeClearDiagnosticInformationRequest(
  request: ClearDiagnosticInformationRequest,
): Uint8Array {
  const { groupOfDtc, memorySelection } = request;
  const selection = memorySelection === undefined ? [] : [memorySelection];
  return requestOf(SID, uintToBytesBe(groupOfDtc, 3), ...selection);
}

/**
 * Decodes `[0x14, groupOfDTC (3), (MemorySelection)]`.
 *
 * @param bytes What a server received.
 * @returns Which trouble codes.
 * @throws {UdsRequestFormatError} If the bytes are another shape.
 */
export function decodeClearDiagnosticInformationRequest(
  bytes: Uint8Array,
): ClearDiagnosticInformationRequest {
  const reader = readRequest(SID, bytes);
  const groupOfDtc = reader.uint("groupOfDTC", 3);
  if (reader.leftBytes === 0) return { groupOfDtc };
  const memorySelection = reader.u8("MemorySelection");
  reader.end();
  return { groupOfDtc, memorySelection };
}

/**
 * Encodes `[0x54]`.
 *
 * @returns 1 byte.
 */
export function encodeClearDiagnosticInformationResponse(): Uint8Array {
  return responseOf(SID);
}

/**
 * Checks that a response is `[0x54]`.
 *
 * @param bytes What a client received.
 * @throws {UdsProtocolError} If the bytes are another shape.
 */
export function decodeClearDiagnosticInformationResponse(bytes: Uint8Array): void {
  readResponse(SID, bytes).end();
}
