import type { SchedulerAction, SchedulerLike, Subscription } from "rxjs";
import { TimedAction, TimeQueue } from "./time_queue.ts";

/**
 * A clock that jumps from one piece of work to the next: half an hour of waiting costs nothing, and
 * the same work in gives the same order out.
 *
 * RxJS's own VirtualTimeScheduler sorts its queue at every call, which does not carry a fleet.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { timer } from "rxjs";
 * import { VirtualClock } from "./virtual_clock.ts";
 *
 * const clock = new VirtualClock();
 * let firedAtMs = -1;
 * timer(1500, clock).subscribe(() => (firedAtMs = clock.now()));
 * clock.run();
 * strictEqual(firedAtMs, 1500);
 * ```
 */
export class VirtualClock implements SchedulerLike {
  readonly #queue = new TimeQueue();
  #nowMs = 0;
  readonly #place = (action: TimedAction<unknown>, delayMs: number): void => {
    this.#queue.add(action, this.#nowMs + Math.max(0, delayMs));
  };

  /** Virtual milliseconds since the clock was made. */
  now(): number {
    return this.#nowMs;
  }

  /** How many actions wait. */
  get pendingCount(): number {
    return this.#queue.size;
  }

  /** When the next action is due, in ms; `Infinity` when none waits. */
  get nextDueMs(): number {
    return this.#queue.nextDueMs;
  }

  /**
   * Schedules work.
   *
   * @param work What to do; `this.schedule(state, delay)` inside it repeats it without allocating.
   * @param delayMs From now; less than 0 counts as 0.
   * @param state What `work` is given.
   * @returns Unsubscribe to cancel.
   */
  schedule<T>(
    work: (this: SchedulerAction<T>, state: T) => void,
    delayMs = 0,
    state?: T,
  ): Subscription {
    return new TimedAction<T>(work, this.#place, this.#queue).schedule(state, delayMs);
  }

  /**
   * Runs what is due, in order, until nothing waits or a bound is met.
   *
   * @param bounds `untilMs`: actions due later stay, and the clock then stands at `untilMs`;
   * `actionsMax`: how many actions at the most.
   * @returns How many actions ran.
   * @throws Whatever an action throws; the clock can go on afterwards.
   */
  run(bounds: { readonly untilMs?: number; readonly actionsMax?: number } = {}): number {
    const { untilMs = Infinity, actionsMax = Infinity } = bounds;
    let count = 0;
    while (count < actionsMax && this.#queue.nextDueMs <= untilMs && this.#queue.size > 0) {
      const action = this.#queue.shift();
      this.#nowMs = action.dueMs;
      count++;
      action.execute();
    }
    if (count < actionsMax && untilMs !== Infinity) this.#nowMs = Math.max(this.#nowMs, untilMs);
    return count;
  }
}
