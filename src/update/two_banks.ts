import { catchError, concat, defer, EMPTY, from, type Observable, of, throwError } from "rxjs";
import { CanvoyError } from "../core/mod.ts";
import { type BankStatus, decodeBankStatus, deviceName, type FlashPlan } from "../stm32/mod.ts";
import { encodeDiagnosticSessionControlRequest } from "../uds/mod.ts";
import { ask } from "./ask.ts";
import { ActivationError, BankModeError, BankTrialError } from "./errors.ts";
import type { NodeEndState, NodeEvent, NodePhase } from "./events.ts";
import { jobFields } from "./fields.ts";
import { readData, readText } from "./identify.ts";
import type { NodeContext } from "./node_context.ts";
import type { BanksProfile } from "./profile.ts";
import { recoveryFor } from "./recovery.ts";
import { pause } from "./retry.ts";
import type { SegmentLedger } from "./segment_ledger.ts";
import { takeSteps } from "./steps.ts";
import { holdsAll } from "./survey.ts";

/** Pause between two questions to a node that is to go back by itself, in ms. */
const ASK_EVERY_MS = 100;

/** What a node with two banks is to hold. */
export interface TwoBanksOptions {
  /** The node; the plan of its job is that of the inactive bank. */
  readonly context: NodeContext;
  /** How its banks are exchanged. */
  readonly banks: BanksProfile;
  /** The same bytes where they will run. */
  readonly activePlan: FlashPlan;
  /** What is known of its segments. */
  readonly ledger: SegmentLedger;
}

/**
 * A node with two banks, across all tries to bring it through: which of them runs, whether that is
 * the new image already, and the way from one to the other.
 *
 * What runs is never written; while it is on trial, neither is the other bank: the node may still go
 * back to that. All methods return cold streams of the node's events that error as `ask` does.
 */
export class TwoBanks {
  readonly #options: TwoBanksOptions;
  #status: BankStatus | undefined;
  /** Whether the bank that runs holds the new image. */
  #isActive = false;
  /** How the banks were when their exchange was asked for. */
  #swappedBefore: boolean | undefined;
  #isSwapped = false;
  #isBack = false;

  /**
   * @param options The node, and what it is to hold.
   */
  constructor(options: TwoBanksOptions) {
    this.#options = options;
  }

  /** Whether an exchange was asked for: from then on the new image may run. */
  get isSwapAsked(): boolean {
    return this.#swappedBefore !== undefined;
  }

  /** Whether the node agreed to the exchange. */
  get isSwapped(): boolean {
    return this.#isSwapped;
  }

  /**
   * Tells what a node was left in: what ran is intact until the banks are exchanged, whatever became
   * of the other one.
   *
   * @param found What it was found in.
   * @returns What it is in.
   */
  endState(found: NodeEndState): NodeEndState {
    if (this.isBack) return this.isSwapped ? "rolledBack" : "oldImage";
    return this.isSwapAsked ? "newImageUnconfirmed" : found;
  }

  /** Whether the node told that it runs its old image. */
  get isBack(): boolean {
    return this.#isBack;
  }

