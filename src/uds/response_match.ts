import { decodeNegativeResponse } from "./negative_response.ts";
import {
  hasSubFunction,
  NEGATIVE_RESPONSE_SID,
  POSITIVE_RESPONSE_OFFSET,
  SERVICE_ID,
  SUPPRESS_POSITIVE_RESPONSE_BIT,
} from "./service_id.ts";

/** How a message relates to a request. */
export type ResponseMatch =
  /** Its positive response. */
  | { readonly kind: "positive" }
  /** Its negative response. */
  | { readonly kind: "negative"; readonly nrc: number }
  /** The answer to another request, often an earlier one that came late. */
  | { readonly kind: "other" }
  /** It should be this request's, but its form is broken. */
  | { readonly kind: "malformed"; readonly state: string };

/** How many bytes behind the service identifier a positive response repeats, without sub-function. */
const ECHO_LENGTH_BYTES: ReadonlyMap<number, number> = new Map([
  [SERVICE_ID.readDataByIdentifier, 2],
  [SERVICE_ID.writeDataByIdentifier, 2],
  [SERVICE_ID.transferData, 1],
  [SERVICE_ID.routineControl, 3],
]);

/**
 * Decides whether a message answers a request: by service identifier, and by what the positive
 * response repeats of the request: sub-function, data identifier (the first), routine identifier,
 * block sequence counter, memory location. So a late answer to an earlier request is told apart. A
 * negative response repeats the service identifier only.
 *
 * @param request The request.
 * @param response What came.
 * @param answerHead What its positive response begins with, of a node that repeats something else.
 * @returns How it relates.
 */
export function matchResponse(
  request: Uint8Array,
  response: Uint8Array,
  answerHead?: Uint8Array,
): ResponseMatch {
  const sid = request[0]!;
  if (response[0] === NEGATIVE_RESPONSE_SID) {
    const negative = decodeNegativeResponse(response);
    if (negative !== undefined) {
      return negative.sid === sid ? { kind: "negative", nrc: negative.nrc } : { kind: "other" };
    }
    return response[1] === undefined || response[1] === sid
      ? { kind: "malformed", state: "a negative response has 3 bytes" }
      : { kind: "other" };
  }
  if (response[0] !== sid + POSITIVE_RESPONSE_OFFSET) return { kind: "other" };
  const echo = answerHead?.subarray(1) ?? echoOf(request);
  if (response.length < 1 + echo.length) {
    return { kind: "malformed", state: "it ends before it tells what it answers" };
  }
  const isEcho = echo.every((byte, i) => response[1 + i] === byte);
  return { kind: isEcho ? "positive" : "other" };
}

/**
 * Makes what the positive response to a request begins with.
 *
 * @param request The request.
 * @returns The response's service identifier, and what it repeats of the request.
 */
export function positiveHead(request: Uint8Array): Uint8Array {
  return Uint8Array.of(request[0]! + POSITIVE_RESPONSE_OFFSET, ...echoOf(request));
}

/** What a positive response must repeat behind its first byte. */
function echoOf(request: Uint8Array): Uint8Array {
  const sid = request[0]!;
  if (sid === SERVICE_ID.writeMemoryByAddress) {
    const format = request[1] ?? 0;
    return request.slice(1, 2 + (format >> 4) + (format & 0x0F));
  }
  const lengthBytes = ECHO_LENGTH_BYTES.get(sid) ?? (hasSubFunction(sid) ? 1 : 0);
  const echo = request.slice(1, 1 + lengthBytes);
  if (hasSubFunction(sid) && echo.length > 0) echo[0]! &= ~SUPPRESS_POSITIVE_RESPONSE_BIT;
  return echo;
}
