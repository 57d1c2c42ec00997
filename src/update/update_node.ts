import {
  catchError,
  concat,
  defer,
  EMPTY,
  finalize,
  map,
  merge,
  type Observable,
  of,
  Subject,
  takeUntil,
  tap,
  throwError,
} from "rxjs";
import { CanvoyError, defined } from "../core/mod.ts";
import { UdsNegativeResponseError } from "../uds/mod.ts";
import { confirmActivation } from "./activate.ts";
import { BusAwayError } from "./bus_presence.ts";
import { checkpoint } from "./cancellation.ts";
import { enter, leaveNode, tellAlone } from "./close_first.ts";
import { downloadDriver } from "./download.ts";
import { toErrorReport } from "./error_report.ts";
import { ActivationError, BankModeError, CancelledError, NodeChangedError } from "./errors.ts";
import type { NodeEndState, NodeEvent, NodeIdentity, NodePhase } from "./events.ts";
import { jobFields } from "./fields.ts";
import { groupRuns } from "./group_run.ts";
import { confirmHardware, confirmRelease, expectSameNode, identify } from "./identify.ts";
import { segmentForProfile } from "./segment_for_profile.ts";
import { explained, withWitness } from "./explained.ts";
import type { NodeContext, NodeNotes } from "./node_context.ts";
import {
  isNotNow,
  isRefusal,
  isUnreachable,
  type Recovery,
  recoveryFor,
  refusesSession,
} from "./recovery.ts";
import { growingDelayMs, tryAgain } from "./retry.ts";
import { rewriteSegments } from "./rewrite_segments.ts";
import { awaitBootloader, rollBack } from "./roll_back.ts";
import { SegmentLedger } from "./segment_ledger.ts";
import { NodeStanding } from "./standing.ts";
import { takeFinish } from "./steps.ts";
import { surveySegments } from "./survey.ts";
import { updateInGroup } from "./update_in_group.ts";
import { takeUntilLost } from "./take_until_lost.ts";
import { refuseTwins } from "./twin_watch.ts";
import { expectOneBank, TwoBanks } from "./two_banks.ts";
import { writtenPlan } from "./written_plan.ts";

/**
 * Brings one node from its old firmware to its new one.
 *
 * Cold; emits the events of one node in the order that {@linkcode NodeEvent} promises and completes
 * after the one that ends it; a failure of the node is an event, never an error of the stream.
 * Unsubscribing stops in the middle: to stop safely, ask by the context's cancellation.
 *
 * @param context The node and what is to be done to it.
 * @returns Its events.
 */
export function updateNode(context: NodeContext): Observable<NodeEvent> {
  return defer(() => {
    const run = new NodeRun(context);
    return run.events();
  });
}

/** Until it has told what it is. */
const NO_IDENTITY: NodeIdentity = {};

/** One node's way through an update: what is known of it while it lasts. */
class NodeRun {
  readonly #context: NodeContext;
  readonly #ledger: SegmentLedger;
  readonly #banks: TwoBanks | undefined;
  readonly #notes: NodeNotes = {};
  #identity: NodeIdentity = NO_IDENTITY;
  /** Whether anything was tried again since it has told what it is. */
  #isRetried = false;
  #version: string | undefined;
  #isWhole = false;
  #hasLeftGroup = false;
  /** What was found out once it had failed. */
  #leftIn: NodeEndState | undefined;
  /** Whether the node was brought into its bootloader in this try. */
  #isInside = false;
  #isAnotherTry = false;
  #verifiedAtLastTry = 0;
  #triesWithoutProgress = 0;
  /** How many segments were verified when something was last refused for good. */
  #refusedAtVerified: number | undefined;

