import type { IsoTpError } from "../isotp/mod.ts";
import { UdsNegativeResponseError, UdsProtocolError, UdsTimeoutError } from "./errors.ts";
import {
  exchangeDueMs,
  type ExchangeEffect,
  type ExchangeInput,
  type ExchangeMoment,
  type ExchangeSpec,
  type ExchangeState,
  type ExchangeStep,
  totalEndMs,
  type UdsEvent,
  waitEndMs,
} from "./exchange_state.ts";
import { NRC } from "./negative_response_code.ts";
import { matchResponse } from "./response_match.ts";
import { suppressesPositiveResponse } from "./service_id.ts";

/** How many messages that outrun the transmit confirmation are kept. */
const EARLY_MAX = 8;

/**
 * One step of one request's life. P2 begins when the last frame was confirmed and ends at the first
 * frame of a response; 0x78 begins P2*; 0x21 has the request sent again after a pause; answers to
 * other requests are passed over.
 *
 * Source: ISO 14229-2:2013, "Client and server timer resources and timing parameters"; ISO
 * 14229-1:2020, Annex A, "Negative response codes".
 *
 * @param spec The request.
 * @param state Where it stands.
 * @param input What happens.
 * @param moment When.
 * @returns Where it stands then, and what is to be done.
 */
export function stepExchange(
  spec: ExchangeSpec,
  state: ExchangeState,
  input: ExchangeInput,
  moment: ExchangeMoment,
): ExchangeStep {
  if (state.phase === "ended") return { state, effects: [] };
  switch (input.type) {
    case "started":
      return stay({ ...state, started: true });
    case "sent":
      return onSent(spec, state, moment);
    case "sendFailed":
      return onSendFailed(spec, state, input.error, moment);
    case "firstFrame":
      if (state.phase !== "waiting") return stay(state);
      return stay({ ...state, phase: "receiving", receivingSinceMs: moment.nowMs });
    case "message":
      return onMessage(spec, state, input.data, moment);
    case "linkError":
      return onLinkError(state, input.error, moment);
    case "due":
      return onDue(spec, state, moment);
  }
}

function onSent(spec: ExchangeSpec, state: ExchangeState, moment: ExchangeMoment): ExchangeStep {
  if (state.phase !== "sending") return stay(state);
  const waiting: ExchangeState = {
    ...state,
    phase: "waiting",
    wait: "P2",
    waitSinceMs: moment.nowMs,
    firstSentMs: state.firstSentMs ?? moment.nowMs,
    early: [],
  };
  return takeEarly(spec, state.early, moment, {
    state: waiting,
    effects: [{ type: "emit", event: { type: "sent" } }],
  });
}

/** A response that came although the request could not be sent whole ends it all the same. */
function onSendFailed(
  spec: ExchangeSpec,
  state: ExchangeState,
  error: unknown,
  moment: ExchangeMoment,
): ExchangeStep {
  const waiting: ExchangeState = {
    ...state,
    phase: "waiting",
    waitSinceMs: moment.nowMs,
    firstSentMs: state.firstSentMs ?? moment.nowMs,
    early: [],
  };
  const taken = takeEarly(spec, state.early, moment, { state: waiting, effects: [] });
  return taken.state.phase === "ended" ? taken : fail(state, error);
}

function takeEarly(
  spec: ExchangeSpec,
  messages: readonly Uint8Array[],
  moment: ExchangeMoment,
  first: ExchangeStep,
): ExchangeStep {
  let { state, effects } = first;
  for (const data of messages) {
    const next = stepExchange(spec, state, { type: "message", data }, moment);
    state = next.state;
    effects = [...effects, ...next.effects];
  }
  return { state, effects };
}

function onMessage(
  spec: ExchangeSpec,
  state: ExchangeState,
  data: Uint8Array,
  moment: ExchangeMoment,
): ExchangeStep {
  if (state.phase === "busyPause") return stay(state);
  if (state.phase === "sending") {
    // Before its first frame was out, nothing can be its answer.
    const isEarly = state.started && state.early.length < EARLY_MAX;
    return stay(isEarly ? { ...state, early: [...state.early, data] } : state);
  }
  const match = matchResponse(spec.request, data, spec.answerHead);
  switch (match.kind) {
    case "positive":
      return {
        state: { ...state, phase: "ended" },
        effects: [{ type: "emit", event: { type: "response", data } }, { type: "complete" }],
      };
    case "negative":
      return onNegative(spec, state, { data, nrc: match.nrc }, moment);
    case "malformed":
      return fail(state, new UdsProtocolError(data, match.state, spec.request));
    case "other":
      return stay({ ...backToWaiting(state, moment), ignoredResponse: data });
  }
}

