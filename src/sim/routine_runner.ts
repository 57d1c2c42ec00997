import { equalBytes } from "../core/mod.ts";
import {
  conditionRecord,
  fillAnswer,
  type HandlerResult,
  matchRequest,
  NRC,
  type RequestTemplate,
} from "../uds/mod.ts";
import { badStatus, DEFAULT_ANSWER, type DialectAnswer } from "./dialect.ts";
import { type NodeHandle, refuse } from "./node_handle.ts";
import { positive } from "./node_services.ts";

/** How a routine ended. */
export type RoutineOutcome =
  /** Its status tells. */
  | { readonly isGood: boolean }
  /** It answers these bytes. */
  | { readonly report: Uint8Array };

/** Does a routine's work and says how it ended: at once or later, once. */
export type RoutineWork = (done: (outcome: RoutineOutcome) => void) => void;

interface RoutineRun {
  readonly request: Uint8Array;
  readonly answer: DialectAnswer;
  outcome: RoutineOutcome | undefined;
}

/**
 * Runs routines as a dialect says: answered when they are through, or begun, answered at once, and
 * asked about until they are through.
 */
export class RoutineRunner {
  readonly #node: NodeHandle;
  #run: RoutineRun | undefined;

  /**
   * Makes a runner with nothing to run.
   *
   * @param node Whose routines.
   */
  constructor(node: NodeHandle) {
    this.#node = node;
  }

  /**
   * Begins a routine.
   *
   * @param request What asked for it.
   * @param answer How its answer is meant.
   * @param work Does it.
   * @returns What comes of the request.
   */
  start(
    request: Uint8Array,
    answer: DialectAnswer = DEFAULT_ANSWER,
    work: RoutineWork,
  ): HandlerResult {
    const run: RoutineRun = { request, answer, outcome: undefined };
    const busy = answer.busy[0];
    if (answer.poll !== undefined && (answer.poll.always || busy !== undefined)) {
      this.#run = run;
      work((outcome) => run.outcome = outcome);
      return this.#answered(request, answer, busy ?? answer.good[0] ?? 0);
    }
    let isWaiting = false;
    work((outcome) => {
      run.outcome = outcome;
      if (isWaiting) this.#node.answerLater(this.#outcomeAnswer(request, answer, outcome));
    });
    if (run.outcome !== undefined) return this.#outcomeAnswer(request, answer, run.outcome);
    isWaiting = true;
    return { type: "later" };
  }

  /**
   * Tells how far the routine is that was begun last, where a record tells.
   *
   * @param did A data identifier.
   * @returns Its record; `undefined` where it tells of no routine.
   */
  record(did: number): Uint8Array | undefined {
    const { outcome, answer } = this.#run ?? {};
    const { until, failsWhen } = answer?.poll ?? {};
    if (until?.did !== did) return undefined;
    const isGood = outcome !== undefined && (!("isGood" in outcome) || outcome.isGood);
    const record = conditionRecord([until], isGood);
    const failed = failsWhen && conditionRecord([failsWhen], outcome !== undefined && !isGood);
    return record.map((byte, i) => byte | (failed?.[i] ?? 0));
  }

  /**
   * Answers a question about the routine that was begun last.
   *
   * @param request What came.
   * @returns What comes of it; `undefined` when it is no such question.
   */
  poll(request: Uint8Array): HandlerResult | undefined {
    const run = this.#run;
    const poll = run?.answer.poll;
    if (run === undefined || poll === undefined) return undefined;
    const isAsked = poll.request === undefined
      ? equalBytes(run.request, request)
      : matchRequest(poll.request, request) !== undefined;
    if (!isAsked) return undefined;
    if (run.outcome !== undefined) {
      // Asked by its own request, a routine that is through begins anew with the next one.
      if (poll.request === undefined) this.#run = undefined;
      return this.#outcomeAnswer(request, run.answer, run.outcome);
    }
    const nrc = poll.notReadyNrcs[0];
    if (nrc !== undefined) return refuse(nrc);
    const busy = run.answer.busy[0];
    return busy === undefined
      ? refuse(NRC.requestSequenceError)
      : this.#answered(request, run.answer, busy);
  }

  #outcomeAnswer(
    request: Uint8Array,
    answer: DialectAnswer,
    outcome: RoutineOutcome,
  ): ReturnType<typeof routineAnswer> | ReturnType<typeof refuse> {
    if ("report" in outcome) return routineAnswer(request, outcome.report);
    if (outcome.isGood) return this.#answered(request, answer, answer.good[0] ?? 0);
    const status = badStatus(answer);
    return status === undefined
      ? refuse(NRC.generalProgrammingFailure)
      : this.#answered(request, answer, status);
  }

  #answered(
    request: Uint8Array,
    { response }: DialectAnswer,
    status: number,
  ): ReturnType<typeof routineAnswer> {
    return statusAnswer(this.#node, request, { response, status });
  }
}

/**
 * Answers a routine positively.
 *
 * @param request The request.
 * @param status routineStatusRecord.
 * @returns `[0x71, sub-function, routineIdentifier (2), ...status]`; of another service its bare
 * positive response.
 */
export function routineAnswer(
  request: Uint8Array,
  status: Iterable<number>,
): { readonly type: "positive"; readonly response: Uint8Array } {
  if (request[0] !== 0x31) return positive(request[0]!);
  return positive(0x31, request[1]! & 0x7F, request[2] ?? 0, request[3] ?? 0, ...status);
}

/**
 * Answers a routine as a dialect says.
 *
 * @param node Whose routine: what it tells may be kept by the tester.
 * @param request The request.
 * @param step The form of the answer, if the dialect gives it one, and the status.
 * @returns The answer.
 */
export function statusAnswer(
  { memory }: Pick<NodeHandle, "memory">,
  request: Uint8Array,
  { response, status }: { readonly response: RequestTemplate | undefined; readonly status: number },
): ReturnType<typeof routineAnswer> {
  if (response === undefined) return routineAnswer(request, [status]);
  const fields = { ...Object.fromEntries(memory.told), status };
  return { type: "positive", response: fillAnswer(response, fields) };
}
