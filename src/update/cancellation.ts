import { defer, EMPTY, type MonoTypeOperatorFunction, Observable, throwError } from "rxjs";
import { CancelledError } from "./errors.ts";
import { type Step, wait } from "./step.ts";

/** The operator's wish to stop, as the pipeline sees it. */
export interface Cancellation {
  /** Whether it was asked already. */
  readonly requested: boolean;
  /** Emits once when it is asked, at once if it was; completes then. */
  readonly requested$: Observable<void>;
}

/**
 * A point where a node's conversation may stop safely.
 *
 * @param cancellation The operator's wish.
 * @returns Emits nothing; errors with {@linkcode CancelledError} when it was asked to stop.
 */
export function checkpoint(cancellation: Cancellation): Observable<never> {
  return defer(() => cancellation.requested ? throwError(() => new CancelledError()) : EMPTY);
}

/**
 * {@linkcode checkpoint}, as a step.
 *
 * @param context Has the operator's wish.
 * @returns No events; errors with {@linkcode CancelledError} when it was asked to stop.
 */
export function stopPoint(context: { readonly cancellation: Cancellation }): Step<void> {
  return wait(checkpoint(context.cancellation));
}

/**
 * Lets a stream run to its next value once a stop is asked for, and then ends it with
 * {@linkcode CancelledError}: what was begun on the bus is brought to its end, and where who takes the
 * value asks for the stop, nothing more is begun.
 *
 * @param cancellation The operator's wish.
 * @returns The operator.
 */
export function stopAfterNext<T>(cancellation: Cancellation): MonoTypeOperatorFunction<T> {
  // By hand: it is passed by each block of each node.
  return (source) =>
    new Observable((subscriber) => {
      const stopWhereAsked = (): void => {
        if (cancellation.requested) subscriber.error(new CancelledError());
      };
      return source.subscribe({
        next: (value) => {
          subscriber.next(value);
          stopWhereAsked();
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          stopWhereAsked();
          subscriber.complete();
        },
      });
    });
}