  constructor(context: NodeContext) {
    const { job } = context;
    const { profile, inactivePlan } = job;
    const plan = segmentForProfile(writtenPlan(job), profile);
    this.#context = { ...context, notes: this.#notes, job: { ...job, plan } };
    this.#ledger = new SegmentLedger(job.history);
    if (inactivePlan === undefined || profile.banks === undefined) return;
    this.#banks = new TwoBanks({
      context: this.#context,
      banks: profile.banks,
      activePlan: segmentForProfile(job.plan, profile),
      ledger: this.#ledger,
    });
  }

  events(): Observable<NodeEvent> {
    const { connection, clock, job } = this.#context;
    const { lost$, session } = connection;
    const ended = new Subject<void>();
    const findings$ = (session?.findings$ ?? EMPTY).pipe(
      map((finding): NodeEvent => ({ type: "sessionFinding", finding })),
      takeUntil(ended),
    );
    const standing = new NodeStanding(job.plan, connection, clock);
    const tried$ = refuseTwins(this.#context, this.#untilThrough(), () => this.#ledger.isTouched);
    const way$ = concat(of(this.#planned()), tried$).pipe(
      catchError((error: unknown) => this.#settle(error)),
      tap((event) => {
        standing.next(event);
        this.#witness(event);
      }),
      finalize(() => ended.next()),
    );
    return merge(findings$, way$).pipe(
      takeUntilLost(lost$),
      catchError((error: unknown) => this.#inOneBank(error) ?? of(this.#endOf(error))),
    );
  }

  /** Only where a node is silent from the start, or brought back in, all frames are listened to. */
  #witness(event: NodeEvent): void {
    const { witness } = this.#context.connection;
    if (event.type === "nodePlanned") witness?.begin();
    if (event.type === "nodeIdentified") witness?.end();
    if (event.type === "retry") this.#isRetried = true;
    const isSilent = this.#identity === NO_IDENTITY ||
      (event.type === "retry" && event.scope === "node");
    if (event.type === "retry" && isSilent) witness?.listen();
  }

  #planned(): NodeEvent {
    const { segments, imageSizeBytes } = this.#context.job.plan;
    const bank = this.#banks === undefined ? {} : { bank: "inactive" } as const;
    return {
      type: "nodePlanned",
      imageBytes: imageSizeBytes,
      segments: segments.map(({ range, write }) => ({ ...range, dataBytes: write.data.length })),
      ...bank,
    };
  }

  #untilThrough(): Observable<NodeEvent> {
    const { timing } = this.#context.job.profile;
    return tryAgain(
      () => this.#tryNode(),
      (error) => {
        const recovery = this.#recoveryFor(error);
        if (this.#context.cancellation.requested || error instanceof ActivationError) {
          return undefined;
        }
        if (recovery !== "silence" && recovery !== "node") return undefined;
        const hasProgress = this.#ledger.verifiedCount > this.#verifiedAtLastTry;
        this.#verifiedAtLastTry = this.#ledger.verifiedCount;
        this.#triesWithoutProgress = hasProgress ? 1 : this.#triesWithoutProgress + 1;
        if (this.#triesWithoutProgress >= timing.nodeAttemptsMax) return undefined;
        this.#isAnotherTry = true;
        this.#ledger.sessionLost();
        const delayMs = growingDelayMs(this.#triesWithoutProgress, timing);
        return {
          delayMs,
          events: [phase("waitingToRetry"), {
            type: "retry",
            scope: "node",
            attempt: this.#triesWithoutProgress + 1,
            delayMs,
            error: toErrorReport(error),
          }],
        };
      },
      this.#context,
      () => {
        this.#isAnotherTry = true;
        this.#hasLeftGroup = false;
        this.#ledger.sessionLost();
      },
    );
  }

  /**
   * A node that lost its power may run its application again, which does not know what its bootloader
   * does: what that refuses for good may only mean that the session is lost. It is believed where
   * the node refuses once more, brought back in; one with two banks always has an application.
   */
  #recoveryFor(error: unknown): Recovery {
    const recovery = recoveryFor(error);
    const isStarting = isNotNow(error) || (this.#isAnotherTry && refusesSession(error));
    if (!this.#isInside && isStarting) return "node";
    if (recovery === "node") this.#context.connection.session?.sessionDied();
    const isRefused = this.#isInside && recovery === "none" &&
      error instanceof UdsNegativeResponseError;
    if (!isRefused) return recovery;
    const isNew = this.#refusedAtVerified !== this.#ledger.verifiedCount;
    this.#refusedAtVerified = this.#ledger.verifiedCount;
    return isNew || this.#banks !== undefined ? "node" : "none";
  }

  #tryNode(): Observable<NodeEvent> {
    this.#isInside = false;
    const context = this.#context;
    const banks = this.#banks;
    const fields = jobFields(context.job);
    return concat(
      checkpoint(context.cancellation),
      this.#ledger.isTouched
        ? EMPTY
        : concat(this.#identify(), banks?.identify() ?? expectOneBank(context), of(phase("found"))),
      context.begin$,
      of(phase("entering")),
      this.#isAnotherTry || context.isToldAlone === true ? tellAlone(context, "before") : EMPTY,
      enter(context, this.#ledger),
      defer(() => {
        this.#isInside = true;
        return of(phase("unlocked"));
      }),
      defer(() => expectSameNode(context, this.#begunWith)),
      context.hold$,
      checkpoint(context.cancellation),
      downloadDriver(context, this.#ledger),
      of(phase("updating")),
      banks?.survey() ?? EMPTY,
      this.#inGroup(),
      this.#segments(),
      defer(() => {
        this.#isWhole = true;
        return of(phase("imageVerified"));
      }),
      banks?.start() ?? concat(of(phase("activating")), takeFinish(context, fields)),
      this.#confirmActivation(),
      confirmHardware(context),
      banks?.confirm() ?? EMPTY,
      confirmRelease(context),
      this.#tellEnd(),
      defer(() => of(this.#done())),
    );
  }

  /** What a bus is told at the end of a job, where each node is told by itself. */
  #tellEnd(): Observable<NodeEvent> {
    return this.#context.isToldAlone === true ? tellAlone(this.#context, "after") : EMPTY;
  }

  #confirmActivation(): Observable<NodeEvent> {
    return defer(() =>
      confirmActivation(this.#context, {
        tellsVersion: this.#identity.version !== undefined,
        found: (version) => this.#version = version,
      })
    );
  }

  #identify(): Observable<NodeEvent> {
    return identify(this.#context).pipe(
      tap((event) => event.type === "nodeIdentified" && this.#identified(event.identity)),
    );
  }

  /** Another node is given nothing that is meant for the one that was begun with. */
  get #begunWith(): NodeIdentity {
    const isDoubtful = this.#ledger.isTouched || this.#isRetried;
    return this.#context.job.identified ?? (isDoubtful ? this.#identity : NO_IDENTITY);
  }

  /** A serial number's history follows it to wherever the node is now. */
  #identified(identity: NodeIdentity): void {
    const { serial } = identity;
    if (serial !== undefined && serial !== this.#identity.serial) {
      this.#ledger.learn(this.#context.job.historyOfSerial?.(serial));
    }
    this.#identity = identity;
    this.#isRetried = false;
  }

  /** With the others of its group, where it has one: once, unless all lost it as the bus was away. */
  #inGroup(): Observable<NodeEvent> {
    return defer(() => {
      const { group, job } = this.#context;
      if (group === undefined || this.#hasLeftGroup || this.#ledger.verifiedCount > 0) return EMPTY;
      if (this.#ledger.isDistrusted) return EMPTY; // a group believes one answer for all
      const parts = groupRuns(job.plan).map((run, i) => ({ run, transfer: group.transfers[i]! }));
      return updateInGroup(this.#context, this.#ledger, group.name, parts).pipe(
        tap((event) => this.#hasLeftGroup ||= event.type === "nodeLeftGroup"),
      );
    });
  }

  #segments(): Observable<NodeEvent> {
    return concat(
      surveySegments(this.#context, this.#ledger),
      rewriteSegments(this.#context, this.#ledger),
    );
  }

  #done(): NodeEvent {
    return {
      type: "nodeDone",
      upToDate: !this.#ledger.isTouched && this.#banks?.isSwapAsked !== true,
      ...defined({ version: this.#version }),
    };
  }

  /** Nothing is left open on a node that is given up, and whose image is not whole. */
  #settle(error: unknown): Observable<NodeEvent> {
    // Nothing reaches a node whose bus stays away.
    const isLost = !(error instanceof CanvoyError) || error instanceof BusAwayError;
    if (isLost) return throwError(() => error);
    return concat(
      this.#context.cancellation.requested ? EMPTY : this.#settleFailure(error),
      defer(() => {
        const isOpen = this.#isInside && !this.#isWhole && this.#leftIn === undefined;
        return isOpen && !isUnreachable(error)
          ? concat(leaveNode(this.#context, this.#ledger), this.#tellEnd())
          : EMPTY;
      }),
      throwError(() => error),
    );
  }

  /** Gives a node that may run what was not confirmed the time to go back by itself. */
  #settleFailure(error: CanvoyError): Observable<NodeEvent> {
    const settled$ = this.#banks === undefined
      ? this.#settleInPlace(error)
      : this.#banks.isSwapAsked
      ? this.#banks.awaitReturn()
      : EMPTY;
    return settled$.pipe(
      catchError((other: unknown) =>
        other instanceof CanvoyError ? EMPTY : throwError(() => other)
      ),
    );
  }

  /** One bank: finds out whether its bootloader took over, and gives it the image to go back to. */
  #settleInPlace(error: CanvoyError): Observable<NodeEvent> {
    const context = this.#context;
    const { rollbackPlan: plan, plan: { segments } } = context.job;
    const isDown = error instanceof ActivationError;
    const tellsVersion = this.#identity.version !== undefined || context.job.tellsVersion === true;
    const canRollBack = plan !== undefined && !(error instanceof NodeChangedError) &&
      (isDown || (this.#ledger.isTouched && !isUnreachable(error)));
    return concat(
      isDown && tellsVersion ? awaitBootloader(context, () => this.#leftIn = "bootloader") : EMPTY,
      !canRollBack ? EMPTY : defer(() => {
        const distrusted = this.#ledger.torn(segments);
        const endState = this.#endState();
        const known = { distrusted, tellsVersion, endState, identity: this.#identity };
        const parts = { plan, ...known, update: updateNode };
        return rollBack(context, parts, (left) => this.#leftIn = left);
      }),
    );
  }

  /** Where the fleet file leaves it open, the node's option bits say which plan is followed. */
  #inOneBank(error: unknown): Observable<NodeEvent> | undefined {
    const { group: _group, ...alone } = this.#context;
    const { singleBankPlan: plan, inactivePlan: _inactivePlan, ...job } = alone.job;
    const isOther = plan !== undefined && error instanceof BankModeError && error.hasOneBank;
    return isOther ? updateNode({ ...alone, job: { ...job, plan } }) : undefined;
  }

  #endOf(error: unknown): NodeEvent {
    if (error instanceof CancelledError || this.#context.cancellation.requested) {
      if (error instanceof CanvoyError) return { type: "nodeCancelled", state: this.#endState() };
    }
    const { witness } = this.#context.connection;
    const report = withWitness(toErrorReport(explained(error, this.#notes)), error, witness);
    if (isRefusal(error)) return { type: "nodeRefused", error: report };
    return { type: "nodeFailed", error: report, state: this.#endState() };
  }

  #endState(): NodeEndState {
    if (this.#banks !== undefined) return this.#banks.endState(this.#stateFound);
    if (this.#leftIn !== undefined) return this.#leftIn;
    if (!this.#ledger.isTouched) return this.#ledger.stateBefore ?? this.#stateFound;
    if (this.#isWhole) return "newImageUnconfirmed";
    return this.#ledger.isErased ? "bootloader" : "eraseUnconfirmed";
  }

  get #stateFound(): NodeEndState {
    return this.#identity.version === undefined ? "untouched" : "oldImage";
  }
}

function phase(name: NodePhase): NodeEvent {
  return { type: "nodePhase", phase: name };
}