function onNegative(
  spec: ExchangeSpec,
  state: ExchangeState,
  response: { readonly data: Uint8Array; readonly nrc: number },
  moment: ExchangeMoment,
): ExchangeStep {
  const { nowMs } = moment;
  const { limits } = spec;
  if (response.nrc === NRC.requestCorrectlyReceivedResponsePending) {
    const responsePendingCount = state.responsePendingCount + 1;
    if (responsePendingCount > limits.responsePendingCountMax) {
      return fail(state, timeout(spec, { ...state, responsePendingCount }, "total", nowMs));
    }
    return {
      state: {
        ...state,
        phase: "waiting",
        wait: "P2*",
        waitSinceMs: nowMs,
        responsePendingCount,
      },
      effects: [emit({ type: "responsePending", count: responsePendingCount })],
    };
  }
  const isBusy = response.nrc === NRC.busyRepeatRequest;
  const busyCount = state.busyCount + 1;
  const { busyMsMax, busyCountMax, busyDelayMs } = limits;
  const canRepeat = busyMsMax === undefined
    ? busyCount <= busyCountMax && nowMs + busyDelayMs < totalEndMs(spec, state)
    : nowMs + busyDelayMs <= (state.firstSentMs ?? nowMs) + busyMsMax;
  if (!isBusy || !canRepeat) {
    return fail(state, new UdsNegativeResponseError(spec.request, response.data));
  }
  return {
    state: { ...state, phase: "busyPause", waitSinceMs: nowMs, busyCount },
    effects: [emit({ type: "busy", count: busyCount })],
  };
}

/** A response that broke off ends the request, unless another message pushed it aside. */
function onLinkError(
  state: ExchangeState,
  error: IsoTpError,
  moment: ExchangeMoment,
): ExchangeStep {
  if (state.phase !== "receiving") return stay(state);
  if (error.nResult === "N_UNEXP_PDU") return stay(backToWaiting(state, moment));
  return fail(state, error);
}

function onDue(spec: ExchangeSpec, state: ExchangeState, moment: ExchangeMoment): ExchangeStep {
  const { nowMs } = moment;
  if (nowMs < exchangeDueMs(spec, state, moment.queueingDelayMs)) return stay(state);
  if (state.phase === "busyPause") {
    return {
      state: { ...state, phase: "sending", started: false },
      effects: [{ type: "send" }],
    };
  }
  if (state.phase === "receiving") {
    return fail(state, timeout(spec, state, "responseEnd", nowMs));
  }
  const isSilenceWanted = suppressesPositiveResponse(spec.request) && state.wait === "P2" &&
    nowMs >= waitEndMs(spec, state, moment.queueingDelayMs);
  if (isSilenceWanted) {
    return { state: { ...state, phase: "ended" }, effects: [{ type: "complete" }] };
  }
  const isOver = nowMs >= waitEndMs(spec, state, moment.queueingDelayMs) ||
    isSilentBehindPending(spec, state, moment);
  return fail(state, timeout(spec, state, isOver ? state.wait : "total", nowMs));
}

/** All the time of the request is over, and the node has not said for too long that it is at work. */
function isSilentBehindPending(
  spec: ExchangeSpec,
  state: ExchangeState,
  { nowMs, queueingDelayMs }: ExchangeMoment,
): boolean {
  const saidAgainMs = state.waitSinceMs + spec.statedP2StarMs + queueingDelayMs;
  return state.wait === "P2*" && nowMs >= saidAgainMs;
}

/** The node could not answer while it sent something else: the wait is longer by as much. */
function backToWaiting(state: ExchangeState, moment: ExchangeMoment): ExchangeState {
  if (state.phase !== "receiving") return state;
  const receivedForMs = moment.nowMs - state.receivingSinceMs;
  return { ...state, phase: "waiting", waitSinceMs: state.waitSinceMs + receivedForMs };
}

function timeout(
  spec: ExchangeSpec,
  state: ExchangeState,
  wait: UdsTimeoutError["wait"],
  nowMs: number,
): UdsTimeoutError {
  const sinceMs = wait === "total"
    ? state.firstSentMs ?? nowMs
    : wait === "responseEnd"
    ? state.receivingSinceMs
    : state.waitSinceMs;
  return new UdsTimeoutError(spec.request, {
    wait,
    waitedMs: nowMs - sinceMs,
    responsePendingCount: state.responsePendingCount,
    ignoredResponse: state.ignoredResponse,
  });
}

function stay(state: ExchangeState): ExchangeStep {
  return { state, effects: [] };
}

function fail(state: ExchangeState, error: unknown): ExchangeStep {
  return { state: { ...state, phase: "ended" }, effects: [{ type: "fail", error }] };
}

function emit(event: UdsEvent): ExchangeEffect {
  return { type: "emit", event };
}
