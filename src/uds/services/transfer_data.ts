import { SERVICE_ID } from "../service_id.ts";
import { readRequest, readResponse, requestOf, responseOf } from "./_message.ts";

const SID = SERVICE_ID.transferData;

/** Carries one block to a server (download), or asks for one (upload). */
export interface TransferDataRequest {
  /** 1 for the first block; 0xFF is followed by 0x00. */
  readonly blockSequenceCounter: number;
  /** The block; empty in an upload. */
  readonly transferRequestParameterRecord: Uint8Array;
}

/** A block arrived (download), or is given (upload). */
export interface TransferDataResponse {
  /** The request's counter. */
  readonly blockSequenceCounter: number;
  /** The block in an upload; a status or nothing in a download. */
  readonly transferResponseParameterRecord: Uint8Array;
}

/**
 * Encodes `[0x36, blockSequenceCounter, transferRequestParameterRecord]`.
 *
 * Source: ISO 14229-1:2020, "TransferData (0x36) service".
 *
 * @param request The block.
 * @returns 2 bytes and up.
 * @throws {RangeError} If the counter is no byte.
 */
export function encodeTransferDataRequest(request: TransferDataRequest): Uint8Array {
  return requestOf(SID, request.blockSequenceCounter, request.transferRequestParameterRecord);
}

/**
 * Decodes `[0x36, blockSequenceCounter, transferRequestParameterRecord]`.
 *
 * @param bytes What a server received.
 * @returns The block.
 * @throws {UdsRequestFormatError} If the bytes are another shape.
 */
export function decodeTransferDataRequest(bytes: Uint8Array): TransferDataRequest {
  const reader = readRequest(SID, bytes);
  return {
    blockSequenceCounter: reader.u8("blockSequenceCounter"),
    transferRequestParameterRecord: reader.rest(),
  };
}

/**
 * Encodes `[0x76, blockSequenceCounter, transferResponseParameterRecord]`.
 *
 * @param response The counter, and what the server gives back.
 * @returns 2 bytes and up.
 * @throws {RangeError} If the counter is no byte.
 */
export function encodeTransferDataResponse(response: TransferDataResponse): Uint8Array {
  return responseOf(SID, response.blockSequenceCounter, response.transferResponseParameterRecord);
}

/**
 * Decodes `[0x76, blockSequenceCounter, transferResponseParameterRecord]`.
 *
 * @param bytes What a client received.
 * @returns The counter, and what the server gives back.
 * @throws {UdsProtocolError} If the bytes are another shape.
 */
export function decodeTransferDataResponse(bytes: Uint8Array): TransferDataResponse {
  const reader = readResponse(SID, bytes);
  return {
    blockSequenceCounter: reader.u8("blockSequenceCounter"),
    transferResponseParameterRecord: reader.rest(),
  };
}
