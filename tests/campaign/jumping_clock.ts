import type { SchedulerAction, SchedulerLike, Subscription } from "rxjs";
import { type Clock, TimedAction, TimeQueue, Timer } from "../../src/core/mod.ts";

/**
 * A clock that sometimes jumps ahead of the one it follows, as a host's does that was asleep: all
 * that fell due meanwhile comes at once.
 */
export class JumpingClock implements SchedulerLike {
  readonly #base: Clock;
  readonly #queue = new TimeQueue();
  readonly #timer: Timer;
  #aheadMs = 0;
  /** What rang at its time must find that time, whatever sums of fractions come to. */
  #rangAtMs = 0;
  readonly #place = (action: TimedAction<unknown>, delayMs: number): void => {
    this.#queue.add(action, this.now() + Math.max(0, delayMs));
    this.#arm();
  };

  constructor(base: Clock) {
    this.#base = base;
    this.#timer = new Timer(base, () => this.#ring());
  }

  now(): number {
    return Math.max(this.#base.now() + this.#aheadMs, this.#rangAtMs);
  }

  schedule<T>(
    work: (this: SchedulerAction<T>, state: T) => void,
    delayMs = 0,
    state?: T,
  ): Subscription {
    return new TimedAction<T>(work, this.#place, this.#queue).schedule(state, delayMs);
  }

  /** Jumps ahead. */
  jump(byMs: number): void {
    this.#aheadMs += byMs;
    this.#timer.clear();
    this.#arm();
  }

  #arm(): void {
    const dueMs = this.#queue.nextDueMs - this.#aheadMs;
    this.#timer.setAt(Math.max(dueMs, this.#base.now()));
  }

  #ring(): void {
    this.#rangAtMs = this.#queue.nextDueMs;
    while (this.#queue.size > 0 && this.#queue.nextDueMs <= this.now()) {
      this.#queue.shift().execute();
    }
    this.#arm();
  }
}
