import { concatBytes } from "../../core/mod.ts";
import { encodeMemoryLocation, type MemoryLocation } from "../memory_location.ts";
import { assertUint, readRequest, readResponse, requestOf, responseOf } from "./_message.ts";

/** Asks a server to take, or to give, a memory area block by block. */
export interface TransferRequest extends MemoryLocation {
  /** High nibble compression, low nibble encryption; 0x00 neither. */
  readonly dataFormatIdentifier: number;
}

/** A server is ready for the first TransferData. */
export interface TransferRequestResponse {
  /**
   * Longest TransferData message in bytes, service identifier and counter included; `undefined`
   * where a server leaves it out.
   */
  readonly maxNumberOfBlockLength: number | undefined;
  /** How many bytes it takes on the wire, 1..8; 0 where it is left out. */
  readonly maxNumberOfBlockLengthSizeBytes: number;
}

/** `[SID, dataFormatIdentifier, addressAndLengthFormatIdentifier, address, size]`. */
export function encodeTransferRequest(sid: number, request: TransferRequest): Uint8Array {
  return requestOf(sid, request.dataFormatIdentifier, encodeMemoryLocation(request));
}

/** Decodes what {@linkcode encodeTransferRequest} encodes. */
export function decodeTransferRequest(sid: number, bytes: Uint8Array): TransferRequest {
  const reader = readRequest(sid, bytes);
  const dataFormatIdentifier = reader.u8("dataFormatIdentifier");
  const location = reader.memoryLocation();
  reader.end();
  return { dataFormatIdentifier, ...location };
}

/** `[SID + 0x40, lengthFormatIdentifier, maxNumberOfBlockLength (big-endian)]`. */
export function encodeTransferRequestResponse(
  sid: number,
  response: TransferRequestResponse,
): Uint8Array {
  const { maxNumberOfBlockLength, maxNumberOfBlockLengthSizeBytes: sizeBytes } = response;
  assertUint("size of maxNumberOfBlockLength", sizeBytes, 8);
  if ((maxNumberOfBlockLength === undefined) !== (sizeBytes === 0)) {
    throw new RangeError("Cannot encode maxNumberOfBlockLength: its value and size disagree");
  }
  return responseOf(sid, sizeBytes * 16, wideUintToBytes(maxNumberOfBlockLength ?? 0, sizeBytes));
}

/**
 * Decodes what {@linkcode encodeTransferRequestResponse} encodes. Servers leave the value out in
 * two ways: nothing behind the SID, or a length format of 0.
 */
export function decodeTransferRequestResponse(
  sid: number,
  bytes: Uint8Array,
): TransferRequestResponse {
  const reader = readResponse(sid, bytes);
  const sizeBytes = reader.leftBytes === 0 ? 0 : reader.u8("lengthFormatIdentifier") >> 4;
  if (sizeBytes > 8) throw reader.fail(`maxNumberOfBlockLength of ${sizeBytes} bytes`);
  const field = reader.bytes("maxNumberOfBlockLength", sizeBytes);
  reader.end();
  return {
    maxNumberOfBlockLength: sizeBytes === 0 ? undefined : bytesToWideUint(field),
    maxNumberOfBlockLengthSizeBytes: sizeBytes,
  };
}

/** Beyond 2^53 the value is rounded, which no limit on a block minds. */
function bytesToWideUint(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

function wideUintToBytes(value: number, sizeBytes: number): Uint8Array {
  assertUint("maxNumberOfBlockLength", value, Math.min(2 ** (8 * sizeBytes), 2 ** 53) - 1);
  const bytes: Uint8Array[] = [];
  let rest = value;
  for (let i = 0; i < sizeBytes; i++) {
    bytes.unshift(Uint8Array.of(rest % 256));
    rest = Math.floor(rest / 256);
  }
  return concatBytes(bytes);
}