  /** Asks before anything is changed how the banks are; an application need not tell. */
  identify(): Observable<NodeEvent> {
    return concat(
      this.#read(),
      defer(() => {
        if (this.#status !== undefined) this.#expectTwoBanks();
        return EMPTY;
      }),
    );
  }

  /**
   * Asks the bootloader how the banks are, and whether the one that runs holds the image already:
   * then all segments are there. Errors with {@linkcode BankTrialError} while it holds another one
   * on trial.
   */
  survey(): Observable<NodeEvent> {
    const { context, activePlan, ledger } = this.#options;
    return concat(
      this.#read(),
      defer(() => {
        this.#expectTwoBanks();
        this.#isActive = this.isSwapAsked && this.#status!.isSwapped !== this.#swappedBefore;
        return this.#isActive
          ? EMPTY
          : holdsAll(context, activePlan.segments, (holds) => this.#isActive = holds);
      }),
      defer(() => {
        if (!this.#isActive) {
          return this.#status!.isOnTrial ? this.#letTrialEnd() : EMPTY;
        }
        const there = activePlan.segments.filter(({ index }) => !ledger.isVerified(index));
        for (const { index } of there) ledger.verify(index);
        return from(there.map(({ index }): NodeEvent => ({
          type: "segmentPhase",
          segment: index,
          phase: "skipped",
          attempt: 1,
        })));
      }),
    );
  }

  /** Has the new image started: exchanges the banks, or resets the node where it is active already. */
  start(): Observable<NodeEvent> {
    const { context, banks } = this.#options;
    const fields = jobFields(context.job);
    return defer(() => {
      const { finish } = context.job.profile;
      if (this.#isActive) {
        return concat(of(phase("activating")), takeSteps(context, finish, fields));
      }
      this.#swappedBefore = this.#status!.isSwapped;
      return concat(
        of(phase("swapping")),
        takeSteps(context, banks.swap, fields),
        defer(() => {
          this.#isSwapped = true;
          return of(phase("activating"));
        }),
      );
    });
  }

  /** Once the new application has answered as it should: has it stay. */
  confirm(): Observable<NodeEvent> {
    const { context, banks } = this.#options;
    return concat(
      this.#read(),
      defer(() => {
        const status = this.#status!;
        if (!this.#isActive && status.isSwapped === this.#swappedBefore) {
          return throwError(() => new ActivationError("the node runs its old bank"));
        }
        this.#isActive = true;
        if (banks.trial !== undefined && !status.isOnTrial) return EMPTY;
        return concat(
          of(phase("confirming")),
          takeSteps(context, banks.confirm, jobFields(context.job)),
        );
      }),
    );
  }

  /**
   * Waits until a node whose new image was not confirmed says that it went back by itself, or one
   * that refused the exchange that it stayed, within the profile's bound: see `isBack`.
   */
  awaitReturn(): Observable<NodeEvent> {
    const { context, banks } = this.#options;
    const { clock, cancellation, job: { profile } } = context;
    const { versionDid } = profile.identity;
    const untilMs = clock.now() + banks.rollbackMsMax;

    // The bootloader tells how the banks are too: only a version tells that the old image runs.
    let version: string | undefined;
    const round = (): Observable<NodeEvent> =>
      concat(
        pause(ASK_EVERY_MS, clock),
        concat(
          this.#read({ attemptsMax: 1 }),
          defer(() => {
            // What it told before it went back says nothing of what runs now.
            version = undefined;
            return EMPTY;
          }),
          readText(context, versionDid, (text) => version = text, { attemptsMax: 1 }),
        ).pipe(catchError((error: unknown) => {
          if (recoveryFor(error) !== "silence") return throwError(() => error);
          this.#status = undefined;
          version = undefined;
          return EMPTY;
        })),
        defer(() => {
          const status = this.#status;
          this.#isBack = status !== undefined && !status.isOnTrial &&
            status.isSwapped === this.#swappedBefore &&
            (versionDid === undefined || version !== undefined || !this.#isSwapped);
          const isOver = this.#isBack || clock.now() >= untilMs || cancellation.requested;
          return isOver ? EMPTY : round();
        }),
      );
    return concat(this.#isSwapped ? of(phase("rollingBack")) : EMPTY, round());
  }

  /** A bootloader that is kept from booting counts no boots: the node is sent home first. */
  #letTrialEnd(): Observable<NodeEvent> {
    const request = encodeDiagnosticSessionControlRequest({ diagnosticSessionType: 1 });
    return concat(
      ask(this.#options.context, request).pipe(
        catchError((error: unknown) =>
          error instanceof CanvoyError ? EMPTY : throwError(() => error)
        ),
      ),
      throwError(() => new BankTrialError()),
    );
  }

  #read(options: { readonly attemptsMax?: number } = {}): Observable<NodeEvent> {
    const { context, banks } = this.#options;
    return readData(context, banks.statusDid, (record) => {
      this.#status = decodeBankStatus(banks, record) ?? this.#status;
    }, options);
  }

  #expectTwoBanks(): void {
    const device = deviceName(this.#options.activePlan.geometry);
    if (this.#status?.hasTwoBanks === true) return;
    throw new BankModeError(device, this.#status === undefined ? undefined : 1);
  }
}

/**
 * Asks a node that is written in place, on a part whose option bits choose, whether it has one bank.
 *
 * @param context The node.
 * @returns The events; errors with {@linkcode BankModeError} when it tells that it has two.
 */
export function expectOneBank(context: NodeContext): Observable<NodeEvent> {
  const { plan: { geometry }, profile: { banks } } = context.job;
  if (banks === undefined || geometry.banks.decidedBy === undefined) return EMPTY;
  return readData(context, banks.statusDid, (record) => {
    const status = decodeBankStatus(banks, record);
    if (status?.hasTwoBanks === true) throw new BankModeError(deviceName(geometry), 2);
  });
}

function phase(name: NodePhase): NodeEvent {
  return { type: "nodePhase", phase: name };
}
