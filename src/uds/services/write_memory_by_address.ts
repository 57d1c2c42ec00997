import { encodeMemoryLocation, type MemoryLocation } from "../memory_location.ts";
import { SERVICE_ID } from "../service_id.ts";
import { readRequest, readResponse, requestOf, responseOf } from "./_message.ts";

const SID = SERVICE_ID.writeMemoryByAddress;

/** Asks a server to write bytes at an address: `memorySize` of them. */
export interface WriteMemoryByAddressRequest extends MemoryLocation {
  /** The bytes. */
  readonly data: Uint8Array;
}

/** The bytes were written there. */
export type WriteMemoryByAddressResponse = MemoryLocation;

/**
 * Encodes `[0x3D, addressAndLengthFormatIdentifier, memoryAddress (big-endian, n),
 * memorySize (big-endian, m), dataRecord]`.
 *
 * Source: ISO 14229-1:2020, "WriteMemoryByAddress (0x3D) service".
 *
 * @param request The area and its bytes.
 * @returns 4 bytes and up.
 * @throws {RangeError} If a number does not fit, or `memorySize` is not the number of bytes.
 */
export function encodeWriteMemoryByAddressRequest(
  request: WriteMemoryByAddressRequest,
): Uint8Array {
  if (request.data.length !== request.memorySize) {
    throw new RangeError(
      `Cannot write ${request.data.length} bytes where memorySize is ${request.memorySize}`,
    );
  }
  return requestOf(SID, encodeMemoryLocation(request), request.data);
}

/**
 * Decodes `[0x3D, addressAndLengthFormatIdentifier, memoryAddress (big-endian, n),
 * memorySize (big-endian, m), dataRecord]`.
 *
 * @param bytes What a server received.
 * @returns The area and its bytes.
 * @throws {UdsRequestFormatError} If the bytes are another shape; NRC 0x31 for an
 * addressAndLengthFormatIdentifier that is reserved or wider than 6 bytes.
 */
export function decodeWriteMemoryByAddressRequest(
  bytes: Uint8Array,
): WriteMemoryByAddressRequest {
  const reader = readRequest(SID, bytes);
  const location = reader.memoryLocation();
  const data = reader.bytes("dataRecord", location.memorySize);
  reader.end();
  return { ...location, data };
}

/**
 * Encodes `[0x7D, addressAndLengthFormatIdentifier, memoryAddress, memorySize]`.
 *
 * @param response The area.
 * @returns 4..14 bytes.
 * @throws {RangeError} If a number does not fit.
 */
export function encodeWriteMemoryByAddressResponse(
  response: WriteMemoryByAddressResponse,
): Uint8Array {
  return responseOf(SID, encodeMemoryLocation(response));
}

/**
 * Decodes `[0x7D, addressAndLengthFormatIdentifier, memoryAddress, memorySize]`.
 *
 * @param bytes What a client received.
 * @returns The area.
 * @throws {UdsProtocolError} If the bytes are another shape.
 */
export function decodeWriteMemoryByAddressResponse(
  bytes: Uint8Array,
): WriteMemoryByAddressResponse {
  const reader = readResponse(SID, bytes);
  const location = reader.memoryLocation();
  reader.end();
  return location;
}
