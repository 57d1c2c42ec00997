import { CanvoyError } from "../../core/mod.ts";
import { type BankStatus, decodeBankStatus, deviceName, type FlashPlan } from "../../stm32/mod.ts";
import { encodeDiagnosticSessionControlRequest } from "../../uds/mod.ts";
import { sendRequest } from "../node/send_request.ts";
import { ActivationError, BankModeError, BankTrialError } from "../node/errors.ts";
import type { NodeEndState } from "../node/events.ts";
import { phase, phaseEvent } from "../node/phases.ts";
import { jobFields } from "../node/fields.ts";
import { readData, readText } from "../node/identify.ts";
import type { NodeContext } from "../node/node_context.ts";
import type { BanksProfile } from "../profiles/profile.ts";
import { recoveryFor } from "../node/recovery.ts";
import { pause } from "../node/retry.ts";
import type { SegmentLedger } from "../node/segment_ledger.ts";
import {
  andThen,
  deferStep,
  done,
  fail,
  inOrder,
  recover,
  repeatUntil,
  type Step,
  tell,
  wait,
} from "../node/step.ts";
import { takeSteps } from "../node/steps.ts";
import { holdsAll } from "../node/compare_segments.ts";

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
 * back to that. All methods that ask return steps that error as `ask` does.
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
  identify(): Step<void> {
    return andThen(this.#read(), (status) => {
      if (status !== undefined) this.#expectTwoBanks();
      return done();
    });
  }

  /**
   * Asks the bootloader how the banks are, and whether the one that runs holds the image already:
   * then all segments are there. Errors with {@linkcode BankTrialError} while it holds another one
   * on trial.
   */
  compareBanks(): Step<void> {
    const { context, activePlan, ledger } = this.#options;
    const asked = andThen(this.#read(), (status) => {
      this.#expectTwoBanks();
      const isActive = this.isSwapAsked && status!.isSwapped !== this.#swappedBefore;
      return isActive ? done(true) : holdsAll(context, activePlan.segments);
    });
    return andThen(asked, (isActive) => {
      this.#isActive = isActive;
      if (!isActive) return this.#status!.isOnTrial ? this.#letTrialEnd() : done();
      const there = activePlan.segments.filter(({ index }) => !ledger.isVerified(index));
      for (const { index } of there) ledger.verify(index);
      return tell(...there.map((segment) => phaseEvent(segment, "skipped")));
    });
  }

  /** Has the new image started: exchanges the banks, or resets the node where it is active already. */
  start(): Step<void> {
    const { context, banks } = this.#options;
    const fields = jobFields(context);
    return deferStep(() => {
      const { finish } = context.job.profile;
      if (this.#isActive) {
        return inOrder(tell(phase("activating")), takeSteps(context, finish, fields));
      }
      this.#swappedBefore = this.#status!.isSwapped;
      return inOrder(
        tell(phase("swapping")),
        takeSteps(context, banks.swap, fields),
        () => {
          this.#isSwapped = true;
          return tell(phase("activating"));
        },
      );
    });
  }

  /** Once the new application has answered as it should: has it stay. */
  confirm(): Step<void> {
    const { context, banks } = this.#options;
    return andThen(this.#read(), () => {
      const status = this.#status!;
      if (!this.#isActive && status.isSwapped === this.#swappedBefore) {
        return fail(() => new ActivationError("the node runs its old bank"));
      }
      this.#isActive = true;
      if (banks.trial !== undefined && !status.isOnTrial) return done();
      return inOrder(
        tell(phase("confirming")),
        takeSteps(context, banks.confirm, jobFields(context)),
      );
    });
  }

  /**
   * Waits until a node whose new image was not confirmed says that it went back by itself, or one
   * that refused the exchange that it stayed, within the profile's bound: see `isBack`.
   */
  awaitReturn(): Step<void> {
    const { context, banks } = this.#options;
    const { clock, cancellation, job: { profile } } = context;
    const { versionDid } = profile.identity;
    const every = { ms: ASK_EVERY_MS, clock };
    return deferStep(() => {
      const untilMs = clock.now() + banks.rollbackMsMax;
      // The bootloader tells how the banks are too: only a version tells that the old image runs.
      let version: string | undefined;
      const asked = inOrder(
        this.#read({ attemptsMax: 1 }),
        andThen(readText(context, "version", { attemptsMax: 1 }), (told) => {
          // What it told before it went back says nothing of what runs now.
          version = told;
          return done();
        }),
      );
      const round = andThen(
        recover(asked, (error) => {
          if (recoveryFor(error) !== "silence") return undefined;
          this.#status = undefined;
          version = undefined;
          return done();
        }),
        () => {
          const status = this.#status;
          this.#isBack = status !== undefined && !status.isOnTrial &&
            status.isSwapped === this.#swappedBefore &&
            (versionDid === undefined || version !== undefined || !this.#isSwapped);
          return done(this.#isBack);
        },
      );
      return inOrder(
        this.#isSwapped ? tell(phase("rollingBack")) : done(),
        wait(pause(ASK_EVERY_MS, clock)),
        repeatUntil(round, {
          isOver: (isBack) => isBack || clock.now() >= untilMs || cancellation.requested,
          every,
        }),
      );
    });
  }

  /** A bootloader that is kept from booting counts no boots: the node is sent home first. */
  #letTrialEnd(): Step<void> {
    const request = encodeDiagnosticSessionControlRequest({ diagnosticSessionType: 1 });
    return inOrder(
      recover(
        inOrder(sendRequest(this.#options.context, request)),
        (error) => error instanceof CanvoyError ? done() : undefined,
      ),
      fail(() => new BankTrialError()),
    );
  }

  /** Asks how the banks are; what is known of them remains where the node does not tell. */
  #read(options: { readonly attemptsMax?: number } = {}): Step<BankStatus | undefined> {
    const { context, banks } = this.#options;
    return andThen(readData(context, banks.statusDid, options), (record) => {
      if (record !== undefined) this.#status = decodeBankStatus(banks, record) ?? this.#status;
      return done(this.#status);
    });
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
 * @param context The node: its connection, its job, and what is known of it.
 * @returns The events; errors with {@linkcode BankModeError} when it tells that it has two.
 */
export function expectOneBank(context: NodeContext): Step<void> {
  const { plan: { geometry }, profile: { banks } } = context.job;
  if (banks === undefined || geometry.banks.decidedBy === undefined) return done();
  return andThen(readData(context, banks.statusDid), (record) => {
    const status = record === undefined ? undefined : decodeBankStatus(banks, record);
    return status?.hasTwoBanks === true
      ? fail(() => new BankModeError(deviceName(geometry), 2))
      : done();
  });
}
