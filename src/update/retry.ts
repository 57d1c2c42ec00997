import {
  catchError,
  concat,
  defer,
  ignoreElements,
  type Observable,
  of,
  takeUntil,
  throwError,
  timer,
} from "rxjs";
import type { Clock } from "../core/mod.ts";
import { type Cancellation, checkpoint } from "./cancellation.ts";
import { BusAwayError, type BusPresence, endedAbsences, SESSION_HOLDS_MS } from "./bus_presence.ts";
import { ActivationError } from "./errors.ts";
import type { NodeEvent } from "./events.ts";
import { recoveryFor } from "./recovery.ts";

/** What to do about a failure that is worth another try. */
export interface AnotherTry {
  /** Said before the pause. */
  readonly events: readonly NodeEvent[];
  /** Pause before the next try, in ms. */
  readonly delayMs: number;
}

/** What tries need of their surroundings. */
export interface TryContext {
  /** The time that the pauses are in. */
  readonly clock: Clock;
  /** The wish to stop: it cuts a pause short, and the next try is then not made. */
  readonly cancellation: Cancellation;
  /** The bus; absent where it cannot be away. */
  readonly bus?: BusPresence;
}

/** A bus that was away more often in one run is a bad one: then what fails on it counts. */
const ABSENCES_MAX = 32;
/** A bus that has just come back may not carry frames at once, in ms. */
const AFTER_ABSENCE_MS = 50;

/**
 * Tries until it works or is given up.
 *
 * Cold; emits what the tries emit, and between two of them the events that announce the next one;
 * errors with the last try's error.
 *
 * A try that failed while its bus was away is not counted, and `decide` not asked: the bus is waited
 * for. After a moment the same is tried again. After longer the session is over: then only the level
 * that brings the node in anew tries again, and all others give up with what they have.
 *
 * @param attempt Makes one try; given its number, from 1.
 * @param decide Says whether a failed try is followed by another; `undefined` gives up. It must end.
 * @param context Time, the wish to stop, and the bus.
 * @param broughtInAnew Given where each try brings the node in anew: called before one that follows
 * an absence of the bus.
 * @returns The tries, one after the other.
 */
export function tryAgain(
  attempt: (attemptNumber: number) => Observable<NodeEvent>,
  decide: (error: unknown, attemptNumber: number) => AnotherTry | undefined,
  context: TryContext,
  broughtInAnew?: () => void,
): Observable<NodeEvent> {
  const { clock, cancellation, bus } = context;

  function afterAbsence(error: unknown, attemptNumber: number): Observable<NodeEvent> {
    return concat(
      bus!.back().pipe(takeUntil(cancellation.requested$)),
      checkpoint(cancellation),
      defer(() => {
        if (broughtInAnew === undefined && bus!.awayMs > SESSION_HOLDS_MS) {
          return throwError(() => error);
        }
        broughtInAnew?.();
        return pause(AFTER_ABSENCE_MS, clock).pipe(takeUntil(cancellation.requested$));
      }),
      checkpoint(cancellation),
      run(attemptNumber),
    );
  }

  function run(attemptNumber: number): Observable<NodeEvent> {
    return defer(() => {
      const absences = endedAbsences(bus);
      return attempt(attemptNumber).pipe(catchError((error: unknown) => {
        const wasAway = bus !== undefined && bus.absences <= ABSENCES_MAX &&
          (bus.isAway || endedAbsences(bus) !== absences);
        if (wasAway && !cancellation.requested && isOfBus(error)) {
          return afterAbsence(error, attemptNumber);
        }
        const another = decide(error, attemptNumber);
        if (another === undefined) return throwError(() => error);
        return concat(
          of(...another.events),
          pause(another.delayMs, clock).pipe(takeUntil(cancellation.requested$)),
          checkpoint(cancellation),
          run(attemptNumber + 1),
        );
      }));
    });
  }
  return run(1);
}

/** What a bus that was away may have caused: anything but what a node refuses for good. */
function isOfBus(error: unknown): boolean {
  if (error instanceof BusAwayError) return false;
  return error instanceof ActivationError || recoveryFor(error) !== "none";
}

/**
 * @param delayMs How long.
 * @param clock In which time.
 * @returns Emits nothing and completes then.
 */
export function pause(delayMs: number, clock: Clock): Observable<never> {
  return timer(delayMs, clock).pipe(ignoreElements());
}

/**
 * @param attemptNumber Of the failed try, from 1.
 * @param bounds The first pause, and the longest.
 * @returns The pause before the next try, in ms: it doubles each time up to the bound.
 */
export function growingDelayMs(
  attemptNumber: number,
  bounds: { readonly retryDelayMs: number; readonly retryDelayMsMax: number },
): number {
  return Math.min(bounds.retryDelayMs * 2 ** (attemptNumber - 1), bounds.retryDelayMsMax);
}
