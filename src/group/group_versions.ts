import { concatBytes, uintToBytesBe } from "../core/mod.ts";
import {
  decodeReadDataByIdentifierResponse,
  encodeReadDataByIdentifierRequest,
  encodeReadDataByIdentifierResponse,
} from "../uds/mod.ts";

/** The data identifier by which a node tells which versions of the protocol it speaks. */
export const GROUP_DATA_IDENTIFIER = 0x4752;

/**
 * Encodes `[0x22, 0x47, 0x52]`.
 *
 * Source: docs/group-download.md, "Who takes groups".
 *
 * @returns The request.
 */
export function encodeGroupVersionsRequest(): Uint8Array {
  return encodeReadDataByIdentifierRequest({ dataIdentifiers: [GROUP_DATA_IDENTIFIER] });
}

/**
 * Encodes `[0x62, 0x47, 0x52, version, ...]`.
 *
 * @param versions The versions that a node speaks, ascending.
 * @returns The response.
 */
export function encodeGroupVersions(versions: readonly number[]): Uint8Array {
  const data = concatBytes(versions.map((version) => uintToBytesBe(version, 1)));
  return encodeReadDataByIdentifierResponse({
    records: [{ dataIdentifier: GROUP_DATA_IDENTIFIER, data }],
  });
}

/**
 * Decodes what {@linkcode encodeGroupVersions} encodes.
 *
 * @param response A positive response.
 * @returns The versions; none where it is about another identifier.
 * @throws {MessageFormatError} If it is no such response.
 */
export function decodeGroupVersions(response: Uint8Array): readonly number[] {
  const { records } = decodeReadDataByIdentifierResponse(response);
  const [record] = records;
  return record?.dataIdentifier === GROUP_DATA_IDENTIFIER ? [...record.data] : [];
}
