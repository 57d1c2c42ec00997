import { CanvoyError, defined } from "../core/mod.ts";
import { expectOneBank, TwoBanks } from "./banks/two_banks.ts";
import { groupRuns } from "./group/group_run.ts";
import { updateInGroup } from "./group/update_in_group.ts";
import { confirmActivation } from "./node/activate.ts";
import { stopPoint } from "./node/cancellation.ts";
import { enter, leaveNode, tellAlone } from "./node/close_first.ts";
import { checkConditions } from "./node/conditions.ts";
import { downloadDriver } from "./node/download.ts";
import { toErrorReport } from "./node/error_report.ts";
import { CancelledError } from "./node/errors.ts";
import type { NodeEndState, NodeEvent, NodeIdentity } from "./node/events.ts";
import { phase } from "./node/phases.ts";
import { explained, withWitness } from "./node/explained.ts";
import { confirmHardware, confirmRelease, expectSameNode, identify } from "./node/identify.ts";
import { KeptValues } from "./node/kept_values.ts";
import { clientWithinLostTime } from "./node/lost_time.ts";
import type { NodeContext, NodeNotes } from "./node/node_context.ts";
import {
  busIsBack,
  foundInBootloader,
  learn,
  learnOfWayBack,
  type NodeKnown,
  NOTHING_KNOWN,
  tryBegins,
} from "./node/node_known.ts";
import { NodeRetries } from "./node/node_retries.ts";
import { plannedEvent } from "./node/planned_event.ts";
import { isRefusal, isUnreachable } from "./node/recovery.ts";
import { tryAgain } from "./node/retry.ts";
import { rewriteSegments } from "./node/rewrite_segments.ts";
import { SegmentLedger } from "./node/segment_ledger.ts";
import { andThen, done, inOrder, type Step, tell, wait, watching } from "./node/step.ts";
import { takeFinish } from "./node/steps.ts";
import { refuseTwins } from "./node/twin_watch.ts";
import { compareSegments } from "./node/compare_segments.ts";
import { writtenPlan } from "./node/written_plan.ts";

/** Until it has told what it is. */
const NO_IDENTITY: NodeIdentity = {};

/**
 * One node's way to one image, across all tries to bring it through. What is known of it is a fold of
 * its events ({@linkcode NodeKnown}) beside what no event tells: its segments, the tries that are
 * left, its banks, and what explains a failure.
 */
export class NodeRun {
  readonly #context: NodeContext;
  readonly #ledger: SegmentLedger;
  readonly #banks: TwoBanks | undefined;
  readonly #retries: NodeRetries;
  readonly #notes: NodeNotes = {};
  #known: NodeKnown = NOTHING_KNOWN;

  /**
   * Begins with nothing known but what earlier runs left.
   *
   * @param context The node and its image.
   */
  constructor(context: NodeContext) {
    const { job } = context;
    const { profile, inactivePlan } = job;
    const { connection, clock } = context;
    this.#context = {
      kept: new KeptValues(),
      ...context,
      notes: this.#notes,
      job: { ...job, plan: writtenPlan(job) },
      connection: { ...connection, client: clientWithinLostTime(connection.client, clock) },
    };
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

  /** What its events tell. */
  get known(): NodeKnown {
    return this.#known;
  }

  /** What is known of its segments. */
  get ledger(): SegmentLedger {
    return this.#ledger;
  }

  /** Which of its banks runs; absent where it is written in place. */
  get banks(): TwoBanks | undefined {
    return this.#banks;
  }

  /** The node, and what is written on it where. */
  get context(): NodeContext {
    return this.#context;
  }

  /** What it told of itself. */
  get identity(): NodeIdentity {
    return this.#known.identity ?? NO_IDENTITY;
  }

  /**
   * Brings it to the image, in as many tries as it takes.
   *
   * @returns Its events, from what is planned to `nodeDone`; errors as the last try.
   */
  bring(): Step<void> {
    const { plan } = this.#context.job;
    const bank = this.#banks === undefined ? {} : { bank: "inactive" } as const;
    // What starts another application changes what the node says of itself.
    const isOver = (): boolean => this.#ledger.isTouched || this.#known.isWhole;
    const tried = refuseTwins(this.#context, this.#untilThrough(), isOver);
    return inOrder(tell({ ...plannedEvent(plan), ...bank }), tried);
  }

  /** Nothing is left open on a node that is given up, and whose image is not whole. */
  leave(error: unknown): Step<void> {
    const { isInside, isWhole, leftIn } = this.#known;
    const isOpen = isInside && !isWhole && leftIn === undefined;
    return isOpen && !isUnreachable(error)
      ? inOrder(leaveNode(this.#context, this.#ledger), this.#tellEnd())
      : done();
  }

  /** Its bootloader was heard where its application should have been. */
  isInBootloader(): void {
    this.#known = foundInBootloader(this.#known);
  }

  /** Learns of an event of the way back to another image. */
  wayBackTold(event: NodeEvent): void {
    this.#known = learnOfWayBack(this.#known, event);
  }

  /** The event that ends it where that is not `nodeDone`. */
  endOf(error: unknown): NodeEvent {
    if (error instanceof CancelledError || this.#context.cancellation.requested) {
      if (error instanceof CanvoyError) return { type: "nodeCancelled", state: this.endState };
    }
    const { witness } = this.#context.connection;
    const report = withWitness(toErrorReport(explained(error, this.#notes)), error, witness);
    if (isRefusal(error)) return { type: "nodeRefused", error: report };
    return { type: "nodeFailed", error: report, state: this.endState };
  }

  /** What it is left in. */
  get endState(): NodeEndState {
    const { leftIn, isWhole } = this.#known;
    if (this.#banks !== undefined) return this.#banks.endState(this.#stateFound);
    if (leftIn !== undefined) return leftIn;
    if (!this.#ledger.isTouched) return this.#ledger.stateBefore ?? this.#stateFound;
    if (isWhole) return "newImageUnconfirmed";
    return this.#ledger.isErased ? "bootloader" : "eraseUnconfirmed";
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
      checkConditions(this.#context, this.#ledger),
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
      this.#banks?.compareBanks() ?? done(),
      () => this.#inGroup(),
      compareSegments(context, this.#ledger),
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
    const isDoubtful = this.#ledger.isTouched || this.#known.isRetried;
    return this.#context.job.identified ?? (isDoubtful ? this.identity : NO_IDENTITY);
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

  get #stateFound(): NodeEndState {
    return this.#known.identity?.version === undefined ? "untouched" : "oldImage";
  }
}
