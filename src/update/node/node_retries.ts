import { UdsNegativeResponseError } from "../../uds/mod.ts";
import { toErrorReport } from "./error_report.ts";
import { ActivationError } from "./errors.ts";
import type { NodeEvent } from "./events.ts";
import type { NodeContext } from "./node_context.ts";
import type { TimingProfile } from "../profiles/profile.ts";
import { phase } from "./phases.ts";
import { isNotNow, type Recovery, recoveryFor, refusesSession } from "./recovery.ts";
import { type AnotherTry, growingDelayMs } from "./retry.ts";
import type { SegmentLedger } from "./segment_ledger.ts";

/**
 * Counts the tries to bring a node through that got it no further: after each that did, it begins
 * anew.
 */
export class VainTries {
  #reached = 0;
  #count = 0;

  /** Whether this is the first try. */
  get isFirst(): boolean {
    return this.#count === 0;
  }

  /**
   * A try has failed.
   *
   * @param error What it ended with.
   * @param reached What the node has got to: it counts up.
   * @param timing How many tries in vain there may be, and the pauses between them.
   * @returns The event that tells of the next try; `undefined` where it was the last.
   */
  next(
    error: unknown,
    reached: number,
    timing: TimingProfile,
  ): NodeEvent & { readonly type: "retry" } | undefined {
    this.#count = reached > this.#reached ? 1 : this.#count + 1;
    this.#reached = reached;
    if (this.#count >= timing.nodeAttemptsMax) return undefined;
    const delayMs = growingDelayMs(this.#count, timing);
    const attempt = this.#count + 1;
    return { type: "retry", scope: "node", attempt, delayMs, error: toErrorReport(error) };
  }
}

/** What is known of a node whose try has failed. */
export interface FailedTry {
  /** Whether it was brought into its bootloader in this try. */
  readonly isInside: boolean;
  /** Whether it has two banks: an application is always there then. */
  readonly hasTwoBanks: boolean;
}

/** Whether a node is brought in once more: the policy of one run, across its tries. */
export class NodeRetries {
  readonly #context: NodeContext;
  readonly #ledger: SegmentLedger;
  #isAnotherTry = false;
  readonly #tries = new VainTries();
  /** How many segments were verified when something was last refused for good. */
  #refusedAtVerified: number | undefined;

  /**
   * Begins with the first try.
   *
   * @param context The node: its connection, its job, and what is known of it.
   * @param ledger What is known of its segments.
   */
  constructor(context: NodeContext, ledger: SegmentLedger) {
    this.#context = context;
    this.#ledger = ledger;
  }

  /** Whether the node was brought in, or is to be, more than once. */
  get isAnotherTry(): boolean {
    return this.#isAnotherTry;
  }

  /** The node is brought in anew, as its bus was away: that counts for nothing. */
  begunAnew(): void {
    this.#isAnotherTry = true;
    this.#ledger.sessionLost();
  }

  /**
   * Decides about one failure, which counts.
   *
   * @param error What the try ended with.
   * @param failed What is known of it.
   * @returns The try to come; `undefined`: the node is given up.
   */
  decide(error: unknown, failed: FailedTry): AnotherTry | undefined {
    const { cancellation, job: { profile: { timing } } } = this.#context;
    const recovery = this.#recoveryFor(error, failed);
    if (cancellation.requested || error instanceof ActivationError) return undefined;
    if (recovery !== "silence" && recovery !== "node") return undefined;
    const retry = this.#tries.next(error, this.#ledger.verifiedCount, timing);
    if (retry === undefined) return undefined;
    this.begunAnew();
    return { delayMs: retry.delayMs, events: [phase("waitingToRetry"), retry] };
  }

  /**
   * A node that lost its power may run its application again, which does not know what its bootloader
   * does: what that refuses for good may only mean that the session is lost. It is believed where
   * the node refuses once more, brought back in; one with two banks always has an application.
   */
  #recoveryFor(error: unknown, { isInside, hasTwoBanks }: FailedTry): Recovery {
    const recovery = recoveryFor(error);
    const isStarting = isNotNow(error) || (this.#isAnotherTry && refusesSession(error));
    if (!isInside && isStarting) return "node";
    const { session } = this.#context.connection;
    if (recovery === "node") session?.sessionDied();
    else if (recovery === "silence" && isInside) session?.fellSilent();
    const isRefused = isInside && recovery === "none" && error instanceof UdsNegativeResponseError;
    if (!isRefused) return recovery;
    const isNew = this.#refusedAtVerified !== this.#ledger.verifiedCount;
    this.#refusedAtVerified = this.#ledger.verifiedCount;
    return isNew || hasTwoBanks ? "node" : "none";
  }
}
