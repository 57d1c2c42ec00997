import { finalize, type Subscription } from "rxjs";
import { defined } from "../../core/mod.ts";
import {
  answerHead,
  expandRequest,
  matchResponse,
  type RequestTemplate,
  UdsNegativeResponseError,
} from "../../uds/mod.ts";
import { type AnswerVerdict, judgeAnswer, judgePolled } from "../profiles/answer.ts";
import type { AnswerRule, PollRule } from "../profiles/profile.ts";
import { AnswerMismatchError, RoutineStatusError } from "./errors.ts";
import type { NodeContext } from "./node_context.ts";
import { recoveryFor } from "./recovery.ts";
import { pause } from "./retry.ts";
import {
  answersEnded,
  NO_RESPONSE,
  type RequestOptions,
  sendRequest,
  statedWaits,
} from "./send_request.ts";
import {
  andThen,
  deferStep,
  done,
  fail,
  recover,
  repeatUntil,
  type Step,
  through,
  wait,
} from "./step.ts";

/** How a question is asked that is asked again and again. */
const ONCE: RequestOptions = { attemptsMax: 1 };
/** What stands for the answer of a node that may be deaf for a while. */
const DEAF: Uint8Array = new Uint8Array(0);

/**
 * Asks a node to do something and waits until it is done, as the profile's rule reads its answers.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param request The bytes to send.
 * @param rule How its answers are read.
 * @param told Bounds; what the rule states goes before them.
 * @returns The events, and the last response; errors with {@linkcode RoutineStatusError} when it ended
 * badly.
 */
export function requestUntilDone(
  context: NodeContext,
  request: Uint8Array,
  rule: AnswerRule,
  told: RequestOptions = {},
): Step<Uint8Array> {
  const options = { ...told, ...statedWaits(rule) };
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
    if (response === DEAF) {
      return poll(context, { request, rule, pollRule: pollRule!, options, wasDeaf: true });
    }
    const verdict = judgeAnswer(rule, response, options.expected);
    const error = verdictError(request, response, verdict);
    if (error !== undefined) return fail(() => error);
    if (pollRule !== undefined && (verdict.kind === "busy" || pollRule.always)) {
      return poll(context, { request, rule, pollRule, options, wasDeaf: false });
    }
    return verdict.kind === "busy"
      ? fail(() => new RoutineStatusError(request, response, "busy, and no way to ask"))
      : done(response);
  });
}

/** What is asked about until it is done. */
interface Poll {
  /** What began it. */
  readonly request: Uint8Array;
  /** How its answers are read. */
  readonly rule: AnswerRule;
  /** How it is asked about. */
  readonly pollRule: PollRule;
  /** Bounds. */
  readonly options: RequestOptions;
  /** Whether the node said nothing to what began it. */
  readonly wasDeaf: boolean;
}

/**
 * Asks how far it is until it is done. A node that says nothing may be deaf while its flash is busy:
 * as long as what it does may take, that is no failure.
 */
function poll(
  context: NodeContext,
  { request, rule, pollRule, options, wasDeaf: wasSilent }: Poll,
): Step<Uint8Array> {
  const { clock, job, cancellation } = context;
  const every = { ms: pollRule.intervalMs, clock };
  const question = pollRule.request === undefined ? request : expandRequest(pollRule.request, {});
  const expected = pollRule.until === undefined ? rule.response : undefined;
  const asking = { ...statedWaits(rule), ...defined({ response: expected }) };
  return deferStep(() => {
    const late = new LateAnswers(context, question, expected);
    const sinceMs = clock.now();
    const untilMs = sinceMs + (options.timeoutMs ?? job.profile.timing.requestMsMax);
    const deafUntilMs = sinceMs + (options.deafMs ?? options.p2Ms ?? 0);
    let wasDeaf = wasSilent;
    /** The response that says that it is done; `undefined`: not yet. */
    const round = deferStep(() => {
      const mayBeDeaf = clock.now() < deafUntilMs;
      const heard = wasDeaf ? late.take() : undefined;
      const judged = andThen(
        // It is asked again anyway.
        heard === undefined
          ? sendRequest(context, question, mayBeDeaf ? { ...asking, ...ONCE } : asking)
          : done(heard),
        (response): Step<Uint8Array | undefined> => {
          late.forget();
          const verdict = judgePolled(rule, response, options.expected);
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
    const ended = andThen(
      wait(pause(every.ms, clock)),
      () =>
        andThen(repeatUntil(inTime, { isOver, every }), (last) => {
          // Questions that it heard late are answered late.
          const quiet = wasDeaf ? answersEnded(context, request, sinceMs) : done();
          return andThen(quiet, () => done(last!));
        }),
    );
    return through(ended, finalize(() => late.close()));
  });
}

/**
 * What a node that was deaf says between two questions: the answer to one that it heard late. Where the
 * question is what began the work, to ask once more behind "done" would begin it anew.
 */
class LateAnswers {
  readonly #subscription: Subscription;
  #last: Uint8Array | undefined;

  constructor({ connection }: NodeContext, question: Uint8Array, response?: RequestTemplate) {
    const head = response && answerHead(response, {});
    this.#subscription = connection.client.traffic$.subscribe((traffic) => {
      const isAnswer = traffic.type === "message" &&
        matchResponse(question, traffic.data, head).kind === "positive";
      if (isAnswer) this.#last = traffic.data;
    });
  }

  /** The last one since {@linkcode LateAnswers.forget}, once. */
  take(): Uint8Array | undefined {
    const last = this.#last;
    this.forget();
    return last;
  }

  /** What came was the answer to a question of its time. */
  forget(): void {
    this.#last = undefined;
  }

  close(): void {
    this.#subscription.unsubscribe();
  }
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
