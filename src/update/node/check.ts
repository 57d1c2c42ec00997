import { defined, equalBytes } from "../../core/mod.ts";
import type { FlashSegment } from "../../stm32/mod.ts";
import { expandRequest } from "../../uds/mod.ts";
import { routineStatusRecord } from "../profiles/answer.ts";
import { requestUntilDone } from "./request_until_done.ts";
import { type RequestOptions, sendRequest, statedWaits } from "./send_request.ts";
import { AnswerMismatchError, RoutineStatusError, VerifyMismatchError } from "./errors.ts";
import { writeFields } from "./fields.ts";
import type { NodeContext } from "./node_context.ts";
import type { CheckProfile } from "../profiles/profile.ts";
import { summedPart } from "../profiles/summed_part.ts";
import { isNotNow } from "./recovery.ts";
import { tryAgain } from "./retry.ts";
import { sumOf } from "./sum_of.ts";
import { andThen, deferStep, done, fail, inOrder, recover, type Step } from "./step.ts";

/** What a slow core takes to sum 1 KiB up bit by bit, in ms; and what comes on top. */
const CHECK_MS_PER_KIB = 5;
const CHECK_MARGIN_MS = 100;

/**
 * For so long a node is asked again that says 0x22, in ms, and so often: docs/group-download.md, "The
 * conversation with one node".
 */
const AT_WORK_MS_MAX = 2000;
const AT_WORK_EVERY_MS = 100;

/**
 * As `checkSegment`, of a node that was in a group: while a block is being programmed, it may refuse.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param check How to ask.
 * @param segment The segment.
 * @returns The events of the exchanges; errors as `checkSegment` does.
 */
export function checkBehindGroup(
  context: NodeContext,
  check: CheckProfile,
  segment: FlashSegment,
): Step<void> {
  const { clock } = context;
  return deferStep(() => {
    const untilMs = clock.now() + AT_WORK_MS_MAX;
    return tryAgain(
      () => checkSegment(context, check, segment),
      (error) =>
        isNotNow(error) && clock.now() < untilMs && !context.cancellation.requested
          ? { delayMs: AT_WORK_EVERY_MS, events: [] }
          : undefined,
      context,
    );
  });
}

/**
 * Asks a node whether it holds what a segment should be.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param check How to ask.
 * @param segment The segment; only its bytes are compared, not what is behind them, unless the profile
 * has more summed up.
 * @returns The events of the exchange; errors with {@linkcode VerifyMismatchError} when it does not.
 */
export function checkSegment(
  context: NodeContext,
  check: CheckProfile,
  segment: FlashSegment,
): Step<void> {
  return deferStep(() => checkNow(context, check, segment));
}

function checkNow(
  context: NodeContext,
  check: CheckProfile,
  segment: FlashSegment,
): Step<void> {
  const write = summedPart(context.job, segment);
  const expected = sumOf(context, check.algorithm, write.data);
  const request = expandRequest(check.request, {
    ...writeFields(context, { ...segment, write }),
    checksum: expected,
    checksumSize: expected.length,
  });
  const range = { address: write.start, sizeBytes: write.data.length };
  const options = { ...summingWaits(context, write.data.length), expected: { checksum: expected } };
  if (check.mode === "report") {
    return andThen(
      sendRequest(context, request, {
        ...options,
        ...statedWaits(check.answer),
        ...defined({ response: check.answer.response }),
      }),
      (response) =>
        equalBytes(routineStatusRecord(response), expected)
          ? done()
          : fail(() => new VerifyMismatchError(range, response)),
    );
  }
  return recover(
    inOrder(requestUntilDone(context, request, check.answer, options)),
    (error) =>
      error instanceof AnswerMismatchError ||
        (error instanceof RoutineStatusError && !error.isUnknown)
        ? fail(() => new VerifyMismatchError(range, error.response))
        : undefined,
  );
}

/**
 * @param context The node: its connection, its job, and what is known of it.
 * @param sizeBytes How much it sums up before it answers.
 * @returns How long each wait for that answer may be.
 */
export function summingWaits(
  { connection, job }: NodeContext,
  sizeBytes: number,
): Pick<RequestOptions, "p2Ms" | "p2StarMs" | "firstP2Ms"> {
  const thinkMs = sizeBytes / 1024 * CHECK_MS_PER_KIB;
  const { p2Ms } = connection.client.times;
  return {
    // Who takes groups promises to ask for patience in time: its silence says that something is lost.
    ...(job.profile.group === undefined
      ? { p2StarMs: thinkMs + CHECK_MARGIN_MS }
      : { firstP2Ms: p2Ms }),
    p2Ms: p2Ms + thinkMs,
  };
}
