import { defined } from "../../core/mod.ts";
import { concatMap, EMPTY, type Observable, of } from "rxjs";
import {
  answerHead,
  type ExchangeOptions,
  expandRequest,
  type RequestFields,
  type RequestTemplate,
  SERVICE_ID,
  suppressesPositiveResponse,
  type UdsEvent,
  UdsNegativeResponseError,
  UdsTimeoutError,
} from "../../uds/mod.ts";
import { type AnswerVerdict, judgeAnswer } from "../profiles/answer.ts";
import { awaitIdle } from "./await_idle.ts";
import { AnswerMismatchError, RoutineStatusError } from "./errors.ts";
import type { NodeEvent } from "./events.ts";
import type { NodeContext } from "./node_context.ts";
import type { AnswerRule, PollRule } from "../profiles/profile.ts";
import { recoveryFor } from "./recovery.ts";
import { pause, requestRetry, tryAgain } from "./retry.ts";
import {
  andThen,
  deferStep,
  done,
  fail,
  recover,
  repeatUntil,
  type Step,
  stepOf,
  StepResultError,
  wait,
} from "./step.ts";

/** What was done once within some time is done once more within that, and there is some to spare. */
const AS_LONG_AGAIN = 2;
/** What comes to a request that asks for no positive response. */
const NO_RESPONSE: Uint8Array = new Uint8Array(0);
/** How a question is asked that is asked again and again. */
const ONCE: RequestOptions = { attemptsMax: 1 };
/** What stands for the answer of a node that may be deaf for a while. */
const DEAF: Uint8Array = new Uint8Array(0);

/** How one question may be asked. */
export interface RequestOptions {
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
  /**
   * How long a node may be deaf to questions that are asked again and again, in ms: as long as what it
   * does may take; `p2Ms` by default.
   */
  readonly deafMs?: number;
  /** Whether it is sent again when nothing comes behind 0x78; by default it is. */
  readonly repeatsAfterPending?: boolean;
  /** How often it is sent when nothing is heard; the profile's count unless told. */
  readonly attemptsMax?: number;
  /** What its positive response looks like, where it is not as ISO 14229-1 has it. */
  readonly response?: RequestTemplate;
  /** What the fields of its positive response must hold; others are passed over. */
  readonly expected?: RequestFields;
}

/**
 * Asks a node for its positive response. A request that meets silence is sent again.
 *
 * @param context The node.
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
  const { job: { profile: { timing } }, clock, cancellation } = context;
  const attemptsMax = options.attemptsMax ?? timing.requestAttemptsMax;
  return deferStep(() => {
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
      const quiet = isRepeated ? answersEnded(context, request, sinceMs) : done();
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

/** Routines may take long, and their answers do not tell which of them is meant. */
function answersEnded(
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
  const { firstP2Ms, p2StarMs, silenceMs, response } = options;
  const factor = 2 ** (attempt - 1);
  const p2Ms = attempt === 1 ? firstP2Ms ?? options.p2Ms : options.p2Ms;
  return {
    ...(p2Ms === undefined ? {} : { p2Ms: p2Ms * factor }),
    ...(p2StarMs === undefined ? {} : { p2StarMs: p2StarMs * factor }),
    ...defined({ silenceMs }),
    ...(response === undefined ? {} : { answerHead: answerHead(response, {}) }),
  };
}

/**
 * Asks a node to do something and waits until it is done, as the profile's rule reads its answers.
 *
 * @param context The node.
 * @param request The bytes to send.
 * @param rule How its answers are read.
 * @param options Bounds.
 * @returns The events, and the last response; errors with {@linkcode RoutineStatusError} when it ended
 * badly.
 */
