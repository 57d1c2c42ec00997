import type { FlashSegment } from "../../stm32/mod.ts";
import { requestUntilDone } from "./request_until_done.ts";
import type { RequestOptions } from "./send_request.ts";
import { stopPoint } from "./cancellation.ts";
import { checkSegment } from "./check.ts";
import { closeTransfer, enter, fromKnownState } from "./close_first.ts";
import { download, RUNGS_WITH_DRIVER } from "./download.ts";
import { toErrorReport } from "./error_report.ts";
import { eraseWaits, inEraseTurn, onRefusedErase } from "./erase_bounds.ts";
import { RoutineStatusError } from "./errors.ts";
import { eraseFields, expandWith } from "./fields.ts";
import type { NodeContext } from "./node_context.ts";
import { phaseEvent } from "./phases.ts";
import { endsSession, recoveryFor } from "./recovery.ts";
import { growingDelayMs, tryAgain } from "./retry.ts";
import type { SegmentLedger } from "./segment_ledger.ts";
import { takeSteps } from "./steps.ts";
import {
  act,
  andThen,
  deferStep,
  done,
  fail,
  inOrder,
  recover,
  type Step,
  tell,
  wait,
  watching,
} from "./step.ts";

/**
 * Brings one segment to "holds what it should": erased, written and verified, and again when that
 * fails. No erase is asked for before its announcement is written down.
 *
 * @param context The node, in its bootloader and unlocked.
 * @param ledger What is known of its segments.
 * @param segment The segment.
 * @returns Its events; errors with the last failure when it is given up.
 */
export function updateSegment(
  context: NodeContext,
  ledger: SegmentLedger,
  segment: FlashSegment,
): Step<void> {
  return trySegment(
    context,
    segment,
    (attempt) =>
      inOrder(
        ledger.isCounterUnknown ? countAnew(context, ledger) : done(),
        () => attemptSegment(context, ledger, segment, attempt),
      ),
  );
}

/**
 * Erases a segment that is written later, once all others are: until then the node has nothing that
 * it could take for valid.
 *
 * @param context The node, in its bootloader and unlocked.
 * @param ledger What is known of its segments.
 * @param segment The segment.
 * @returns Its events; errors with the last failure when it is given up.
 */
export function eraseAhead(
  context: NodeContext,
  ledger: SegmentLedger,
  segment: FlashSegment,
): Step<void> {
  return trySegment(context, segment, (attempt) =>
    inOrder(
      announceAndErase(context, ledger, segment, attempt),
      tell(phaseEvent(segment, "erased", attempt)),
    ));
}

function trySegment(
  context: NodeContext,
  segment: FlashSegment,
  attemptOnce: (attempt: number) => Step<void>,
): Step<void> {
  const { timing } = context.job.profile;
  return tryAgain(
    attemptOnce,
    (error, attempt) => {
      if (endsSession(error)) context.connection.session?.sessionDied();
      const isFinal = recoveryFor(error) !== "segment" || attempt >= timing.segmentAttemptsMax ||
        context.cancellation.requested;
      if (isFinal) return undefined;
      const delayMs = growingDelayMs(attempt, timing);
      return {
        delayMs,
        events: [
          phaseEvent(segment, "waitingToRetry", attempt),
          {
            type: "retry",
            scope: "segment",
            segment: segment.index,
            attempt: attempt + 1,
            delayMs,
            error: toErrorReport(error),
          },
        ],
      };
    },
    context,
  );
}

function attemptSegment(
  context: NodeContext,
  ledger: SegmentLedger,
  segment: FlashSegment,
  attempt: number,
): Step<void> {
  const { check } = context.job.profile;
  return inOrder(
    ledger.isTransferOpen ? closeTransfer(context, ledger) : done(),
    ledger.isBlank(segment.index) ? done() : announceAndErase(context, ledger, segment, attempt),
    stopPoint(context),
    tell(phaseEvent(segment, "writing", attempt)),
    stopPoint(context),
    download(context, ledger, segment),
    tell(phaseEvent(segment, "verifying", attempt)),
    check === undefined
      ? done()
      : asFailure(checkSegment(context, check, segment), () => ledger.verifiedCount > 0),
    act(() => ledger.verify(segment.index)),
    tell(phaseEvent(segment, "verified", attempt)),
  );
}

