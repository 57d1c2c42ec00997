import { UdsRequestFormatError } from "./errors.ts";
import { encodeNegativeResponse } from "./negative_response.ts";
import { NRC } from "./negative_response_code.ts";
import { suppressesPositiveResponse } from "./service_id.ts";

/** What a server knows of itself, and of how a request reached it. */
export interface ServerContext {
  /** Whether the request came on the server's own identifier or on everybody's. */
  readonly addressing: "physical" | "functional";
  /** diagnosticSessionType of the active session. */
  readonly session: number;
  /** Security level that is unlocked: the odd sub-function of its requestSeed; 0 none. */
  readonly securityLevel: number;
}

/** Where something is allowed. */
export interface AccessRule {
  /** Sessions in which it is; absent: in each. */
  readonly sessions?: readonly number[];
  /** Security levels of which one must be unlocked; absent: none is needed. */
  readonly securityLevels?: readonly number[];
}

/** One sub-function of a service. */
export interface SubFunctionRule<C extends ServerContext = ServerContext> extends AccessRule {
  /** Whether it may come now: else 0x24; it always may by default. */
  readonly isInSequence?: (context: C) => boolean;
  /** Shortest request with it in bytes, service identifier included; the service's by default. */
  readonly lengthBytesMin?: number;
  /** Longest request with it in bytes; none by default. */
  readonly lengthBytesMax?: number;
}

/** One service of a server. */
export interface ServerService<C extends ServerContext = ServerContext> extends AccessRule {
  /** Its service identifier. */
  readonly sid: number;
  /**
   * Shortest request in bytes, with the service identifier and, where it has them, the sub-function;
   * 1 or 2 by default.
   */
  readonly lengthBytesMin?: number;
  /** Its sub-functions, for services that have them: any other gets 0x12. */
  readonly subFunctions?: ReadonlyMap<number, SubFunctionRule<C>>;
  /** Does the work of a request that passed all checks. */
  readonly handle: ServiceHandler<C>;
}

/**
 * Does a service's work. It may throw {@linkcode UdsRequestFormatError}, as all request decoders do:
 * that becomes the negative response it names.
 *
 * @param request The whole request.
 * @param context As given to {@linkcode dispatch}.
 * @returns What comes of it.
 */
export type ServiceHandler<C extends ServerContext = ServerContext> = (
  request: Uint8Array,
  context: C,
) => HandlerResult;

/** How a request ends. */
export type FinalResult =
  | {
    readonly type: "positive";
    /** The whole positive response, service identifier included. */
    readonly response: Uint8Array;
  }
  | { readonly type: "negative"; readonly nrc: number };

/** What comes of a request. */
export type HandlerResult =
  /** It is through. */
  | FinalResult
  /** It will be through at a known time; meanwhile 0x78 goes out at the times told. */
  | {
    readonly type: "timed";
    /** When 0x78 is sent, in ms after the request, ascending; may be empty. */
    readonly responsePendingAtMs: readonly number[];
    /** When it is through, in ms after the request. */
    readonly afterMs: number;
    /** How it ends. */
    readonly result: FinalResult;
  }
  /** It goes on: the server itself sends {@linkcode encodeResponsePending} and {@linkcode finalResponse}. */
  | { readonly type: "later" }
  /** Nothing is answered, whatever the standard says: a bent server. */
  | { readonly type: "silence" };

/** A response and when it is sent. */
export interface TimedResponse {
  /** In ms after the request. */
  readonly afterMs: number;
  /** The response's bytes. */
  readonly response: Uint8Array;
}

/** What a server does about a request. */
export type ServerReply =
  /** It sends these, in order; none when the response is suppressed. */
  | { readonly type: "responses"; readonly responses: readonly TimedResponse[] }
  /** Its handler goes on working. */
  | { readonly type: "later" };

/** Negative responses that are left out when the request was for everybody. */
const SUPPRESSED_WHEN_FUNCTIONAL: ReadonlySet<number> = new Set([
  NRC.serviceNotSupported,
  NRC.subFunctionNotSupported,
  NRC.requestOutOfRange,
  NRC.subFunctionNotSupportedInActiveSession,
  NRC.serviceNotSupportedInActiveSession,
]);

/**
 * What a server does about one request: checks in the order of the standard, the service's handler,
 * and the rules by which a response is left out. Pure but for what the handler does.
 *
 * The order of checks, each with what it answers:
 *
 * | | check | NRC |
 * |---|---|---|
 * | 1 | the service is known | 0x11 |
 * | 2 | the active session has it | 0x7F |
 * | 3 | it is unlocked | 0x33 |
 * | 4 | the request has the service's least length | 0x13 |
 * | 5 | the sub-function is known | 0x12 |
 * | 6 | the active session has it | 0x7E |
 * | 7 | it is unlocked | 0x33 |
 * | 8 | it is in sequence | 0x24 |
 * | 9 | the request has a length that this sub-function has | 0x13 |
 * | 10 | the service's own: its handler | |
 *
 * RoutineControl has its sub-functions judged by its handler: what they are depends on the routine.
 *
 * Source: ISO 14229-1:2020, 8.7.2 "General server response behaviour" (1 to 3) and 8.7.3.1 "General
 * server response behaviour for request messages with SubFunction parameter" (4 to 8), 10 to 15 "NRC
 * evaluation sequence" of each service (9 and 10).
 *
 * @param services The server's services by service identifier.
 * @param request What came: 1 byte and up. An empty message is passed over.
 * @param context Session, security and addressing.
 * @returns What is sent.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { dispatch } from "./server.ts";
 *
 * const context = { addressing: "physical", session: 1, securityLevel: 0 } as const;
 * deepStrictEqual(dispatch(new Map(), Uint8Array.of(0x22, 0xF1, 0x90), context), {
 *   type: "responses",
 *   responses: [{ afterMs: 0, response: Uint8Array.of(0x7F, 0x22, 0x11) }],
 * });
 * ```
 */
