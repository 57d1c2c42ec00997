import { SERVICE_ID } from "../service_id.ts";
import {
  decodeTransferRequest,
  decodeTransferRequestResponse,
  encodeTransferRequest,
  encodeTransferRequestResponse,
  type TransferRequest,
  type TransferRequestResponse,
} from "./_transfer_request.ts";

const SID = SERVICE_ID.requestDownload;

/** Asks a server to take a memory area block by block. */
export type RequestDownloadRequest = TransferRequest;

/** The server is ready for the first TransferData, and says how long a block may be. */
export type RequestDownloadResponse = TransferRequestResponse;

/**
 * Encodes `[0x34, dataFormatIdentifier, addressAndLengthFormatIdentifier,
 * memoryAddress (big-endian, n), memorySize (big-endian, m)]`.
 *
 * Source: ISO 14229-1:2020, "RequestDownload (0x34) service".
 *
 * @param request The memory area and how its data is packed.
 * @returns 5..15 bytes.
 * @throws {RangeError} If a number does not fit.
 */
export function encodeRequestDownloadRequest(request: RequestDownloadRequest): Uint8Array {
  return encodeTransferRequest(SID, request);
}

/**
 * Decodes `[0x34, dataFormatIdentifier, addressAndLengthFormatIdentifier,
 * memoryAddress (big-endian, n), memorySize (big-endian, m)]`.
 *
 * @param bytes What a server received.
 * @returns The memory area and how its data is packed.
 * @throws {UdsRequestFormatError} If the bytes are another shape; NRC 0x31 for an
 * addressAndLengthFormatIdentifier that is reserved or wider than 6 bytes.
 */
export function decodeRequestDownloadRequest(bytes: Uint8Array): RequestDownloadRequest {
  return decodeTransferRequest(SID, bytes);
}

/**
 * Encodes `[0x74, lengthFormatIdentifier, maxNumberOfBlockLength (big-endian, n)]`, n in the high
 * nibble of lengthFormatIdentifier.
 *
 * @param response How long a TransferData message may be.
 * @returns 2..10 bytes.
 * @throws {RangeError} If the value does not fit its size.
 */
export function encodeRequestDownloadResponse(response: RequestDownloadResponse): Uint8Array {
  return encodeTransferRequestResponse(SID, response);
}

/**
 * Decodes `[0x74, lengthFormatIdentifier, maxNumberOfBlockLength (big-endian, n)]`.
 *
 * @param bytes What a client received.
 * @returns How long a TransferData message may be; `undefined` where the server leaves it out.
 * @throws {UdsProtocolError} If the bytes are another shape.
 */
export function decodeRequestDownloadResponse(bytes: Uint8Array): RequestDownloadResponse {
  return decodeTransferRequestResponse(SID, bytes);
}
