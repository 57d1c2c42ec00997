import { defined } from "../core/mod.ts";
import { catchError, concat, concatMap, defer, EMPTY, type Observable, of, throwError } from "rxjs";
import {
  type ExchangeOptions,
  expandRequest,
  SERVICE_ID,
  type UdsEvent,
  UdsNegativeResponseError,
  UdsTimeoutError,
} from "../uds/mod.ts";
import { type AnswerVerdict, judgeAnswer } from "./answer.ts";
import { awaitIdle } from "./await_idle.ts";
import { toErrorReport } from "./error_report.ts";
import { RoutineStatusError } from "./errors.ts";
import type { NodeEvent } from "./events.ts";
import type { NodeContext } from "./node_context.ts";
import type { AnswerRule, PollRule } from "./profile.ts";
import { recoveryFor } from "./recovery.ts";
import { pause, tryAgain } from "./retry.ts";

/** What was done once within some time is done once more within that, and there is some to spare. */
const AS_LONG_AGAIN = 2;

/** How one question may be asked. */
export interface AskOptions {
  /** Longest time for the whole exchange, in ms; the profile's bound unless told. */
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
  /** Whether it is sent again when nothing comes behind 0x78; by default it is. */
  readonly repeatsAfterPending?: boolean;
  /** How often it is sent when nothing is heard; the profile's count unless told. */
  readonly attemptsMax?: number;
}

/**
 * Asks a node and goes on with its positive response. A request that meets silence is sent again.
 *
 * Cold; emits the events of the exchange, then those of `next`; errors as the client does.
 *
 * @param context The node.
 * @param request The bytes to send; sending them twice must do no harm.
 * @param next What to do with the positive response.
 * @param options Bounds.
 * @returns The events.
 */
export function ask(
  context: NodeContext,
  request: Uint8Array,
  next: (response: Uint8Array) => Observable<NodeEvent> = () => EMPTY,
  options: AskOptions = {},
): Observable<NodeEvent> {
  const { job, connection } = context;
  const { timing } = job.profile;
  const attemptsMax = options.attemptsMax ?? timing.requestAttemptsMax;
  let response: Uint8Array | undefined;
  let isRepeated = false;
  let sinceMs = 0;

  const exchange$ = tryAgain(
    (attempt) => {
      if (attempt === 1) sinceMs = context.clock.now();
      return connection.client.exchange(request, {
        totalMsMax: options.timeoutMs ?? timing.requestMsMax,
        ...waits(options, attempt),
      }).pipe(concatMap((event) => {
        if (event.type === "response") response = event.data;
        return toNodeEvents(request, event);
      }));
    },
    (error, attempt) => {
      const isFinal = recoveryFor(error) !== "silence" || attempt >= attemptsMax ||
        (options.repeatsAfterPending === false && isLastAnswerLost(error)) ||
        context.cancellation.requested;
      if (isFinal) return undefined;
      isRepeated = true;
      return {
        delayMs: 0,
        events: [{
          type: "retry",
          scope: "request",
          attempt: attempt + 1,
          delayMs: 0,
          error: toErrorReport(error),
        }],
      };
    },
    context,
  );
  return concat(
    exchange$,
    // A late answer to the first try must not pass for the answer to the next question.
    defer(() => isRepeated ? answersEnded(context, request, sinceMs) : EMPTY),
    defer(() => response === undefined ? EMPTY : next(response)),
  );
}

/** Routines may take long, and their answers do not tell which of them is meant. */
function answersEnded(
  context: NodeContext,
  request: Uint8Array,
  sinceMs: number,
): Observable<NodeEvent> {
  const { clock, connection: { client } } = context;
  return request[0] === SERVICE_ID.routineControl
    ? awaitIdle(context, AS_LONG_AGAIN * (clock.now() - sinceMs))
    : pause(client.times.p2Ms, clock);
}

/**
 * @param error What was caught.
 * @returns Whether a node that said that it is at work has not said how that ended.
 */
export function isLastAnswerLost(error: unknown): boolean {
  return error instanceof UdsTimeoutError && error.responsePendingCount > 0;
}

/** A node may only be slower than was thought: each repetition waits longer. */
function waits(options: AskOptions, attempt: number): ExchangeOptions {
  const { firstP2Ms, p2StarMs, silenceMs } = options;
  const factor = 2 ** (attempt - 1);
  const p2Ms = attempt === 1 ? firstP2Ms ?? options.p2Ms : options.p2Ms;
  return {
    ...(p2Ms === undefined ? {} : { p2Ms: p2Ms * factor }),
    ...(p2StarMs === undefined ? {} : { p2StarMs: p2StarMs * factor }),
    ...defined({ silenceMs }),
  };
}

/**
 * Asks a node to do something and waits until it is done, as the profile's rule reads its answers.
 *
 * @param context The node.
 * @param request The bytes to send.
 * @param rule How its answers are read.
 * @param options Bounds.
 * @param onDone What to do with the last response.
 * @returns The events; errors with {@linkcode RoutineStatusError} when it ended badly.
 */
export function askUntilDone(
  context: NodeContext,
  request: Uint8Array,
  rule: AnswerRule,
  options: AskOptions = {},
  onDone: (response: Uint8Array) => Observable<NodeEvent> = () => EMPTY,
): Observable<NodeEvent> {
  return ask(context, request, (response) => {
    const verdict = judgeAnswer(rule, response);
    if (verdict.kind === "bad") {
      return throwError(() => statusError(request, response, verdict));
    }
    if (rule.poll !== undefined && (verdict.kind === "busy" || rule.poll.always)) {
      return poll(context, request, rule, rule.poll, options, onDone);
    }
    if (verdict.kind === "busy") {
      return throwError(() => new RoutineStatusError(request, response, "busy, and no way to ask"));
    }
    return onDone(response);
  }, options);
}

function poll(
  context: NodeContext,
  request: Uint8Array,
  rule: AnswerRule,
  pollRule: PollRule,
  options: AskOptions,
  onDone: (response: Uint8Array) => Observable<NodeEvent>,
): Observable<NodeEvent> {
  const question = pollRule.request === undefined ? request : expandRequest(pollRule.request, {});
  const { clock } = context;
  const untilMs = clock.now() + (options.timeoutMs ?? context.job.profile.timing.requestMsMax);

  function round(): Observable<NodeEvent> {
    if (clock.now() > untilMs) {
      return throwError(() => new RoutineStatusError(request, new Uint8Array(0), "still busy"));
    }
    const asked$ = ask(context, question, (response) => {
      const verdict = judgeAnswer(rule, response);
      if (verdict.kind === "bad") {
        return throwError(() => statusError(request, response, verdict));
      }
      return verdict.kind === "busy" ? round() : onDone(response);
    });
    return concat(
      pause(pollRule.intervalMs, clock),
      asked$.pipe(
        catchError((error: unknown) =>
          isNotReady(pollRule, error) ? round() : throwError(() => error)
        ),
      ),
    );
  }
  return defer(round);
}

function statusError(
  request: Uint8Array,
  response: Uint8Array,
  { state, isUnknown }: AnswerVerdict & { readonly kind: "bad" },
): RoutineStatusError {
  return new RoutineStatusError(request, response, state, isUnknown);
}

function isNotReady(pollRule: PollRule, error: unknown): boolean {
  return error instanceof UdsNegativeResponseError && pollRule.notReadyNrcs.includes(error.nrc);
}

function toNodeEvents(request: Uint8Array, event: UdsEvent): Observable<NodeEvent> {
  return event.type === "responsePending"
    ? of({ type: "responsePending", service: request[0]!, count: event.count })
    : EMPTY;
}
