import {
  decodeDiagnosticSessionControlResponse,
  type SessionTiming,
} from "./services/diagnostic_session_control.ts";
import { POSITIVE_RESPONSE_OFFSET, SERVICE_ID } from "./service_id.ts";
import { UdsProtocolError } from "./errors.ts";

/** How long a client waits. */
export interface ClientTiming {
  /** P2 client: from the request's last frame to the response's first, in ms. */
  readonly p2Ms: number;
  /** P2* client: from a 0x78 to the first frame of the next response, in ms. */
  readonly p2StarMs: number;
  /**
   * Whether P2 and P2* become what the server states in its response to DiagnosticSessionControl.
   * A stated 0 says nothing and is passed over.
   */
  readonly adoptServerTiming: boolean;
  /**
   * A P2 that a server states is taken for this at least, in ms: gateways and busy machines are on
   * the way, of which it knows nothing.
   */
  readonly p2ServerMsMin: number;
  /** A P2* that a server states is taken for this at least, in ms: what a profile asks for holds. */
  readonly p2StarServerMsMin: number;
  /** What is added to times that a server states, for the way there and back, in ms. */
  readonly p2MarginMs: number;
}

/**
 * Timing to begin with: the response times that the standard recommends for a server on CAN
 * (P2Server_max 50 ms, P2*Server_max 5000 ms), and as much again as P2 for the way.
 *
 * Source: ISO 14229-2:2013, "Session layer timing parameters".
 */
export const DEFAULT_CLIENT_TIMING: ClientTiming = {
  p2Ms: 100,
  p2StarMs: 5050,
  adoptServerTiming: true,
  p2ServerMsMin: 0,
  p2StarServerMsMin: 0,
  p2MarginMs: 50,
};

/** P2 and P2* that hold for the next request. */
export type ResponseTimes = Pick<ClientTiming, "p2Ms" | "p2StarMs">;

/**
 * What a positive response means for the timing: that of DiagnosticSessionControl states it, that
 * of ECUReset ends what was stated.
 *
 * @param present The times that hold.
 * @param response A positive response.
 * @param timing The client's options.
 * @returns The times that hold from now on.
 */
export function timesAfterResponse(
  present: ResponseTimes,
  response: Uint8Array,
  timing: ClientTiming,
): ResponseTimes {
  if (!timing.adoptServerTiming) return present;
  if (response[0] === SERVICE_ID.ecuReset + POSITIVE_RESPONSE_OFFSET) return timing;
  const stated = statedTiming(response);
  if (stated === undefined) return present;
  const { p2ServerMaxMs, p2StarServerMaxMs } = stated;
  return {
    p2Ms: p2ServerMaxMs > 0
      ? Math.max(p2ServerMaxMs, timing.p2ServerMsMin) + timing.p2MarginMs
      : present.p2Ms,
    p2StarMs: p2StarServerMaxMs > 0
      ? Math.max(p2StarServerMaxMs, timing.p2StarServerMsMin) + timing.p2MarginMs
      : present.p2StarMs,
  };
}

function statedTiming(response: Uint8Array): SessionTiming | undefined {
  if (response[0] !== SERVICE_ID.diagnosticSessionControl + POSITIVE_RESPONSE_OFFSET) {
    return undefined;
  }
  try {
    return decodeDiagnosticSessionControlResponse(response).timing;
  } catch (error) {
    // The session was changed all the same: a record of another length states nothing.
    if (error instanceof UdsProtocolError) return undefined;
    throw error;
  }
}
