import { defer, ignoreElements, type Observable, ReplaySubject } from "rxjs";
import { type Clock, Timer } from "../core/mod.ts";

/** How long the barrier waits for the next node after the last one that came, in ms. */
const WAIT_AFTER_LAST_MS = 300;

/**
 * Holds nodes in their bootloaders until all are there: a node that is worked on while others still
 * run their bootloader's short waiting time loses those (PX4/PX4-Autopilot#28184).
 *
 * It opens when every node has come or ended, or when nobody has come for 300 ms after one did. Who
 * comes late finds it open.
 */
export class HoldBarrier {
  readonly #missing: Set<string>;
  readonly #opened = new ReplaySubject<never>(1);
  readonly #timer: Timer;
  readonly #clock: Clock;

  /**
   * @param names The nodes.
   * @param clock The time it lives in.
   */
  constructor(names: readonly string[], clock: Clock) {
    this.#missing = new Set(names);
    this.#clock = clock;
    this.#timer = new Timer(clock, () => this.#open());
  }

  /**
   * @param name The node.
   * @returns Cold; subscribing says that the node is held; completes when the barrier opens.
   */
  hold(name: string): Observable<never> {
    return defer(() => {
      this.#missing.delete(name);
      if (this.#missing.size === 0) this.#open();
      else this.#timer.setAt(this.#clock.now() + WAIT_AFTER_LAST_MS);
      return this.#opened.pipe(ignoreElements());
    });
  }

  /**
   * A node has ended: nobody waits for it.
   *
   * @param name The node.
   */
  leave(name: string): void {
    this.#missing.delete(name);
    if (this.#missing.size === 0) this.#open();
  }

  #open(): void {
    this.#timer.clear();
    this.#opened.complete();
  }
}
