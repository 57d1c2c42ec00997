import { defined, equalBytes } from "../core/mod.ts";
import { NRC } from "./negative_response_code.ts";
import type { PairTraffic } from "./pair_traffic.ts";
import { matchResponse } from "./response_match.ts";
import { NEGATIVE_RESPONSE_SID, POSITIVE_RESPONSE_OFFSET, SERVICE_ID } from "./service_id.ts";

/** What shows that two nodes, or two testers, use one pair of identifiers. */
export interface TwinEvidence {
  /**
   * `twoAnswers`: different answers to one request that was sent once. `interleaved`: frames of two
   * messages within each other. `unasked`: an answer to what nobody here asked.
   */
  readonly kind: "twoAnswers" | "interleaved" | "unasked";
  /** What was asked; for `unasked`, what was asked last. */
  readonly request: Uint8Array;
  /** What came first; absent for `unasked`. */
  readonly first?: Uint8Array;
  /** What came behind it and cannot be of the same node. */
  readonly second: Uint8Array;
}

/** A request, and what came for it. */
export interface Question {
  /** It. */
  readonly request: Uint8Array;
  /** What its positive response begins with, where that is no echo. */
  readonly answerHead?: Uint8Array;
  /** How often it was sent since all answers to it had come. */
  readonly sentCount: number;
  /** Different final answers since then: as many as it was sent may come. */
  readonly answers: readonly Uint8Array[];
  /** Whether a node asked for patience. */
  readonly isPending: boolean;
}

/** What is known of a pair of identifiers. */
export interface TwinWatchState {
  /** The last requests, the newest first. */
  readonly questions: readonly Question[];
  /** The last message: a bus may bring it twice. */
  readonly last: Uint8Array | undefined;
  /** A message that has begun. */
  readonly begun: { readonly head: Uint8Array; readonly lengthBytes: number } | undefined;
  /** Whether anything was answered: what a run before this one asked was answered before that. */
  readonly isAnswered: boolean;
}

/** A step's outcome. */
export interface TwinWatchStep {
  /** What is known now. */
  readonly state: TwinWatchState;
  /** What shows it; `undefined` as long as one node explains all that came. */
  readonly evidence?: TwinEvidence;
}

/** Nothing was asked. */
export const TWIN_WATCH_START: TwinWatchState = {
  questions: [],
  last: undefined,
  begun: undefined,
  isAnswered: false,
};

/** How many requests are remembered: more than one node may answer late. */
const QUESTIONS_MAX = 16;

/**
 * One step of the watch for a second node on a pair of identifiers, before anything is changed.
 *
 * One node gives as many final answers to a request as it was sent times, in the order of the
 * requests. So it is evidence when
 * - a ReadDataByIdentifier has two *different* positive answers, however often it was repeated since
 *   another question was asked; or more different answers of any kind than it was sent times, or 0x78
 *   behind the last of them: one that was repeated after silence may have a late refusal of its own;
 * - a first frame comes in the middle of another message, or a message in the middle of one with
 *   other bytes, for such a request that was sent once; or one sequence number twice with other bytes;
 * - a positive answer comes to what was never asked here, once anything was answered: what a killed
 *   run asked, a node answers first. Services that were sent to all nodes are left out, as is 0x3E.
 *
 * Only reading tells, as the bus may bring the *request* twice: then one node gives two seeds, or
 * opens a session twice, or says 0x21 to the second.
 *
 * A message that is the same as the one before it, or as one for the same request, is none: buses
 * repeat frames. So twins that answer alike are not told apart: a limit, unless they have serial
 * numbers. A frame that got lost leaves a gap in the sequence numbers, which is no evidence either.
 *
 * Source: ISO 14229-2:2013, "Service interface": one response to a physically addressed request.
 *
 * @param state What is known.
 * @param traffic What passes.
 * @param functional Services of requests that were sent to all nodes.
 * @returns What is known then, and what shows a second node.
 */
