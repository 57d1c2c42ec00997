import {
  concat,
  defer,
  ignoreElements,
  type Observable,
  of,
  takeUntil,
  throwError,
  timer,
} from "rxjs";
import type { Clock } from "../../core/mod.ts";
import { type Cancellation, checkpoint } from "./cancellation.ts";
import { BusAwayError, type BusPresence, noticeAbsence, SESSION_HOLDS_MS } from "./bus_presence.ts";
import { toErrorReport } from "./error_report.ts";
import { ActivationError } from "./errors.ts";
import type { NodeEvent } from "./events.ts";
import { recoveryFor } from "./recovery.ts";
import { deferStep, retryingStep, type Step } from "./step.ts";

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
 * Tries a step until it works or is given up.
 *
 * Emits what the tries emit, and between two of them the events that announce the next one; errors
 * with the last try's error, or as a stop does: that cuts a pause short.
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
 * @returns The tries, one after the other; the result of the one that worked.
 */
export function tryAgain<T>(
  attempt: (attemptNumber: number) => Step<T>,
  decide: (error: unknown, attemptNumber: number) => AnotherTry | undefined,
  context: TryContext,
  broughtInAnew?: () => void,
): Step<T> {
  const { clock, cancellation, bus } = context;
  /** The one place where a pause is cut by a stop: what is cut errors, as completing tries again. */
  const untilStopped = (wait$: Observable<never>): Observable<never> =>
    concat(wait$.pipe(takeUntil(cancellation.requested$)), checkpoint(cancellation));

  function afterAbsence(error: unknown): Observable<never> {
    return concat(
      untilStopped(bus!.back()),
      defer(() => {
        if (broughtInAnew === undefined && bus!.awayMs > SESSION_HOLDS_MS) {
          return throwError(() => error);
        }
        broughtInAnew?.();
        return untilStopped(pause(AFTER_ABSENCE_MS, clock));
      }),
    );
  }

  return deferStep(() => {
    let wasAway = noticeAbsence(bus);
    return retryingStep(
      (attemptNumber) => {
        wasAway = noticeAbsence(bus);
        return attempt(attemptNumber);
      },
      (error, attemptNumber) => {
        const isForgiven = bus !== undefined && bus.absences <= ABSENCES_MAX && wasAway();
        if (isForgiven && !cancellation.requested && isOfBus(error)) {
          return { before$: afterAbsence(error), isCounted: false };
        }
        const another = decide(error, attemptNumber);
        if (another === undefined) return undefined;
        const { events, delayMs } = another;
        return { before$: concat(of(...events), untilStopped(pause(delayMs, clock))) };
      },
    );
  });
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

/**
 * Says that a request is sent again.
 *
 * @param attempt Of the try to come, from 1.
 * @param delayMs The pause before it, in ms.
 * @param error What the one before came to.
 * @returns The event.
 */
export function requestRetry(attempt: number, delayMs: number, error: unknown): NodeEvent {
  return { type: "retry", scope: "request", attempt, delayMs, error: toErrorReport(error) };
}
