import { catchError, defer, type Observable, of, tap, throwError } from "rxjs";
import { CanvoyError } from "../core/mod.ts";
import { BusAwayError } from "./node/bus_presence.ts";
import { namingFailedStep } from "./node/failed_step.ts";
import { ActivationError, BankModeError, NodeChangedError } from "./node/errors.ts";
import type { NodeEvent } from "./node/events.ts";
import type { NodeContext, NodeJob } from "./node/node_context.ts";
import { isUnreachable } from "./node/recovery.ts";
import { withFindings } from "./node/session_findings.ts";
import { TransmitPriority } from "./node/transmit_priority.ts";
import { andThen, done, eventsOf, fail, inOrder, recover, type Step } from "./node/step.ts";
import { takeUntilLost } from "./node/take_until_lost.ts";
import { NodeRun } from "./node_run.ts";
import { awaitBootloader, wayBack } from "./roll_back.ts";
import { assertSegmentedForProfile } from "./profiles/segment_for_profile.ts";

/**
 * Brings one node from its old firmware to its new one.
 *
 * Cold; emits the events of one node in the order that {@linkcode NodeEvent} promises and completes
 * after the one that ends it; a failure of the node is an event, never an error of the stream.
 * Unsubscribing stops in the middle: to stop safely, ask by the context's cancellation.
 *
 * A node that fails is given the image to go back to, where there is one, by the same way as any
 * image; one whose option bits say that it has one bank gets the plan for that.
 *
 * @param context The node and what is to be done to it.
 * @returns Its events.
 * @throws {RangeError} If its plan is not cut for its profile: see `segmentForProfile`.
 */
export function updateNode(context: NodeContext): Observable<NodeEvent> {
  assertSegmentedForProfile(context.job.plan, context.job.profile);
  return bringTo(context, goBack).pipe(
    catchError((error: unknown) => {
      const job = jobInOneBank(context.job, error);
      const { group: _group, ...alone } = context;
      return job === undefined ? throwError(() => error) : bringTo({ ...alone, job }, goBack);
    }),
    namingFailedStep(context.job.profile),
  );
}

/** What is done about a node that did not get its image. */
type AfterFailure = (run: NodeRun, error: CanvoyError) => Step<void>;

/** One image, once: errors only where another of the job's plans is the right one. */
function bringTo(context: NodeContext, afterFailure: AfterFailure): Observable<NodeEvent> {
  return defer(() => {
    const { connection, clock, job } = context;
    const run = new NodeRun(context);
    const standing = new TransmitPriority(run.context.job.plan, connection, clock);
    const settled = recover(run.bring(), (error) => settle(run, error, afterFailure));
    const conversation$ = eventsOf(settled).pipe(
      tap((event) => {
        standing.next(event);
        listenWhileSilent(run, event);
      }),
    );
    return withFindings(connection, conversation$).pipe(
      takeUntilLost(connection.lost$),
      catchError((error: unknown) =>
        jobInOneBank(job, error) === undefined ? of(run.endOf(error)) : throwError(() => error)
      ),
    );
  });
}

/** Only where a node is silent from the start, or brought back in, all frames are listened to. */
function listenWhileSilent({ context, known }: NodeRun, event: NodeEvent): void {
  const { witness } = context.connection;
  if (event.type === "nodePlanned") witness?.begin();
  if (event.type === "nodeIdentified") witness?.end();
  const isSilent = known.identity === undefined ||
    (event.type === "retry" && event.scope === "node");
  if (event.type === "retry" && isSilent) witness?.listen();
}

/** Leaves a node that failed as well as it can be left, and fails with the same error. */
function settle(run: NodeRun, error: unknown, afterFailure: AfterFailure): Step<void> {
  // Nothing reaches a node whose bus stays away.
  const isLost = !(error instanceof CanvoyError) || error instanceof BusAwayError;
  if (isLost) return fail(() => error);
  const isStopped = run.context.cancellation.requested;
  return inOrder(
    isStopped ? done() : recover(
      inOrder(waitForNode(run, error), () => afterFailure(run, error)),
      (other) => other instanceof CanvoyError ? done() : undefined,
    ),
    () => run.leave(error),
    fail(() => error),
  );
}

/** Has a node that may run what was not confirmed the time to do something about it by itself. */
function waitForNode(run: NodeRun, error: CanvoyError): Step<void> {
  const { banks, context, identity } = run;
  if (banks !== undefined) return banks.isSwapAsked ? banks.awaitReturn() : done();
  const tellsVersion = identity.version !== undefined || context.job.tellsVersion === true;
  if (!(error instanceof ActivationError) || !tellsVersion) return done();
  return andThen(awaitBootloader(context), (isHeard) => {
    if (isHeard) run.isInBootloader();
    return done();
  });
}

/** Gives a node with one bank the image to go back to, where there is one and that may help. */
function goBack(run: NodeRun, error: CanvoyError): Step<void> {
  const { context: { job: { rollbackPlan: plan } }, ledger, banks } = run;
  const mayHelp = plan !== undefined && !(error instanceof NodeChangedError) &&
    (error instanceof ActivationError || (ledger.isTouched && !isUnreachable(error)));
  if (!mayHelp || banks !== undefined) return done();
  return wayBack(run, plan, (back) => bringTo(back, () => done()));
}

/** Where the fleet file leaves it open, the node's option bits say which plan is followed. */
function jobInOneBank(given: NodeJob, error: unknown): NodeJob | undefined {
  const { singleBankPlan: plan, inactivePlan: _inactivePlan, ...job } = given;
  const isOther = plan !== undefined && error instanceof BankModeError && error.hasOneBank;
  return isOther ? { ...job, plan } : undefined;
}
