import type { SchedulerAction, Subscription } from "rxjs";
import type { Clock } from "./clock.ts";

/**
 * One alarm that can be set, moved and cleared many times: what a protocol machine needs for its
 * deadlines. A real clock may ring late, never early.
 */
export class Timer {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #action: (Subscription & Partial<SchedulerAction<undefined>>) | undefined;
  #dueMs = Infinity;

  /**
   * Makes an alarm that is not set.
   *
   * @param clock The time it lives in.
   * @param onDue Called once each time a set alarm comes due.
   */
  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** When it rings, in ms of its clock; `Infinity` when it is not set. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /**
   * Sets or moves the alarm.
   *
   * @param dueMs When to ring; `Infinity` clears it.
   */
  setAt(dueMs: number): void {
    if (dueMs === this.#dueMs) return;
    if (dueMs === Infinity) return this.clear();
    this.#dueMs = dueMs;
    const delayMs = Math.max(0, dueMs - this.#clock.now());
    // An action is asked to repeat itself rather than made anew: no allocation for each frame.
    if (this.#action?.schedule !== undefined) this.#action.schedule(undefined, delayMs);
    else {
      this.#action = this.#clock.schedule(() => this.#ring(), delayMs);
    }
  }

  /** Clears the alarm; it may be set again. */
  clear(): void {
    this.#dueMs = Infinity;
    this.#action?.unsubscribe();
    this.#action = undefined;
  }

  #ring(): void {
    if (this.#dueMs === Infinity) return;
    this.#dueMs = Infinity;
    this.#onDue();
  }
}