export function stepTwinWatch(
  state: TwinWatchState,
  traffic: PairTraffic,
  functional: ReadonlySet<number>,
): TwinWatchStep {
  switch (traffic.type) {
    case "asked":
      return { state: onAsked(state, traffic) };
    case "firstFrame":
      return onFirstFrame(state, traffic, functional);
    case "message":
      return onMessage(state, traffic.data, functional);
    case "broken":
      return onBroken(state, traffic);
  }
}

function onAsked(
  state: TwinWatchState,
  { request, answerHead }: PairTraffic & { readonly type: "asked" },
): TwinWatchState {
  const before = state.questions.find((question) => equalBytes(question.request, request));
  const isRepeated = before !== undefined && before === state.questions[0] && isOpen(before);
  // What a node is may differ by the session that it is in, so a question is new behind another one.
  const lateCount = before === undefined ? 0 : before.sentCount - before.answers.length;
  const question: Question = isRepeated ? { ...before, sentCount: before.sentCount + 1 } : {
    request,
    ...defined({ answerHead }),
    sentCount: 1 + lateCount,
    answers: [],
    isPending: before?.isPending ?? false,
  };
  const others = state.questions.filter((other) => other !== before);
  return { ...state, questions: [question, ...others].slice(0, QUESTIONS_MAX) };
}

function onFirstFrame(
  state: TwinWatchState,
  { head, lengthBytes }: PairTraffic & { readonly type: "firstFrame" },
  functional: ReadonlySet<number>,
): TwinWatchStep {
  const next = { ...state, begun: { head, lengthBytes } };
  const { begun } = state;
  const isOther = begun !== undefined &&
    (begun.lengthBytes !== lengthBytes || !equalBytes(begun.head, head));
  if (isOther) {
    const step = interleaved(next, begun.head, head);
    if (step.evidence !== undefined) return step;
  }
  const question = questionOf(state, head);
  if (question === undefined) return { ...onUnasked(next, head, functional), state: next };
  const isKnown = question.answers.some((answer) => isWholeOf({ head, lengthBytes }, answer));
  if (isKnown || !isReading(question)) return { state: next };
  const first = otherRecord(question, head);
  if (first !== undefined) {
    return {
      state: next,
      evidence: { kind: "twoAnswers", request: question.request, first, second: head },
    };
  }
  return placeFor(state, question) !== undefined
    ? { state: next }
    : { state: next, evidence: twoAnswers(question, head) };
}

function onBroken(
  state: TwinWatchState,
  { contradiction }: PairTraffic & { readonly type: "broken" },
): TwinWatchStep {
  const next = { ...state, begun: undefined };
  const request = state.questions[0]?.request;
  if (contradiction === undefined || request === undefined) return { state: next };
  return { state: next, evidence: { kind: "interleaved", request, ...contradiction } };
}

/** Both are answers to the newest request, and that was sent once. */
function interleaved(
  state: TwinWatchState,
  first: Uint8Array,
  second: Uint8Array,
): TwinWatchStep {
  const [newest] = state.questions;
  const isEvidence = newest !== undefined && newest.sentCount === 1 && isReading(newest) &&
    answers(newest, first) && answers(newest, second);
  if (!isEvidence) return { state };
  return { state, evidence: { kind: "interleaved", request: newest.request, first, second } };
}

function onMessage(
  given: TwinWatchState,
  data: Uint8Array,
  functional: ReadonlySet<number>,
): TwinWatchStep {
  const { begun, last } = given;
  const state = { ...given, begun: undefined, last: data };
  if (begun !== undefined && !isWholeOf(begun, data) && !isPending(data) && !isBusy(data)) {
    const step = interleaved(state, begun.head, data);
    if (step.evidence !== undefined) return step;
  }
  if ((last !== undefined && equalBytes(last, data)) || isBusy(data)) return { state };
  const question = questionOf(state, data);
  if (question === undefined) return onUnasked(state, data, functional);
  if (isPending(data)) {
    return question.isPending || isOpen(question) || !isReading(question)
      ? { state: withChange(state, question, { isPending: true }) }
      : { state, evidence: twoAnswers(question, data) };
  }
  if (question.answers.some((answer) => equalBytes(answer, data))) return { state };
  const other = otherRecord(question, data);
  if (other !== undefined) {
    return {
      state,
      evidence: { kind: "twoAnswers", request: question.request, first: other, second: data },
    };
  }
  const placed = placeFor(state, question);
  if (placed === undefined) {
    return isReading(question) ? { state, evidence: twoAnswers(question, data) } : { state };
  }
  const answered = placed.questions.find(({ request }) => request === question.request)!;
  const next = withChange(placed, answered, { answers: [...answered.answers, data] });
  return { state: { ...next, isAnswered: true } };
}

