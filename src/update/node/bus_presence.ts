import { defer, EMPTY, filter, ignoreElements, merge, type Observable, take, timer } from "rxjs";
import { CanvoyError, type Clock } from "../../core/mod.ts";

/** What keeps frames off a bus; `errorPassive` does not. */
export type AbsentBusState = "busOff" | "stopped";

/** How long nodes wait for a bus that is away, in ms, where neither profile nor operator says. */
export const BUS_WAIT_MS = 60_000;

const STATE_WORDS: Readonly<Record<AbsentBusState, string>> = {
  busOff: "its controller is bus-off",
  stopped: "its interface is down or gone",
};

/** A bus that was away did not come back in time. */
export class BusAwayError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "BUS_AWAY";
  /** What was seen of it last. */
  readonly state: AbsentBusState;

  /**
   * Says which bus, and how long it was waited for.
   *
   * @param bus Its name.
   * @param state What was seen of it last.
   * @param waitedMs How long, in ms.
   */
  constructor(bus: string, state: AbsentBusState, waitedMs: number) {
    super(
      `Cannot go on over bus ${bus}: ${STATE_WORDS[state]}, for ${
        Math.round(waitedMs / 1000)
      } s now`,
    );
    this.state = state;
  }
}

/** A session outlives that much silence of its bus, in ms: less than S3 of any node. */
export const SESSION_HOLDS_MS = 1000;

/** A bus was away for longer than a session lasts: what was under way is over. */
export class BusAbsenceError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "BUS_ABSENCE";

  /**
   * Says for how long.
   *
   * @param awayMs How long it was away, in ms.
   * @param options What failed by it, as `cause`.
   */
  constructor(awayMs: number, options?: ErrorOptions) {
    super(`Cannot go on where it stopped: the bus was away for ${Math.round(awayMs)} ms`, options);
  }
}

/** Whether a bus can be used now, as its nodes need to know it. */
export interface BusPresence {
  /** Whether frames cannot get on it at present. */
  readonly isAway: boolean;
  /** How often it went away so far. */
  readonly absences: number;
  /** How long it was away last, in ms: so far, where it still is. */
  readonly awayMs: number;

  /**
   * Waits until it is back.
   *
   * @returns Cold; emits nothing, completes when it is back; errors with {@linkcode BusAwayError} when
   * that takes too long.
   */
  back(): Observable<never>;
}

/**
 * Counts absences that are over: a try that begins during one has it before it.
 *
 * @param bus The bus; none where it cannot be away.
 * @returns How many.
 */
export function endedAbsences(bus: BusPresence | undefined): number {
  return bus === undefined ? 0 : bus.absences - (bus.isAway ? 1 : 0);
}

/**
 * Notices whether a bus was away since some moment. What is tried again behind an absence counts for
 * nothing and is told by no event: a request may have gone out twice all the same.
 *
 * @param bus The bus; none where it cannot be away.
 * @returns Tells whether it was away since then, or is now.
 */
export function noticeAbsence(bus: BusPresence | undefined): () => boolean {
  const before = endedAbsences(bus);
  return () => bus !== undefined && (bus.isAway || endedAbsences(bus) !== before);
}

/** A bus to be watched. */
export interface WatchedBus {
  /** Its name. */
  readonly name: string;
  /** Hot; the present state first. */
  readonly state$: Observable<string>;
  /** The time it lives in. */
  readonly clock: Clock;
  /** How long nodes wait for it, in ms. */
  readonly waitMs: number;
}

/** Follows the state of a bus, until it is closed. */
export class BusWatch implements BusPresence {
  #absences = 0;
  #state: AbsentBusState | undefined;
  #sinceMs = 0;
  #awayMs = 0;
  readonly #bus: WatchedBus;
  readonly #stop: () => void;

  /**
   * Begins to watch.
   *
   * @param bus The bus.
   */
  constructor(bus: WatchedBus) {
    this.#bus = bus;
    const subscription = bus.state$.subscribe((state) => this.#changed(state));
    this.#stop = () => subscription.unsubscribe();
  }

  get isAway(): boolean {
    return this.#state !== undefined;
  }

  get absences(): number {
    return this.#absences;
  }

  get awayMs(): number {
    return this.isAway ? this.#bus.clock.now() - this.#sinceMs : this.#awayMs;
  }

  back(): Observable<never> {
    return defer(() => {
      if (this.#state === undefined) return EMPTY;
      const { name, state$, clock, waitMs } = this.#bus;
      const leftMs = Math.max(0, this.#sinceMs + waitMs - clock.now());
      const expired$ = timer(leftMs, clock);
      const isBack$ = state$.pipe(filter((state) => !isAbsent(state)));
      return merge(expired$, isBack$).pipe(
        take(1),
        filter((value) => {
          if (typeof value === "string" || this.#state === undefined) return false;
          throw new BusAwayError(name, this.#state, this.awayMs);
        }),
        ignoreElements(),
      );
    });
  }

  /** Stops watching. */
  close(): void {
    this.#stop();
  }

  #changed(state: string): void {
    const nowMs = this.#bus.clock.now();
    if (isAbsent(state)) {
      if (this.#state === undefined) {
        this.#absences++;
        this.#sinceMs = nowMs;
      }
      this.#state = state;
    } else if (this.#state !== undefined) {
      this.#awayMs = nowMs - this.#sinceMs;
      this.#state = undefined;
    }
  }
}

function isAbsent(state: string): state is AbsentBusState {
  return Object.hasOwn(STATE_WORDS, state);
}
