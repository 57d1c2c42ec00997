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
 * @param context The time that the pauses are in, and the wish to stop that cuts a pause short: the
 * next try is then not made.
 * @returns The tries, one after the other.
 */
export function tryAgain(
  attempt: (attemptNumber: number) => Observable<NodeEvent>,
  decide: (error: unknown, attemptNumber: number) => AnotherTry | undefined,
  context: { readonly clock: Clock; readonly cancellation: Cancellation },
): Observable<NodeEvent> {
  const { clock, cancellation } = context;
  function run(attemptNumber: number): Observable<NodeEvent> {
    return defer(() => attempt(attemptNumber)).pipe(catchError((error: unknown) => {
      const another = decide(error, attemptNumber);
      if (another === undefined) return throwError(() => error);
      return concat(
        of(...another.events),
        pause(another.delayMs, clock).pipe(takeUntil(cancellation.requested$)),
        checkpoint(cancellation),
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
