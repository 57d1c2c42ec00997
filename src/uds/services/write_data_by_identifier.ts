import { uintToBytesBe } from "../../core/mod.ts";
import { SERVICE_ID } from "../service_id.ts";
import { readRequest, readResponse, requestOf, responseOf } from "./_message.ts";
import type { DataRecord } from "./read_data_by_identifier.ts";

const SID = SERVICE_ID.writeDataByIdentifier;

/** Asks a server to keep one data record: at least one byte. */
export type WriteDataByIdentifierRequest = DataRecord;

/** The record was written. */
export interface WriteDataByIdentifierResponse {
  /** Its identifier. */
  readonly dataIdentifier: number;
}

/**
 * Encodes `[0x2E, dataIdentifier (2), dataRecord]`.
 *
 * Source: ISO 14229-1:2020, "WriteDataByIdentifier (0x2E) service".
 *
 * @param request The record.
 * @returns 4 bytes and up.
 * @throws {RangeError} If the identifier does not fit 2 bytes, or the record is empty.
 */
export function encodeWriteDataByIdentifierRequest(
  request: WriteDataByIdentifierRequest,
): Uint8Array {
  if (request.data.length === 0) throw new RangeError("Cannot write an empty record");
  return requestOf(SID, uintToBytesBe(request.dataIdentifier, 2), request.data);
}

/**
 * Decodes `[0x2E, dataIdentifier (2), dataRecord]`.
 *
 * @param bytes What a server received.
 * @returns The record.
 * @throws {UdsRequestFormatError} If the bytes are another shape.
 */
export function decodeWriteDataByIdentifierRequest(
  bytes: Uint8Array,
): WriteDataByIdentifierRequest {
  const reader = readRequest(SID, bytes);
  const dataIdentifier = reader.uint("dataIdentifier", 2);
  if (reader.leftBytes === 0) throw reader.fail("its dataRecord is empty");
  return { dataIdentifier, data: reader.rest() };
}

/**
 * Encodes `[0x6E, dataIdentifier (2)]`.
 *
 * @param response Which record.
 * @returns 3 bytes.
 * @throws {RangeError} If the identifier does not fit 2 bytes.
 */
export function encodeWriteDataByIdentifierResponse(
  response: WriteDataByIdentifierResponse,
): Uint8Array {
  return responseOf(SID, uintToBytesBe(response.dataIdentifier, 2));
}

/**
 * Decodes `[0x6E, dataIdentifier (2)]`.
 *
 * @param bytes What a client received.
 * @returns Which record.
 * @throws {UdsProtocolError} If the bytes are another shape.
 */
export function decodeWriteDataByIdentifierResponse(
  bytes: Uint8Array,
): WriteDataByIdentifierResponse {
  const reader = readResponse(SID, bytes);
  const dataIdentifier = reader.uint("dataIdentifier", 2);
  reader.end();
  return { dataIdentifier };
}