export function requestUntilDone(
  context: NodeContext,
  request: Uint8Array,
  rule: AnswerRule,
  options: RequestOptions = {},
): Step<Uint8Array> {
  const { poll: pollRule } = rule;
  const asked = sendRequest(context, request, {
    ...options,
    ...defined({ response: rule.response }),
  });
  const heard = recover(
    asked,
    (error) =>
      pollRule !== undefined && options.deafMs !== undefined && recoveryFor(error) === "silence"
        ? done(DEAF)
        : undefined,
  );
  return andThen(heard, (response) => {
    if (response === NO_RESPONSE) return done(response);
    if (response === DEAF) return poll(context, request, rule, pollRule!, options);
    const verdict = judgeAnswer(rule, response, options.expected);
    const error = verdictError(request, response, verdict);
    if (error !== undefined) return fail(() => error);
    if (pollRule !== undefined && (verdict.kind === "busy" || pollRule.always)) {
      return poll(context, request, rule, pollRule, options);
    }
    return verdict.kind === "busy"
      ? fail(() => new RoutineStatusError(request, response, "busy, and no way to ask"))
      : done(response);
  });
}

/**
 * Asks how far it is until it is done. A node that says nothing may be deaf while its flash is busy:
 * as long as what it does may take, that is no failure.
 */
function poll(
  context: NodeContext,
  request: Uint8Array,
  rule: AnswerRule,
  pollRule: PollRule,
  options: RequestOptions,
): Step<Uint8Array> {
  const { clock, job, cancellation } = context;
  const every = { ms: pollRule.intervalMs, clock };
  const question = pollRule.request === undefined ? request : expandRequest(pollRule.request, {});
  return deferStep(() => {
    const sinceMs = clock.now();
    const untilMs = sinceMs + (options.timeoutMs ?? job.profile.timing.requestMsMax);
    const deafUntilMs = sinceMs + (options.deafMs ?? options.p2Ms ?? 0);
    let wasDeaf = false;
    /** The response that says that it is done; `undefined`: not yet. */
    const round = deferStep(() => {
      const mayBeDeaf = clock.now() < deafUntilMs;
      // It is asked again anyway.
      const asking = { ...defined({ response: rule.response }), ...(mayBeDeaf && ONCE) };
      const judged = andThen(
        sendRequest(context, question, asking),
        (response): Step<Uint8Array | undefined> => {
          const verdict = judgeAnswer(rule, response, options.expected);
          const error = verdictError(request, response, verdict);
          if (error !== undefined) return fail(() => error);
          return done(verdict.kind === "busy" ? undefined : response);
        },
      );
      return recover(judged, (error) => {
        const isDeaf = mayBeDeaf && recoveryFor(error) === "silence" && !cancellation.requested;
        wasDeaf ||= isDeaf;
        return isDeaf || isNotReady(pollRule, error) ? done(undefined) : undefined;
      });
    });
    const inTime = andThen(
      round,
      (response) =>
        response === undefined && clock.now() > untilMs
          ? fail(() => new RoutineStatusError(request, new Uint8Array(0), "still busy"))
          : done(response),
    );
    const isOver = (response: Uint8Array | undefined): boolean => response !== undefined;
    return andThen(
      wait(pause(every.ms, clock)),
      () =>
        andThen(repeatUntil(inTime, { isOver, every }), (last) => {
          // Questions that it heard late are answered late.
          const quiet = wasDeaf ? answersEnded(context, request, sinceMs) : done();
          return andThen(quiet, () => done(last!));
        }),
    );
  });
}

/**
 * @param request What was asked.
 * @param response The node's answer.
 * @param verdict How it is taken.
 * @returns What is wrong with it; `undefined` where nothing is.
 */
export function verdictError(
  request: Uint8Array,
  response: Uint8Array,
  verdict: AnswerVerdict,
): RoutineStatusError | AnswerMismatchError | undefined {
  switch (verdict.kind) {
    case "bad":
      return new RoutineStatusError(request, response, verdict.state, verdict.isUnknown);
    case "different":
      return new AnswerMismatchError(request, response, verdict.state);
    default:
      return undefined;
  }
}

function isNotReady(pollRule: PollRule, error: unknown): boolean {
  return error instanceof UdsNegativeResponseError && pollRule.notReadyNrcs.includes(error.nrc);
}

function toNodeEvents(request: Uint8Array, event: UdsEvent): Observable<NodeEvent> {
  return event.type === "responsePending"
    ? of({ type: "responsePending", service: request[0]!, count: event.count })
    : EMPTY;
}