/** A positive answer to a reading, where this one is positive too: one node has one record. */
function otherRecord(question: Question, data: Uint8Array): Uint8Array | undefined {
  if (!isReading(question) || data[0] === NEGATIVE_RESPONSE_SID) return undefined;
  return question.answers.find((answer) => answer[0] !== NEGATIVE_RESPONSE_SID);
}

/**
 * Makes room for one more answer to a question: a negative response names its service only, so that
 * it may be a late one to another question.
 *
 * @returns `undefined` when there is none.
 */
function placeFor(state: TwinWatchState, question: Question): TwinWatchState | undefined {
  if (isOpen(question)) return state;
  for (const answer of question.answers) {
    const other = state.questions.find((candidate) =>
      answer[0] === NEGATIVE_RESPONSE_SID && isOpen(candidate) && answers(candidate, answer)
    );
    if (other === undefined) continue;
    const moved = withChange(state, other, { answers: [...other.answers, answer] });
    const left = question.answers.filter((kept) => kept !== answer);
    return withChange(moved, question, { answers: left });
  }
  return undefined;
}

function isReading({ request }: Question): boolean {
  return request[0] === SERVICE_ID.readDataByIdentifier;
}

function isOpen({ answers, sentCount }: Question): boolean {
  return answers.length < sentCount;
}

function twoAnswers({ request, answers }: Question, second: Uint8Array): TwinEvidence {
  return { kind: "twoAnswers", request, first: answers.at(-1)!, second };
}

function withChange(
  state: TwinWatchState,
  question: Question,
  change: Partial<Question>,
): TwinWatchState {
  const questions = state.questions.map((other) =>
    other === question ? { ...question, ...change } : other
  );
  return { ...state, questions };
}

function onUnasked(
  state: TwinWatchState,
  second: Uint8Array,
  functional: ReadonlySet<number>,
): TwinWatchStep {
  const sid = (second[0] ?? 0) - POSITIVE_RESPONSE_OFFSET;
  const request = state.questions[0]?.request;
  const isEvidence = state.isAnswered && request !== undefined && isPositiveForm(second) &&
    sid !== SERVICE_ID.testerPresent && !functional.has(sid);
  return isEvidence ? { state, evidence: { kind: "unasked", request, second } } : { state };
}

/** Of several that it may answer, the newest that waits for an answer; else the newest. */
function questionOf(state: TwinWatchState, data: Uint8Array): Question | undefined {
  const matching = state.questions.filter((question) => answers(question, data));
  return matching.find(isOpen) ?? matching[0];
}

function answers({ request, answerHead }: Question, data: Uint8Array): boolean {
  const { kind } = matchResponse(request, data, answerHead);
  return kind === "positive" || kind === "negative";
}

function isWholeOf(
  begun: { readonly head: Uint8Array; readonly lengthBytes: number },
  data: Uint8Array,
): boolean {
  return begun.lengthBytes === data.length &&
    equalBytes(begun.head, data.subarray(0, begun.head.length));
}

/** Service identifiers of requests lie below 0x3F and from 0x80 to 0xBF. */
function isPositiveForm([first = 0]: Uint8Array): boolean {
  return (first & POSITIVE_RESPONSE_OFFSET) !== 0 && first !== NEGATIVE_RESPONSE_SID;
}

function isBusy(data: Uint8Array): boolean {
  return data[0] === NEGATIVE_RESPONSE_SID && data[2] === NRC.busyRepeatRequest;
}

function isPending(data: Uint8Array): boolean {
  return data[0] === NEGATIVE_RESPONSE_SID &&
    data[2] === NRC.requestCorrectlyReceivedResponsePending;
}
