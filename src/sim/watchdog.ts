import { type Clock, Timer } from "../core/mod.ts";
import type { NodeBehaviour } from "./behaviours.ts";
import type { NodeMemory } from "./node_memory.ts";

/** Unless its behaviour says otherwise. */
const WATCHDOG_MS = 1000;
const FAILED_STARTS_MAX = 3;

/** A node's watchdog: it ends an application that hangs, or is on trial and not confirmed. */
export class Watchdog {
  /** How often an application may fail to come up, or be booted unconfirmed. */
  readonly startsMax: number;
  readonly #clock: Clock;
  readonly #behaviour: NodeBehaviour;
  readonly #memory: NodeMemory;
  readonly #timer: Timer;
  #isHung = false;

  /**
   * Makes a watchdog that sleeps.
   *
   * @param clock The time it lives in.
   * @param behaviour Which application hangs, and how long it is borne.
   * @param memory Where failed starts are counted.
   * @param reset Restarts the node.
   */
  constructor(clock: Clock, behaviour: NodeBehaviour, memory: NodeMemory, reset: () => void) {
    this.#clock = clock;
    this.#behaviour = behaviour;
    this.#memory = memory;
    this.startsMax = behaviour.failedStartsMax ?? FAILED_STARTS_MAX;
    this.#timer = new Timer(clock, () => {
      if (this.#isHung) memory.failedStarts++;
      reset();
    });
  }

  /** Whether what runs hears and says nothing. */
  get isHung(): boolean {
    return this.#isHung;
  }

  /** Whether an application was ended too often in a row. */
  get isResetLoop(): boolean {
    return this.#memory.failedStarts >= this.startsMax;
  }

  /**
   * An application was started. One that runs well keeps the watchdog quiet; one on trial is not
   * believed to.
   *
   * @param version What it calls itself.
   * @param isOnTrial Whether it is on trial.
   */
  started(version: string | undefined, isOnTrial: boolean): void {
    const { deadVersion, watchdogMs = WATCHDOG_MS } = this.#behaviour;
    this.#isHung = deadVersion !== undefined && version === deadVersion;
    if (this.#isHung || isOnTrial) this.#timer.setAt(this.#clock.now() + watchdogMs);
    else this.#memory.failedStarts = 0;
  }

  /** What is on trial was found good, or the node restarts. */
  clear(): void {
    this.#timer.clear();
  }

  /** The node restarts: nothing hangs any more. */
  stop(): void {
    this.#isHung = false;
    this.clear();
  }
}