export function dispatch<C extends ServerContext>(
  services: ReadonlyMap<number, ServerService<C>>,
  request: Uint8Array,
  context: C,
): ServerReply {
  if (request.length === 0) return { type: "responses", responses: [] };
  const result = serve(services.get(request[0]!), request, context);
  switch (result.type) {
    case "later":
      return result;
    case "silence":
      return { type: "responses", responses: [] };
    case "timed":
      return { type: "responses", responses: timedResponses(request, context, result) };
    default: {
      const response = finalResponse(request, result, {
        addressing: context.addressing,
        responsePendingSent: false,
      });
      const responses = response === undefined ? [] : [{ afterMs: 0, response }];
      return { type: "responses", responses };
    }
  }
}

/**
 * The last response to a request, if one is sent: the rules of suppressPosRspMsgIndicationBit and of
 * functional addressing. Once a 0x78 went out, nothing is suppressed.
 *
 * Source: ISO 14229-1:2020, "Server response implementation rules".
 *
 * @param request The request.
 * @param result How it ended.
 * @param how How the request came, and whether a 0x78 was sent.
 * @returns The response; `undefined` when it is left out.
 */
export function finalResponse(
  request: Uint8Array,
  result: FinalResult,
  how: Pick<ServerContext, "addressing"> & { readonly responsePendingSent: boolean },
): Uint8Array | undefined {
  if (result.type === "positive") {
    const suppressed = suppressesPositiveResponse(request) && !how.responsePendingSent;
    return suppressed ? undefined : result.response;
  }
  const suppressed = how.addressing === "functional" && !how.responsePendingSent &&
    SUPPRESSED_WHEN_FUNCTIONAL.has(result.nrc);
  return suppressed ? undefined : encodeNegativeResponse({ sid: request[0]!, nrc: result.nrc });
}

/**
 * Encodes the response that asks for patience.
 *
 * @param request A request that takes long.
 * @returns `[0x7F, SID, 0x78]`.
 */
export function encodeResponsePending(request: Uint8Array): Uint8Array {
  const nrc = NRC.requestCorrectlyReceivedResponsePending;
  return encodeNegativeResponse({ sid: request[0]!, nrc });
}

function serve<C extends ServerContext>(
  service: ServerService<C> | undefined,
  request: Uint8Array,
  context: C,
): HandlerResult {
  if (service === undefined) return negative(NRC.serviceNotSupported);
  const refusal = refuse(service, request, context);
  if (refusal !== undefined) return negative(refusal);
  try {
    return service.handle(request, context);
  } catch (error) {
    if (error instanceof UdsRequestFormatError) return negative(error.nrc);
    throw error;
  }
}

function refuse<C extends ServerContext>(
  service: ServerService<C>,
  request: Uint8Array,
  context: C,
): number | undefined {
  if (!isInSession(service, context)) return NRC.serviceNotSupportedInActiveSession;
  if (!isUnlocked(service, context)) return NRC.securityAccessDenied;
  const { subFunctions } = service;
  const lengthBytesMin = Math.max(service.lengthBytesMin ?? 1, subFunctions === undefined ? 1 : 2);
  if (request.length < lengthBytesMin) return NRC.incorrectMessageLengthOrInvalidFormat;
  if (subFunctions === undefined) return undefined;
  return refuseSubFunction(subFunctions.get(request[1]! & 0x7F), request, context);
}

function refuseSubFunction<C extends ServerContext>(
  rule: SubFunctionRule<C> | undefined,
  request: Uint8Array,
  context: C,
): number | undefined {
  if (rule === undefined) return NRC.subFunctionNotSupported;
  if (!isInSession(rule, context)) return NRC.subFunctionNotSupportedInActiveSession;
  if (!isUnlocked(rule, context)) return NRC.securityAccessDenied;
  if (rule.isInSequence?.(context) === false) return NRC.requestSequenceError;
  const { lengthBytesMin = 0, lengthBytesMax = Infinity } = rule;
  const hasLength = request.length >= lengthBytesMin && request.length <= lengthBytesMax;
  return hasLength ? undefined : NRC.incorrectMessageLengthOrInvalidFormat;
}

function isInSession(rule: AccessRule, context: ServerContext): boolean {
  return rule.sessions === undefined || rule.sessions.includes(context.session);
}

function isUnlocked(rule: AccessRule, context: ServerContext): boolean {
  return rule.securityLevels === undefined ||
    rule.securityLevels.includes(context.securityLevel);
}

function timedResponses(
  request: Uint8Array,
  context: ServerContext,
  result: HandlerResult & { readonly type: "timed" },
): readonly TimedResponse[] {
  const responses = result.responsePendingAtMs.map((afterMs) => ({
    afterMs,
    response: encodeResponsePending(request),
  }));
  const response = finalResponse(request, result.result, {
    addressing: context.addressing,
    responsePendingSent: responses.length > 0,
  });
  return response === undefined ? responses : [...responses, { afterMs: result.afterMs, response }];
}

function negative(nrc: number): FinalResult {
  return { type: "negative", nrc };
}
