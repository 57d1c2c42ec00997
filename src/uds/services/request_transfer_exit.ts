import { SERVICE_ID } from "../service_id.ts";
import { readRequest, readResponse, requestOf, responseOf } from "./_message.ts";

const SID = SERVICE_ID.requestTransferExit;

/** Ends a download or upload. */
export interface RequestTransferExitRequest {
  /** What the server is told, for example a checksum; often empty. */
  readonly transferRequestParameterRecord: Uint8Array;
}

/** The transfer has ended. */
export interface RequestTransferExitResponse {
  /** What the server gives back, for example a checksum; often empty. */
  readonly transferResponseParameterRecord: Uint8Array;
}

/**
 * Encodes `[0x37, transferRequestParameterRecord]`.
 *
 * Source: ISO 14229-1:2020, "RequestTransferExit (0x37) service".
 *
 * @param request What the server is told.
 * @returns 1 byte and up.
 */
export function encodeRequestTransferExitRequest(
  request: RequestTransferExitRequest,
): Uint8Array {
  return requestOf(SID, request.transferRequestParameterRecord);
}

/**
 * Decodes `[0x37, transferRequestParameterRecord]`.
 *
 * @param bytes What a server received.
 * @returns What it is told.
 * @throws {UdsRequestFormatError} If the bytes are another service's.
 */
export function decodeRequestTransferExitRequest(bytes: Uint8Array): RequestTransferExitRequest {
  return { transferRequestParameterRecord: readRequest(SID, bytes).rest() };
}

/**
 * Encodes `[0x77, transferResponseParameterRecord]`.
 *
 * @param response What the server gives back.
 * @returns 1 byte and up.
 */
export function encodeRequestTransferExitResponse(
  response: RequestTransferExitResponse,
): Uint8Array {
  return responseOf(SID, response.transferResponseParameterRecord);
}

/**
 * Decodes `[0x77, transferResponseParameterRecord]`.
 *
 * @param bytes What a client received.
 * @returns What the server gives back.
 * @throws {UdsProtocolError} If the bytes are another service's.
 */
export function decodeRequestTransferExitResponse(
  bytes: Uint8Array,
): RequestTransferExitResponse {
  return { transferResponseParameterRecord: readResponse(SID, bytes).rest() };
}