/** A counter that goes on begins with the session: where nobody knows it, the session begins anew. */
function countAnew(context: NodeContext, ledger: SegmentLedger): Step<void> {
  return inOrder(act(() => ledger.sessionLost()), enter(context, ledger));
}

function announceAndErase(
  context: NodeContext,
  ledger: SegmentLedger,
  segment: FlashSegment,
  attempt: number,
): Step<void> {
  const announced = inOrder(
    stopPoint(context),
    tell(phaseEvent(segment, "erasing", attempt)),
    wait(context.announced$),
    stopPoint(context),
  );
  // Where RequestDownload erases, it takes the turn.
  return context.job.profile.erase.request === undefined
    ? announced
    : inEraseTurn(context, inOrder(announced, eraseSegment(context, ledger, segment)));
}

function eraseSegment(
  context: NodeContext,
  ledger: SegmentLedger,
  segment: FlashSegment,
): Step<void> {
  const erased = deferStep(() => {
    const untouch = ledger.touch(segment.index);
    return onRefusedErase(context, eraseUnits(context, ledger, segment), untouch);
  });
  return inOrder(
    fromKnownState(context, ledger, RUNGS_WITH_DRIVER, erased),
    act(() => {
      ledger.blank(segment.index);
    }),
  );
}

/**
 * Has a node erase the units of a segment.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param ledger Takes note that the node confirmed it.
 * @param segment The segment; the caller has noted that it is touched.
 * @param options What is to be done where the last answer is lost.
 * @returns The events of the exchange; errors with the failure.
 */
export function eraseUnits(
  context: NodeContext,
  ledger: SegmentLedger,
  segment: FlashSegment,
  options: Pick<RequestOptions, "repeatsAfterPending"> = {},
): Step<void> {
  const { erase, group } = context.job.profile;
  if (erase.request === undefined) return done();
  const { request } = erase;
  const { p2Ms: eraseMsMax = 0, timeoutMs = 0 } = eraseWaits(context, segment);
  const fields = eraseFields(context, segment);
  const asked = deferStep(() =>
    requestUntilDone(context, expandWith(context, request, fields), erase.answer, {
      p2Ms: eraseMsMax,
      // Who takes groups promises to say 0x78 within P2, and again within P2*: silence is a loss.
      ...(group === undefined || ledger.erasesInSilence
        ? { p2StarMs: eraseMsMax }
        : { firstP2Ms: context.connection.client.times.p2Ms }),
      ...options,
      timeoutMs,
    })
  );
  const erased = andThen(asked, (response) =>
    act(() => {
      // A request that asks for no positive response has none.
      if (response.length > 0) ledger.confirmErase();
    }));
  return inOrder(
    takeSteps(context, erase.before, fields),
    asFailure(
      watching(erased, ({ type }) => ledger.erasesInSilence ||= type === "retry"),
      () => ledger.isErased || ledger.mayTryFirstErase(),
    ),
    () => {
      const after = erase.after.map((step) => ({ timeoutMs, ...step }));
      return takeSteps(context, after, fields, { deafMs: eraseMsMax });
    },
  );
}

/**
 * Once the node has given a status that the profile calls good, one that it does not know is the
 * node's word for failure, and another try may help. So it may be with the very first erase: one more
 * tells an erase that failed from a profile that does not fit.
 */
function asFailure(step: Step<void>, wasGood: () => boolean): Step<void> {
  return recover(step, (error) => {
    const isFailure = error instanceof RoutineStatusError && error.isUnknown && wasGood();
    return isFailure ? fail(() => error.asFailure()) : undefined;
  });
}
