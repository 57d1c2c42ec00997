import { NEGATIVE_RESPONSE_SID } from "./service_id.ts";

/** A negative response: `[0x7F, SID, negativeResponseCode]`. */
export interface NegativeResponse {
  /** The request's service identifier. */
  readonly sid: number;
  /** The negative response code; `nrcName` tells its name. */
  readonly nrc: number;
}

/**
 * Encodes a negative response: `[0x7F, SID, negativeResponseCode]`.
 *
 * Source: ISO 14229-1:2020, "Negative response message".
 *
 * @param response Service identifier of the request, and the code.
 * @returns 3 bytes.
 */
export function encodeNegativeResponse(response: NegativeResponse): Uint8Array {
  return Uint8Array.of(NEGATIVE_RESPONSE_SID, response.sid, response.nrc);
}

/**
 * Reads a negative response.
 *
 * @param response Any response.
 * @returns `undefined` when it is none: another first byte, or not 3 bytes long.
 */
export function decodeNegativeResponse(response: Uint8Array): NegativeResponse | undefined {
  if (response.length !== 3 || response[0] !== NEGATIVE_RESPONSE_SID) return undefined;
  return { sid: response[1]!, nrc: response[2]! };
}
