import {
  catchError,
  concat,
  defer,
  ignoreElements,
  type Observable,
  of,
  throwError,
  timer,
} from "rxjs";
import type { Clock } from "../core/mod.ts";
import type { NodeEvent } from "./events.ts";

/** What to do about a failure that is worth another try. */
export interface AnotherTry {
  /** Said before the pause. */
  readonly events: readonly NodeEvent[];
  /** Pause before the next try, in ms. */
  readonly delayMs: number;
}

/**
 * Tries until it works or is given up.
 *
 * Cold; emits what the tries emit, and between two of them the events that announce the next one;
 * errors with the last try's error.
 *
 * @param attempt Makes one try; given its number, from 1.
 * @param decide Says whether a failed try is followed by another; `undefined` gives up. It must end.
 * @param clock The time that the pauses are in.
 * @returns The tries, one after the other.
 */
export function tryAgain(
  attempt: (attemptNumber: number) => Observable<NodeEvent>,
  decide: (error: unknown, attemptNumber: number) => AnotherTry | undefined,
  clock: Clock,
): Observable<NodeEvent> {
  function run(attemptNumber: number): Observable<NodeEvent> {
    return defer(() => attempt(attemptNumber)).pipe(catchError((error: unknown) => {
      const another = decide(error, attemptNumber);
      if (another === undefined) return throwError(() => error);
      return concat(
        of(...another.events),
        pause(another.delayMs, clock),
        run(attemptNumber + 1),
      );
    }));
  }
  return run(1);
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
