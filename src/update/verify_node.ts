import {
  catchError,
  concat,
  concatWith,
  defer,
  EMPTY,
  type Observable,
  of,
  throwError,
} from "rxjs";
import { CanvoyError } from "../core/mod.ts";
import { checkpoint } from "./cancellation.ts";
import { checkSegment } from "./check.ts";
import { toErrorReport } from "./error_report.ts";
import { CancelledError, VerifyMismatchError, WrongHardwareError } from "./errors.ts";
import type { NodeEvent } from "./events.ts";
import { jobFields } from "./fields.ts";
import { segmentForProfile } from "./segment_for_profile.ts";
import { identify } from "./identify.ts";
import type { NodeContext } from "./node_context.ts";
import type { CheckProfile } from "./profile.ts";
import { recoveryFor } from "./recovery.ts";
import { growingDelayMs, tryAgain } from "./retry.ts";
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
 * `VERIFY_MISMATCH`. A node that falls silent or loses its session is brought back as in an update,
 * and asked for the segments that are left; when the operator asks to stop, no further segment is.
 *
 * @param context The node and its image.
 * @returns Its events.
 */
export function verifyNode(context: NodeContext): Observable<NodeEvent> {
  return defer(() => new VerifyRun(context).events());
}

/** One node's way through a comparison: what is known of it while it lasts. */
class VerifyRun {
  readonly #context: NodeContext;
  #nextSegment = 0;
  #mismatch: VerifyMismatchError | undefined;
  #comparedAtLastTry = 0;
  #triesWithoutProgress = 0;

  constructor(context: NodeContext) {
    const { job } = context;
    const plan = segmentForProfile(job.plan, job.profile);
    this.#context = { ...context, job: { ...job, plan } };
  }

  events(): Observable<NodeEvent> {
    const { connection, job } = this.#context;
    const { check } = job.profile;
    const { segments, imageSizeBytes } = job.plan;
    const work$ = check === undefined || !check.readOnly
      ? throwError(() => new CannotVerifyError(job.profile.name))
      : concat(
        of<NodeEvent>({
          type: "nodePlanned",
          imageBytes: imageSizeBytes,
          segments: segments.map(({ range, write }) => ({
            ...range,
            dataBytes: write.data.length,
          })),
        }),
        this.#untilThrough(check),
      );
    return work$.pipe(
      takeUntilLost(connection.lost$),
      catchError((error: unknown) => of(this.#endOf(error))),
    );
  }

  #untilThrough(check: CheckProfile): Observable<NodeEvent> {
    const { cancellation, job: { profile: { timing } } } = this.#context;
    return tryAgain(
      () => this.#tryNode(check),
      (error) => {
        const recovery = recoveryFor(error);
        if (cancellation.requested || (recovery !== "silence" && recovery !== "node")) {
          return undefined;
        }
        const hasProgress = this.#nextSegment > this.#comparedAtLastTry;
        this.#comparedAtLastTry = this.#nextSegment;
        this.#triesWithoutProgress = hasProgress ? 1 : this.#triesWithoutProgress + 1;
        if (this.#triesWithoutProgress >= timing.nodeAttemptsMax) return undefined;
        const attempt = this.#triesWithoutProgress + 1;
        const delayMs = growingDelayMs(attempt - 1, timing);
        const report = toErrorReport(error);
        return {
          delayMs,
          events: [{ type: "retry", scope: "node", attempt, delayMs, error: report }],
        };
      },
      this.#context,
    );
  }

  #tryNode(check: CheckProfile): Observable<NodeEvent> {
    const context = this.#context;
    const { enter } = context.job.profile;
    return concat(
      checkpoint(context.cancellation),
      identify(context),
      takeSteps(context, enter, jobFields(context.job)),
      defer(() => this.#segments(check)),
      defer(() => {
        const mismatch = this.#mismatch;
        if (mismatch !== undefined) return throwError(() => mismatch);
        return of<NodeEvent>({ type: "nodeDone", upToDate: true });
      }),
    );
  }

  #segments(check: CheckProfile): Observable<NodeEvent> {
    const context = this.#context;
    const left = context.job.plan.segments.slice(this.#nextSegment);
    return concat(...left.map((segment) =>
      concat(
        checkpoint(context.cancellation),
        of<NodeEvent>(phase(segment.index, "checking")),
        checkSegment(context, check, segment),
        of<NodeEvent>(phase(segment.index, "skipped")),
      ).pipe(
        catchError((error: unknown) => {
          if (!(error instanceof VerifyMismatchError)) return throwError(() => error);
          this.#mismatch ??= error;
          return of(phase(segment.index, "failed"));
        }),
        concatWith(defer(() => {
          this.#nextSegment++;
          return EMPTY;
        })),
      )
    ));
  }

  #endOf(error: unknown): NodeEvent {
    const isCancelled = this.#context.cancellation.requested;
    if (error instanceof CancelledError || (isCancelled && error instanceof CanvoyError)) {
      return { type: "nodeCancelled", state: "untouched" };
    }
    const report = toErrorReport(error);
    if (error instanceof WrongHardwareError) return { type: "nodeRefused", error: report };
    return { type: "nodeFailed", error: report, state: "untouched" };
  }
}

function phase(segment: number, name: "checking" | "skipped" | "failed"): NodeEvent {
  return { type: "segmentPhase", segment, phase: name, attempt: 1 };
}
