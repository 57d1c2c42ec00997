import {
  catchError,
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
} from "rxjs";
import { CanvoyError, defined } from "../core/mod.ts";
import { confirmActivation } from "./node/activate.ts";
import { BusAwayError } from "./node/bus_presence.ts";
import { stopPoint } from "./node/cancellation.ts";
import { enter, leaveNode, tellAlone } from "./node/close_first.ts";
import { downloadDriver } from "./node/download.ts";
import { toErrorReport } from "./node/error_report.ts";
import { ActivationError, BankModeError, CancelledError, NodeChangedError } from "./node/errors.ts";
import type { NodeEndState, NodeEvent, NodeIdentity, NodePhase } from "./node/events.ts";
import { groupRuns } from "./group/group_run.ts";
import { confirmHardware, confirmRelease, expectSameNode, identify } from "./node/identify.ts";
import { explained, withWitness } from "./node/explained.ts";
import type { NodeContext, NodeNotes } from "./node/node_context.ts";
import { busIsBack, learn, type NodeKnown, NOTHING_KNOWN, tryBegins } from "./node/node_known.ts";
import { NodeRetries } from "./node/node_retries.ts";
import { isRefusal, isUnreachable } from "./node/recovery.ts";
import { tryAgain } from "./node/retry.ts";
import { rewriteSegments } from "./node/rewrite_segments.ts";
import { awaitBootloader, rollBack } from "./roll_back.ts";
import { SegmentLedger } from "./node/segment_ledger.ts";
import { NodeStanding } from "./node/standing.ts";
import {
  andThen,
  done,
  eventsOf,
  fail,
  inOrder,
  recover,
  type Step,
  tell,
  wait,
  watching,
} from "./node/step.ts";
import { takeFinish } from "./node/steps.ts";
import { surveySegments } from "./node/survey.ts";
import { updateInGroup } from "./group/update_in_group.ts";
import { takeUntilLost } from "./node/take_until_lost.ts";
import { refuseTwins } from "./node/twin_watch.ts";
import { expectOneBank, TwoBanks } from "./banks/two_banks.ts";
import { writtenPlan } from "./node/written_plan.ts";

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
  return defer(() => new NodeRun(context).events());
}

/** Until it has told what it is. */
const NO_IDENTITY: NodeIdentity = {};

/** One node's way through an update: what is known of it while it lasts. */
class NodeRun {
  readonly #context: NodeContext;
  readonly #ledger: SegmentLedger;
  readonly #banks: TwoBanks | undefined;
  readonly #retries: NodeRetries;
  readonly #notes: NodeNotes = {};
  #known: NodeKnown = NOTHING_KNOWN;
  /** What was found out once it had failed. */
  #leftIn: NodeEndState | undefined;

