import { catchError, concat, defer, EMPTY, type Observable, of, throwError } from "rxjs";
import { CanvoyError } from "../core/mod.ts";
import { UdsNegativeResponseError } from "../uds/mod.ts";
import { checkpoint } from "./cancellation.ts";
import { checkSegment } from "./check.ts";
import { toErrorReport } from "./error_report.ts";
import { CancelledError, RoutineStatusError, VerifyMismatchError } from "./errors.ts";
import type { NodeEvent } from "./events.ts";
import { identify } from "./identify.ts";
import { isRefusal } from "./recovery.ts";
import type { NodeContext } from "./node_context.ts";
import { segmentForProfile } from "./segment_for_profile.ts";
import { takeUntilLost } from "./take_until_lost.ts";
import { refuseTwins } from "./twin_watch.ts";

/**
 * Finds out what an update would find, by questions that change nothing and leave the node in the
 * session that it is in: what it is, and where the profile's check only reads, which segments it
 * holds already. A node that answers no checksum in its present session has told nothing of them.
 *
 * Cold; as `updateNode`, but a segment ends `skipped` (equal), `failed` (different) or stays
 * `pending` (not told), and a node that answered is `nodeDone`, `upToDate` when it holds all.
 *
 * @param given The node and its image.
 * @returns Its events.
 */
export function surveyNode(given: NodeContext): Observable<NodeEvent> {
  return defer(() => {
    const { job } = given;
    const plan = segmentForProfile(job.plan, job.profile);
    const context = { ...given, job: { ...job, plan } };
    const segments = plan.segments.map(({ range, write }) => ({
      ...range,
      dataBytes: write.data.length,
    }));
    let equalCount = 0;
    return concat(
      of<NodeEvent>({ type: "nodePlanned", imageBytes: plan.imageSizeBytes, segments }),
      checkpoint(context.cancellation),
      refuseTwins(
        context,
        concat(identify(context), compareSegments(context, () => equalCount++)),
        () => false,
      ),
      defer(() => of<NodeEvent>({ type: "nodeDone", upToDate: equalCount === segments.length })),
    );
  }).pipe(
    takeUntilLost(given.connection.lost$),
    catchError((error: unknown) => of(endOf(error))),
  );
}

function compareSegments(context: NodeContext, onEqual: () => void): Observable<NodeEvent> {
  const { check } = context.job.profile;
  if (check === undefined || !check.readOnly) return EMPTY;
  return concat(...context.job.plan.segments.map((segment) => {
    const phase = (name: "checking" | "skipped" | "failed"): NodeEvent => ({
      type: "segmentPhase",
      segment: segment.index,
      phase: name,
      attempt: 1,
    });
    return concat(
      checkpoint(context.cancellation),
      of(phase("checking")),
      checkSegment(context, check, segment),
      defer(() => {
        onEqual();
        return of(phase("skipped"));
      }),
    ).pipe(
      catchError((error: unknown) =>
        error instanceof VerifyMismatchError || error instanceof RoutineStatusError
          ? of(phase("failed"))
          : throwError(() => error)
      ),
    );
  })).pipe(
    // It does not tell in this session: an update asks again in its own.
    catchError((error: unknown) =>
      error instanceof UdsNegativeResponseError ? EMPTY : throwError(() => error)
    ),
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
