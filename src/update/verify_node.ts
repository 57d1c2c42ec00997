import { catchError, defer, type Observable, of } from "rxjs";
import { CanvoyError } from "../core/mod.ts";
import type { FlashSegment } from "../stm32/mod.ts";
import { stopPoint } from "./node/cancellation.ts";
import { enter, leaveNode, tellAlone } from "./node/close_first.ts";
import { toErrorReport } from "./node/error_report.ts";
import { CancelledError, VerifyMismatchError } from "./node/errors.ts";
import type { NodeEvent } from "./node/events.ts";
import { namingFailedStep } from "./node/failed_step.ts";
import { identify } from "./node/identify.ts";
import { KeptValues } from "./node/kept_values.ts";
import type { NodeContext } from "./node/node_context.ts";
import { VainTries } from "./node/node_retries.ts";
import { phaseEvent } from "./node/phases.ts";
import { plannedEvent } from "./node/planned_event.ts";
import { isRefusal, isUnreachable, recoveryFor } from "./node/recovery.ts";
import { tryAgain } from "./node/retry.ts";
import { withFindings } from "./node/session_findings.ts";
import { SegmentLedger } from "./node/segment_ledger.ts";
import {
  deferStep,
  done,
  eventsOf,
  fail,
  inOrder,
  recover,
  type Step,
  tell,
  wait,
} from "./node/step.ts";
import { compareSegments } from "./node/compare_segments.ts";
import { takeUntilLost } from "./node/take_until_lost.ts";
import { refuseTwins } from "./node/twin_watch.ts";
import { assertSegmentedForProfile } from "./profiles/segment_for_profile.ts";

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
 * @throws {RangeError} If its plan is not cut for its profile: see `segmentForProfile`.
 */
export function verifyNode(context: NodeContext): Observable<NodeEvent> {
  assertSegmentedForProfile(context.job.plan, context.job.profile);
  return defer(() => new VerifyRun(context).events());
}

/** One node's way through a comparison: what is known of it while it lasts. */
class VerifyRun {
  readonly #context: NodeContext;
  readonly #ledger = new SegmentLedger();
  #isInside = false;
  readonly #tries = new VainTries();

  constructor(context: NodeContext) {
    this.#context = { kept: new KeptValues(), ...context };
  }

  events(): Observable<NodeEvent> {
    const { connection, job } = this.#context;
    const { check } = job.profile;
    const work = check === undefined || !check.readOnly
      ? fail(() => new CannotVerifyError(job.profile.name))
      : inOrder(
        tell(plannedEvent(job.plan)),
        refuseTwins(this.#context, this.#untilThrough(), () => false),
      );
    const way = recover(
      work,
      (error) => inOrder(isUnreachable(error) ? done() : this.#leave(), fail(() => error)),
    );
    return withFindings(connection, eventsOf(way)).pipe(
      takeUntilLost(connection.lost$),
      catchError((error: unknown) => of(this.#endOf(error))),
      namingFailedStep(job.profile),
    );
  }

  #untilThrough(): Step<void> {
    const { cancellation, connection, job: { profile: { timing } } } = this.#context;
    return tryAgain(
      () => this.#tryNode(),
      (error) => {
        const recovery = recoveryFor(error);
        if (recovery === "node") connection.session?.sessionDied();
        else if (recovery === "silence") connection.session?.fellSilent();
        if (cancellation.requested || (recovery !== "silence" && recovery !== "node")) {
          return undefined;
        }
        const retry = this.#tries.next(error, this.#ledger.comparedCount, timing);
        return retry && { delayMs: retry.delayMs, events: [retry] };
      },
      this.#context,
      () => {},
    );
  }

  #tryNode(): Step<void> {
    const context = this.#context;
    return inOrder(
      stopPoint(context),
      identify(context),
      wait(context.begin$),
      !this.#tries.isFirst || context.isToldAlone === true ? tellAlone(context, "before") : done(),
      enter(context, this.#ledger),
      () => {
        this.#isInside = true;
        return compareSegments(context, this.#ledger);
      },
      this.#leave(),
      () => judge(context.job.plan.segments, this.#ledger),
    );
  }

  /** A node goes back to what it ran: not all hear what its bus is told at the end. */
  #leave(): Step<void> {
    return deferStep(() => {
      if (!this.#isInside) return done();
      this.#isInside = false;
      const { isToldAlone = false } = this.#context;
      return inOrder(
        leaveNode(this.#context, this.#ledger),
        isToldAlone ? tellAlone(this.#context, "after") : done(),
      );
    });
  }

  #endOf(error: unknown): NodeEvent {
    const isCancelled = this.#context.cancellation.requested;
    if (error instanceof CancelledError || (isCancelled && error instanceof CanvoyError)) {
      return { type: "nodeCancelled", state: "untouched" };
    }
    const report = toErrorReport(error);
    if (isRefusal(error)) return { type: "nodeRefused", error: report };
    return { type: "nodeFailed", error: report, state: "untouched" };
  }
}

/** What is different fails; a node that would not tell is not called different. */
function judge(segments: readonly FlashSegment[], ledger: SegmentLedger): Step<void> {
  const differences = segments.flatMap(({ index }) => {
    const error = ledger.differenceOf(index);
    return error === undefined ? [] : [{ index, error }];
  });
  if (differences.length === 0) return tell({ type: "nodeDone", upToDate: true });
  const worst = differences.find(({ error }) => !(error instanceof VerifyMismatchError)) ??
    differences[0]!;
  return inOrder(
    tell(...differences.map((segment) => phaseEvent(segment, "failed"))),
    fail(() => worst.error),
  );
}
