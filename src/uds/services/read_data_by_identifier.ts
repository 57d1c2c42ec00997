import { uintToBytesBe } from "../../core/mod.ts";
import { SERVICE_ID } from "../service_id.ts";
import { readRequest, readResponse, requestOf, responseOf } from "./_message.ts";

const SID = SERVICE_ID.readDataByIdentifier;

/** Asks for data records. */
export interface ReadDataByIdentifierRequest {
  /** Which: at least one, 2 bytes each. */
  readonly dataIdentifiers: readonly number[];
}

/** One data record. */
export interface DataRecord {
  /** Its identifier (DID), 2 bytes. */
  readonly dataIdentifier: number;
  /** Its bytes. */
  readonly data: Uint8Array;
}

/** The data records that were asked for. */
export interface ReadDataByIdentifierResponse {
  /** In the order of the response. */
  readonly records: readonly DataRecord[];
}

/**
 * Encodes `[0x22, dataIdentifier (2), ...]`.
 *
 * Source: ISO 14229-1:2020, "ReadDataByIdentifier (0x22) service".
 *
 * @param request Which records.
 * @returns 3 bytes and up.
 * @throws {RangeError} If none is asked for, or an identifier does not fit 2 bytes.
 */
export function encodeReadDataByIdentifierRequest(
  request: ReadDataByIdentifierRequest,
): Uint8Array {
  if (request.dataIdentifiers.length === 0) throw new RangeError("Cannot ask for no record");
  return requestOf(SID, ...request.dataIdentifiers.map((did) => uintToBytesBe(did, 2)));
}

/**
 * Decodes `[0x22, dataIdentifier (2), ...]`.
 *
 * @param bytes What a server received.
 * @returns Which records.
 * @throws {UdsRequestFormatError} If the bytes are another shape.
 */
export function decodeReadDataByIdentifierRequest(
  bytes: Uint8Array,
): ReadDataByIdentifierRequest {
  const reader = readRequest(SID, bytes);
  const dataIdentifiers = [reader.uint("dataIdentifier", 2)];
  while (reader.leftBytes > 0) dataIdentifiers.push(reader.uint("dataIdentifier", 2));
  return { dataIdentifiers };
}

/**
 * Encodes `[0x62, dataIdentifier (2), dataRecord, ...]`.
 *
 * @param response The records.
 * @returns Their bytes.
 * @throws {RangeError} If an identifier does not fit 2 bytes.
 */
export function encodeReadDataByIdentifierResponse(
  response: ReadDataByIdentifierResponse,
): Uint8Array {
  const parts = response.records.flatMap(({ dataIdentifier, data }) => [
    uintToBytesBe(dataIdentifier, 2),
    data,
  ]);
  return responseOf(SID, ...parts);
}

/**
 * Decodes `[0x62, dataIdentifier (2), dataRecord, ...]`.
 *
 * The bytes do not tell where a record ends: one whose length is not known takes all that is left.
 *
 * @param bytes What a client received.
 * @param lengthBytesOf Lengths of the records whose length is known; without it there is one record.
 * @returns The records.
 * @throws {UdsProtocolError} If the bytes are another shape.
 *
 * @example Two records, the first of 2 bytes
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { decodeReadDataByIdentifierResponse } from "./read_data_by_identifier.ts";
 *
 * const { records } = decodeReadDataByIdentifierResponse(
 *   Uint8Array.of(0x62, 0xF1, 0x91, 0x12, 0x34, 0xF1, 0x89, 0x41),
 *   (dataIdentifier) => (dataIdentifier === 0xF191 ? 2 : undefined),
 * );
 * deepStrictEqual(records.map((record) => record.dataIdentifier), [0xF191, 0xF189]);
 * ```
 */
export function decodeReadDataByIdentifierResponse(
  bytes: Uint8Array,
  lengthBytesOf: (dataIdentifier: number) => number | undefined = () => undefined,
): ReadDataByIdentifierResponse {
  const reader = readResponse(SID, bytes);
  const records: DataRecord[] = [];
  do {
    const dataIdentifier = reader.uint("dataIdentifier", 2);
    const lengthBytes = lengthBytesOf(dataIdentifier) ?? reader.leftBytes;
    records.push({ dataIdentifier, data: reader.bytes("dataRecord", lengthBytes) });
  } while (reader.leftBytes > 0);
  return { records };
}
