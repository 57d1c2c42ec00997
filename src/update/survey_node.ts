import { catchError, defer, type Observable, of } from "rxjs";
import { CanvoyError } from "../core/mod.ts";
import { UdsNegativeResponseError } from "../uds/mod.ts";
import { stopPoint } from "./node/cancellation.ts";
import { checkSegment } from "./node/check.ts";
import { toErrorReport } from "./node/error_report.ts";
import { CancelledError, RoutineStatusError, VerifyMismatchError } from "./node/errors.ts";
import type { NodeEvent } from "./node/events.ts";
import { namingFailedStep } from "./node/failed_step.ts";
import { identify } from "./node/identify.ts";
import { phaseEvent } from "./node/phases.ts";
import { plannedEvent } from "./node/planned_event.ts";
import { isRefusal } from "./node/recovery.ts";
import type { NodeContext } from "./node/node_context.ts";
import { sparesErases } from "./profiles/check_strength.ts";
import type { CheckProfile } from "./profiles/profile.ts";
import type { FlashSegment } from "../stm32/mod.ts";
import {
  andThen,
  done,
  eventsOf,
  inOrder,
  inOrderKeeping,
  recover,
  type Step,
  tell,
} from "./node/step.ts";
import { takeUntilLost } from "./node/take_until_lost.ts";
import { refuseTwins } from "./node/twin_watch.ts";
import { assertSegmentedForProfile } from "./profiles/segment_for_profile.ts";

/**
 * Finds out what an update would find, by questions that change nothing and leave the node in the
 * session that it is in: what it is, and where the profile's check only reads, which segments it
 * holds already. A node that answers no checksum in its present session has told nothing of them.
 *
 * Cold; as `updateNode`, but a segment ends `skipped` (equal), `failed` (different) or stays
 * `pending` (not told), and a node that answered is `nodeDone`, `upToDate` when it holds all.
 *
 * @param context The node and its image.
 * @returns Its events.
 * @throws {RangeError} If its plan is not cut for its profile: see `segmentForProfile`.
 */
export function surveyNode(context: NodeContext): Observable<NodeEvent> {
  assertSegmentedForProfile(context.job.plan, context.job.profile);
  return defer(() => {
    const asked = andThen(identify(context), () => holdsEach(context));
    return eventsOf(inOrder(
      tell(plannedEvent(context.job.plan)),
      stopPoint(context),
      andThen(
        refuseTwins(context, asked, () => false),
        (upToDate) => tell({ type: "nodeDone", upToDate }),
      ),
    ));
  }).pipe(
    takeUntilLost(context.connection.lost$),
    catchError((error: unknown) => of(endOf(error))),
    namingFailedStep(context.job.profile),
  );
}

/** Whether the node holds each segment, as far as it tells in the session that it is in. */
function holdsEach(context: NodeContext): Step<boolean> {
  const { check } = context.job.profile;
  if (!sparesErases(check)) return done(false);
  const { segments } = context.job.plan;
  return recover(
    andThen(
      inOrderKeeping(segments.map((segment) => holdsOne(context, check, segment))),
      (each) => done(each.every(Boolean)),
    ),
    // It does not tell in this session: an update asks again in its own.
    (error) => error instanceof UdsNegativeResponseError ? done(false) : undefined,
  );
}

function holdsOne(
  context: NodeContext,
  check: CheckProfile,
  segment: FlashSegment,
): Step<boolean> {
  const phase = (name: "checking" | "skipped" | "failed"): Step<void> =>
    tell(phaseEvent(segment, name));
  const compared = inOrder(
    stopPoint(context),
    phase("checking"),
    checkSegment(context, check, segment),
    phase("skipped"),
  );
  return recover(
    andThen(compared, () => done(true)),
    (error) =>
      error instanceof VerifyMismatchError || error instanceof RoutineStatusError
        ? andThen(phase("failed"), () => done(false))
        : undefined,
  );
}

function endOf(error: unknown): NodeEvent {
  if (error instanceof CancelledError) return { type: "nodeCancelled", state: "untouched" };
  if (isRefusal(error)) {
    return { type: "nodeRefused", error: toErrorReport(error) };
  }
  if (!(error instanceof CanvoyError)) throw error;
  return { type: "nodeFailed", error: toErrorReport(error), state: "untouched" };
}