  constructor(context: NodeContext) {
    const { job } = context;
    const { profile, inactivePlan } = job;
    const plan = writtenPlan(job);
    this.#context = { ...context, notes: this.#notes, job: { ...job, plan } };
    this.#ledger = new SegmentLedger(job.history);
    this.#retries = new NodeRetries(this.#context, this.#ledger);
    if (inactivePlan === undefined || profile.banks === undefined) return;
    this.#banks = new TwoBanks({
      context: this.#context,
      banks: profile.banks,
      activePlan: job.plan,
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
    const tried = refuseTwins(this.#context, this.#untilThrough(), () => this.#ledger.isTouched);
    const settled = recover(
      inOrder(tell(this.#planned()), tried),
      (error) => this.#settle(error),
    );
    const way$ = eventsOf(settled).pipe(
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
    const isSilent = this.#known.identity === undefined ||
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

  #untilThrough(): Step<void> {
    const tries = tryAgain(
      () => this.#tryNode(),
      (error) =>
        this.#retries.decide(error, {
          isInside: this.#known.isInside,
          hasTwoBanks: this.#banks !== undefined,
        }),
      this.#context,
      () => {
        this.#known = busIsBack(this.#known);
        this.#retries.begunAnew();
      },
    );
    return watching(tries, (event) => this.#learn(event));
  }

  /** A serial number's history follows it to wherever the node is now. */
  #learn(event: NodeEvent): void {
    const before = this.#known.identity?.serial;
    this.#known = learn(this.#known, event);
    const serial = this.#known.identity?.serial;
    if (serial !== undefined && serial !== before) {
      this.#ledger.learn(this.#context.job.historyOfSerial?.(serial));
    }
  }

  /** The way of one node, once through; what was reached in an earlier try is not done again. */
  #tryNode(): Step<void> {
    this.#known = tryBegins(this.#known);
    return inOrder(
      stopPoint(this.#context),
      () => this.#identify(),
      () => this.#enter(),
      () => this.#write(),
      () => this.#activate(),
    );
  }

  /** What it is: asked as long as it cannot be another one. */
  #identify(): Step<void> {
    if (this.#ledger.isTouched) return done();
    return inOrder(
      identify(this.#context),
      this.#banks?.identify() ?? expectOneBank(this.#context),
      tell(phase("found")),
    );
  }

  /** Brings it into its bootloader, and holds it there until the fleet goes on. */
  #enter(): Step<void> {
    const context = this.#context;
    const isAlone = this.#retries.isAnotherTry || context.isToldAlone === true;
    return inOrder(
      wait(context.begin$),
      tell(phase("entering")),
      stopPoint(context),
      isAlone ? tellAlone(context, "before") : done(),
      enter(context, this.#ledger),
      tell(phase("unlocked")),
      () => expectSameNode(context, this.#begunWith),
      wait(context.hold$),
    );
  }

  /** Erases, writes and verifies each segment that differs, and tries again: see `segment.ts`. */
  #write(): Step<void> {
    const context = this.#context;
    return inOrder(
      stopPoint(context),
      downloadDriver(context, this.#ledger),
      tell(phase("updating")),
      this.#banks?.survey() ?? done(),
      () => this.#inGroup(),
      surveySegments(context, this.#ledger),
      rewriteSegments(context, this.#ledger),
      tell(phase("imageVerified")),
    );
  }

  /** Has it start the image, and asks whether that is what runs. */
  #activate(): Step<void> {
    const context = this.#context;
    // A reset by which it was brought in says nothing of the one that starts it.
    delete this.#notes.resetUnheard;
    const started = this.#banks?.start() ??
      inOrder(tell(phase("activating")), takeFinish(context));
    const confirmed = andThen(started, () => {
      const tellsVersion = this.#known.identity?.version !== undefined;
      return confirmActivation(context, { tellsVersion });
    });
    return andThen(confirmed, (version) =>
      inOrder(
        confirmHardware(context),
        this.#banks?.confirm() ?? done(),
        confirmRelease(context),
        this.#tellEnd(),
        () => tell(this.#done(version)),
      ));
  }

  /** What a bus is told at the end of a job, where each node is told by itself. */
  #tellEnd(): Step<void> {
    return this.#context.isToldAlone === true ? tellAlone(this.#context, "after") : done();
  }

  /** Another node is given nothing that is meant for the one that was begun with. */
  get #begunWith(): NodeIdentity {
    const { identity = NO_IDENTITY, isRetried } = this.#known;
    const isDoubtful = this.#ledger.isTouched || isRetried;
    return this.#context.job.identified ?? (isDoubtful ? identity : NO_IDENTITY);
  }

  /** With the others of its group, where it has one: once, unless all lost it as the bus was away. */
  #inGroup(): Step<void> {
    const { group, job } = this.#context;
    if (group === undefined || this.#known.hasLeftGroup || this.#ledger.verifiedCount > 0) {
      return done();
    }
    if (this.#ledger.isDistrusted) return done(); // a group believes one answer for all
    const parts = groupRuns(job.plan).map((run, i) => ({ run, transfer: group.transfers[i]! }));
    return updateInGroup(this.#context, this.#ledger, group.name, parts);
  }

  #done(version: string | undefined): NodeEvent {
    return {
      type: "nodeDone",
      upToDate: !this.#ledger.isTouched && this.#banks?.isSwapAsked !== true,
      ...defined({ version }),
    };
  }

  /** Nothing is left open on a node that is given up, and whose image is not whole. */
  #settle(error: unknown): Step<void> {
    // Nothing reaches a node whose bus stays away.
    const isLost = !(error instanceof CanvoyError) || error instanceof BusAwayError;
    if (isLost) return fail(() => error);
    return inOrder(
      this.#context.cancellation.requested ? done() : this.#settleFailure(error),
      () => {
        const { isInside, isWhole } = this.#known;
        const isOpen = isInside && !isWhole && this.#leftIn === undefined;
        return isOpen && !isUnreachable(error)
          ? inOrder(leaveNode(this.#context, this.#ledger), this.#tellEnd())
          : done();
      },
      fail(() => error),
    );
  }

  /** Gives a node that may run what was not confirmed the time to go back by itself. */
  #settleFailure(error: CanvoyError): Step<void> {
    const settled = this.#banks === undefined
      ? this.#settleInPlace(error)
      : this.#banks.isSwapAsked
      ? this.#banks.awaitReturn()
      : done();
    return recover(settled, (other) => other instanceof CanvoyError ? done() : undefined);
  }

  /** One bank: finds out whether its bootloader took over, and gives it the image to go back to. */
  #settleInPlace(error: CanvoyError): Step<void> {
    const context = this.#context;
    const { rollbackPlan: plan, plan: { segments } } = context.job;
    const isDown = error instanceof ActivationError;
    const { identity = NO_IDENTITY } = this.#known;
    const tellsVersion = identity.version !== undefined || context.job.tellsVersion === true;
    const canRollBack = plan !== undefined && !(error instanceof NodeChangedError) &&
      (isDown || (this.#ledger.isTouched && !isUnreachable(error)));
    const heard = isDown && tellsVersion ? awaitBootloader(context) : done(false);
    return andThen(heard, (isInBootloader) => {
      if (isInBootloader) this.#leftIn = "bootloader";
      if (!canRollBack) return done();
      const distrusted = this.#ledger.torn(segments);
      const endState = this.#endState();
      const known = { distrusted, tellsVersion, endState, identity };
      return andThen(rollBack(context, { plan, ...known, update: updateNode }), (left) => {
        this.#leftIn = left ?? this.#leftIn;
        return done();
      });
    });
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
    if (this.#known.isWhole) return "newImageUnconfirmed";
    return this.#ledger.isErased ? "bootloader" : "eraseUnconfirmed";
  }

  get #stateFound(): NodeEndState {
    return this.#known.identity?.version === undefined ? "untouched" : "oldImage";
  }
}

function phase(name: NodePhase): NodeEvent {
  return { type: "nodePhase", phase: name };
}
