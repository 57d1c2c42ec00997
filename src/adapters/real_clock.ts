import { clearImmediate, setImmediate } from "node:timers";
import type { SchedulerAction, SchedulerLike, Subscription } from "rxjs";
import { TimedAction, TimeQueue } from "../core/mod.ts";

/** How long one turn runs due work before sockets and others' timers get theirs, in ms. */
const TURN_MS_MAX = 8;
/** How much earlier than needed a timer of the system is set, in ms: it may come that late. */
const TIMER_LATE_MS = 2.5;
/** Work that is so late waited for a process that stood still, in ms: compiling, or a busy host. */
const STOOD_STILL_MS = 20;
/** What came meanwhile is heard first, for so long, in ms. */
const HEARING_MS = 4;
/** Longest delay that `setTimeout` takes. */
const TIMEOUT_MS_MAX = 0x7FFF_FFFF;

/** How a real clock is made. */
export interface RealClockOptions {
  /**
   * Paced virtual time, for simulations: work that comes late is told the time at which it was due,
   * so what repeats itself keeps its rate. Off by default.
   */
  readonly catchUp?: boolean;
}

/**
 * The clock on the wall, as `performance.now()` tells it. Work never runs early.
 *
 * A timer of the operating system is too coarse for a bus: `setTimeout(1)` took 2.1 ms on average
 * where this was written. So the last 2.5 ms before work is due are spent in turns of the event
 * loop (5 us each there), which serve sockets meanwhile and cost a core as long as they last.
 *
 * A process that stood still finds work due and answers that came in time beside each other: it
 * hears what has come before it does what is due, lest a time-out passes for silence.
 *
 * With `catchUp` time stands still before work that is due until it has run, and while it runs: it
 * never goes backwards, and no lateness adds up, so a modelled bus keeps its rate.
 *
 * It holds a timer only while work waits, so it never keeps a process alive by itself.
 *
 * @example Usage
 * ```ts
 * import { ok } from "node:assert/strict";
 * import { firstValueFrom, timer } from "rxjs";
 * import { RealClock } from "./real_clock.ts";
 *
 * using clock = new RealClock();
 * const startMs = clock.now();
 * await firstValueFrom(timer(5, clock));
 * ok(clock.now() - startMs >= 5);
 * ```
 */
export class RealClock implements SchedulerLike, Disposable {
  readonly #catchUp: boolean;
  readonly #queue: WatchedQueue;
  #runningDueMs: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #immediate: ReturnType<typeof setImmediate> | undefined;
  #timerDueMs = Infinity;
  #isDisposed = false;
  /** Whether what came while the process stood still was heard. */
  #hasHeard = false;
  /** What the system's clock said last in this turn of the event loop. */
  #readMs: number | undefined;
  readonly #forgetReading = (): void => {
    this.#readMs = undefined;
  };
  readonly #place = (action: TimedAction<unknown>, delayMs: number): void => {
    if (this.#isDisposed) return;
    // From the true time, lest what a turn computed before counts as waiting.
    const nowMs = this.#catchUp ? this.now() : this.#read();
    this.#queue.add(action, nowMs + Math.max(0, delayMs));
    this.#arm();
  };

  /**
   * A clock that nothing waits for yet.
   *
   * @param options Whether late work catches up.
   */
  constructor(options: RealClockOptions = {}) {
    this.#catchUp = options.catchUp ?? false;
    this.#queue = new WatchedQueue(() => this.#disarm());
  }

  /**
   * Milliseconds since the process began. In one turn of the event loop it stands still until
   * something is scheduled: a socket may bring a hundred frames in one. With `catchUp` it is never
   * beyond work that is still due.
   */
  now(): number {
    if (!this.#catchUp) return this.#readMs ?? this.#read();
    return this.#runningDueMs ?? Math.min(performance.now(), this.#queue.nextDueMs);
  }

  /** How many actions wait. */
  get pendingCount(): number {
    return this.#queue.size;
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

  /** Drops all waiting work; what is scheduled later never runs. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    while (this.#queue.size > 0) this.#queue.shift();
  }

  #arm(): void {
    const dueMs = this.#queue.nextDueMs;
    // In a turn the end of the turn arms.
    if (this.#runningDueMs !== undefined || dueMs >= this.#timerDueMs) return;
    this.#disarm();
    if (dueMs === Infinity) return;
    this.#timerDueMs = dueMs;
    const delayMs = Math.floor(dueMs - this.#read() - TIMER_LATE_MS);
    if (delayMs <= 0) this.#immediate = setImmediate(this.#turn);
    else this.#timer = setTimeout(this.#turn, Math.min(delayMs, TIMEOUT_MS_MAX));
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    this.#timerDueMs = Infinity;
    this.#hasHeard = false;
  }

  /** Asks the system's clock; what it says holds until the turn's promises have been served. */
  #read(): number {
    if (this.#readMs === undefined) queueMicrotask(this.#forgetReading);
    return this.#readMs = performance.now();
  }

  /** Runs what is due; if there is more of it than a turn may take, another turn goes on. */
  readonly #turn = (): void => {
    this.#timer = undefined;
    this.#immediate = undefined;
    this.#timerDueMs = Infinity;
    const beginMs = this.#read();
    if (!this.#catchUp && !this.#hasHeard && beginMs - this.#queue.nextDueMs > STOOD_STILL_MS) {
      this.#hasHeard = true;
      // Nothing that is scheduled meanwhile comes sooner.
      this.#timerDueMs = -Infinity;
      this.#timer = setTimeout(this.#turn, HEARING_MS);
      return;
    }
    this.#hasHeard = false;
    const turnEndMs = beginMs + TURN_MS_MAX;
    try {
      for (let nowMs = this.#read(); nowMs < turnEndMs; nowMs = this.#read()) {
        if (this.#queue.nextDueMs > nowMs) break;
        const action = this.#queue.shift();
        this.#runningDueMs = action.dueMs;
        action.execute();
      }
    } finally {
      this.#runningDueMs = undefined;
      this.#arm();
    }
  };
}

/** Tells when its last action is gone, run or cancelled. */
class WatchedQueue extends TimeQueue {
  readonly #onEmpty: () => void;

  constructor(onEmpty: () => void) {
    super();
    this.#onEmpty = onEmpty;
  }

  override remove(action: TimedAction<unknown>): void {
    super.remove(action);
    if (this.size === 0) this.#onEmpty();
  }
}
