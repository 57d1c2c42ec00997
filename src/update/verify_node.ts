import { catchError, concat, defer, type Observable, of, throwError } from "rxjs";
import { CanvoyError } from "../core/mod.ts";
import { checkSegment } from "./check.ts";
import { toErrorReport } from "./error_report.ts";
import { VerifyMismatchError, WrongHardwareError } from "./errors.ts";
import type { NodeEvent } from "./events.ts";
import { jobFields } from "./fields.ts";
import { segmentForProfile } from "./segment_for_profile.ts";
import { identify } from "./identify.ts";
import type { NodeContext } from "./node_context.ts";
import { takeSteps } from "./steps.ts";
import { takeUntilLost } from "./take_until_lost.ts";

/** The profile knows no question that changes nothing. */
export class CannotVerifyError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "CANNOT_VERIFY";

  /**
   * Says which profile cannot.
   *
   * @param profile The profile's name.
   */
  constructor(profile: string) {
    super(`Cannot verify node: profile "${profile}" has no checksum question that changes nothing`);
  }
}

/**
 * Compares one node with its image by checksums; nothing is written.
 *
 * Cold; as `updateNode`, but every segment ends `skipped` (equal) or `failed` (different); a node
 * that holds the image is `nodeDone` with `upToDate`, one that does not is `nodeFailed` with
 * `VERIFY_MISMATCH`.
 *
 * @param given The node and its image.
 * @returns Its events.
 */
export function verifyNode(given: NodeContext): Observable<NodeEvent> {
  const plan = segmentForProfile(given.job.plan, given.job.profile);
  const job = { ...given.job, plan };
  const context = { ...given, job };
  const { check, enter } = job.profile;
  const { segments, imageSizeBytes } = job.plan;
  return defer(() => {
    let mismatch: VerifyMismatchError | undefined;
    if (check === undefined || !check.readOnly) {
      return throwError(() => new CannotVerifyError(job.profile.name));
    }
    return concat(
      of<NodeEvent>({
        type: "nodePlanned",
        imageBytes: imageSizeBytes,
        segments: segments.map(({ range, write }) => ({ ...range, dataBytes: write.data.length })),
      }),
      identify(context),
      takeSteps(context, enter, jobFields(job)),
      ...segments.map((segment) =>
        concat(
          of<NodeEvent>(phase(segment.index, "checking")),
          checkSegment(context, check, segment),
          of<NodeEvent>(phase(segment.index, "skipped")),
        ).pipe(catchError((error: unknown) => {
          if (!(error instanceof VerifyMismatchError)) return throwError(() => error);
          mismatch ??= error;
          return of(phase(segment.index, "failed"));
        }))
      ),
      defer(() => {
        if (mismatch === undefined) return of<NodeEvent>({ type: "nodeDone", upToDate: true });
        return throwError(() => mismatch);
      }),
    );
  }).pipe(
    takeUntilLost(given.connection.lost$),
    catchError((error: unknown) => {
      const report = toErrorReport(error);
      return of<NodeEvent>(
        error instanceof WrongHardwareError
          ? { type: "nodeRefused", error: report }
          : { type: "nodeFailed", error: report, state: "untouched" },
      );
    }),
  );
}

function phase(segment: number, name: "checking" | "skipped" | "failed"): NodeEvent {
  return { type: "segmentPhase", segment, phase: name, attempt: 1 };
}
