import { catchError, EMPTY, type Observable, throwError } from "rxjs";
import { checksum } from "../codec/mod.ts";
import { equalBytes } from "../core/mod.ts";
import type { FlashSegment } from "../stm32/mod.ts";
import { expandRequest } from "../uds/mod.ts";
import { routineStatusRecord } from "./answer.ts";
import { ask, askUntilDone } from "./ask.ts";
import { RoutineStatusError, VerifyMismatchError } from "./errors.ts";
import type { NodeEvent } from "./events.ts";
import { writeFields } from "./fields.ts";
import type { NodeContext } from "./node_context.ts";
import type { CheckProfile } from "./profile.ts";

/** What a slow core takes to sum 1 KiB up bit by bit, in ms; and what comes on top. */
const CHECK_MS_PER_KIB = 5;
const CHECK_MARGIN_MS = 100;

/**
 * Asks a node whether it holds what a segment should be.
 *
 * @param context The node.
 * @param check How to ask.
 * @param segment The segment; only its bytes are compared, not what is behind them.
 * @returns The events of the exchange; errors with {@linkcode VerifyMismatchError} when it does not.
 */
export function checkSegment(
  context: NodeContext,
  check: CheckProfile,
  segment: FlashSegment,
): Observable<NodeEvent> {
  const { write } = segment;
  const expected = checksum(check.algorithm, write.data);
  const request = expandRequest(check.request, {
    ...writeFields(context.job, segment),
    checksum: expected,
    checksumSize: expected.length,
  });
  const range = { address: write.start, sizeBytes: write.data.length };
  const thinkMs = write.data.length / 1024 * CHECK_MS_PER_KIB;
  const { p2Ms } = context.connection.client.times;
  const options = {
    // Who takes groups promises to ask for patience in time: its silence says that something is lost.
    ...(context.job.profile.group === undefined
      ? { p2StarMs: thinkMs + CHECK_MARGIN_MS }
      : { firstP2Ms: p2Ms }),
    p2Ms: p2Ms + thinkMs,
  };
  if (check.mode === "report") {
    return ask(
      context,
      request,
      (response) =>
        equalBytes(routineStatusRecord(response), expected)
          ? EMPTY
          : throwError(() => new VerifyMismatchError(range, response)),
      options,
    );
  }
  return askUntilDone(context, request, check.answer, options).pipe(
    catchError((error: unknown) =>
      throwError(() =>
        error instanceof RoutineStatusError && !error.isUnknown
          ? new VerifyMismatchError(range, error.response)
          : error
      )
    ),
  );
}
