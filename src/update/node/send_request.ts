import { defined } from "../../core/mod.ts";
import { concatMap, EMPTY, type Observable, of } from "rxjs";
import {
  answerHead,
  type ExchangeOptions,
  type RequestFields,
  type RequestTemplate,
  SERVICE_ID,
  suppressesPositiveResponse,
  type UdsEvent,
  UdsTimeoutError,
} from "../../uds/mod.ts";
import { awaitIdle } from "./await_idle.ts";
import { noticeAbsence } from "./bus_presence.ts";
import type { NodeEvent } from "./events.ts";
import type { NodeContext } from "./node_context.ts";
import type { AnswerRule } from "../profiles/profile.ts";
import { recoveryFor } from "./recovery.ts";
import { pause, requestRetry, tryAgain } from "./retry.ts";
import {
  andThen,
  deferStep,
  done,
  fail,
  type Step,
  stepOf,
  StepResultError,
  wait,
} from "./step.ts";

/** What was done once within some time is done once more within that, and there is some to spare. */
const AS_LONG_AGAIN = 2;
/** What comes to a request that asks for no positive response. */
export const NO_RESPONSE: Uint8Array = new Uint8Array(0);

/** How one question may be asked. */
export interface RequestOptions {
  /** Longest time for the whole exchange, in ms; the profile's bound by default. */
  readonly timeoutMs?: number;
  /**
   * P2 for a request whose answer may come late without 0x78, in ms; twice as long with each
   * repetition; never less than the node or the profile states.
   */
  readonly p2Ms?: number;
  /** P2 for the first try alone, in ms: the stated one, of a node that promises to say 0x78. */
  readonly firstP2Ms?: number;
  /** P2*, in ms; twice as long with each repetition; never less than stated. */
  readonly p2StarMs?: number;
  /** In place of P2, for questions that are asked again and again: see `ExchangeOptions`. */
  readonly silenceMs?: number;
  /**
   * How long a node may be deaf to questions that are asked again and again, in ms: as long as what it
   * does may take; `p2Ms` by default.
   */
  readonly deafMs?: number;
  /** Whether it is sent again when nothing comes behind 0x78; by default it is. */
  readonly repeatsAfterPending?: boolean;
  /** P2 and P2* as the profile states them for this request, longer or shorter than all others. */
  readonly stated?: ExchangeOptions["stated"];
  /** How long 0x21 is borne, in ms; the profile's bound by default. */
  readonly busyMsMax?: number;
  /** How often it is sent when nothing is heard; the profile's count by default. */
  readonly attemptsMax?: number;
  /** What its positive response looks like, where it is not as ISO 14229-1 has it. */
  readonly response?: RequestTemplate;
  /** What the fields of its positive response must hold; others are passed over. */
  readonly expected?: RequestFields;
}

/**
 * Asks a node for its positive response. A request that meets silence is sent again.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param request The bytes to send; sending them twice must do no harm.
 * @param options Bounds.
 * @returns The events of the exchange, and the response, which is empty where the request asks for
 * none; errors as the client does.
 */
export function sendRequest(
  context: NodeContext,
  request: Uint8Array,
  options: RequestOptions = {},
): Step<Uint8Array> {
  const { job: { profile: { timing } }, clock, cancellation, bus } = context;
  const attemptsMax = options.attemptsMax ?? timing.requestAttemptsMax;
  return deferStep(() => {
    const wasAway = noticeAbsence(bus);
    let isRepeated = false;
    let sinceMs = 0;
    const response = tryAgain(
      (attempt) => {
        if (attempt === 1) sinceMs = clock.now();
        return exchangeOnce(context, request, {
          totalMsMax: options.timeoutMs ?? timing.requestMsMax,
          ...waits(options, attempt),
        });
      },
      (error, attempt) => {
        const isFinal = recoveryFor(error) !== "silence" || attempt >= attemptsMax ||
          (options.repeatsAfterPending === false && isLastAnswerLost(error)) ||
          cancellation.requested;
        if (isFinal) return undefined;
        isRepeated = true;
        return { delayMs: 0, events: [requestRetry(attempt + 1, 0, error)] };
      },
      context,
    );
    return andThen(response, (bytes) => {
      // A late answer to the first try must not pass for the answer to the next question.
      const quiet = isRepeated || wasAway() ? answersEnded(context, request, sinceMs) : done();
      return andThen(quiet, () => done(bytes));
    });
  });
}

/** One exchange: what the client tells of it, and the positive response. */
function exchangeOnce(
  { connection: { client } }: NodeContext,
  request: Uint8Array,
  options: ExchangeOptions,
): Step<Uint8Array> {
  return deferStep(() => {
    let response = NO_RESPONSE;
    const events$ = client.exchange(request, options).pipe(concatMap((event) => {
      if (event.type === "response") response = event.data;
      return toNodeEvents(request, event);
    }));
    return andThen(
      stepOf(events$),
      () =>
        response.length > 0 || suppressesPositiveResponse(request)
          ? done(response)
          : fail(() => new StepResultError(0)),
    );
  });
}

/**
 * Waits until no answer to a request that was sent more than once can come any more. Routines may take
 * long, and their answers do not tell which of them is meant.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param request What was asked.
 * @param sinceMs When it was asked first.
 * @returns No events; no error but that of a stop.
 */
export function answersEnded(
  context: NodeContext,
  request: Uint8Array,
  sinceMs: number,
): Step<void> {
  const { clock, connection: { client } } = context;
  return request[0] === SERVICE_ID.routineControl
    ? awaitIdle(context, AS_LONG_AGAIN * (clock.now() - sinceMs))
    : wait(pause(client.times.p2Ms, clock));
}

/**
 * @param error What was caught.
 * @returns Whether a node that said that it is at work has not said how that ended.
 */
export function isLastAnswerLost(error: unknown): boolean {
  return error instanceof UdsTimeoutError && error.responsePendingCount > 0;
}

/** A node may only be slower than was thought: each repetition waits longer. */
function waits(options: RequestOptions, attempt: number): ExchangeOptions {
  const { firstP2Ms, p2StarMs, silenceMs, response, stated, busyMsMax } = options;
  const factor = 2 ** (attempt - 1);
  const p2Ms = attempt === 1 ? firstP2Ms ?? options.p2Ms : options.p2Ms;
  return {
    ...(p2Ms === undefined ? {} : { p2Ms: p2Ms * factor }),
    ...(p2StarMs === undefined ? {} : { p2StarMs: p2StarMs * factor }),
    ...defined({ silenceMs, stated, busyMsMax }),
    ...(response === undefined ? {} : { answerHead: answerHead(response, {}) }),
  };
}

/**
 * @param rule How a request's answer is read.
 * @returns The waits that the profile states for it, in place of all others.
 */
export function statedWaits({ waits }: AnswerRule): RequestOptions {
  if (waits === undefined) return {};
  const { p2Ms, p2StarMs, timeoutMs, busyMsMax } = waits;
  return defined({ stated: defined({ p2Ms, p2StarMs }), timeoutMs, busyMsMax });
}

function toNodeEvents(request: Uint8Array, event: UdsEvent): Observable<NodeEvent> {
  return event.type === "responsePending"
    ? of({ type: "responsePending", service: request[0]!, count: event.count })
    : EMPTY;
}
