import {
  defer,
  EMPTY,
  type MonoTypeOperatorFunction,
  Observable,
  Subscriber,
  throwError,
} from "rxjs";
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
  return (source) =>
    new Observable((subscriber) =>
      source.subscribe(new StoppedAfterNext(subscriber, cancellation))
    );
}

/**
 * By hand, as it is passed by each block of each node; a part of its subscriber, so that a source that
 * goes on at once ends with it.
 */
class StoppedAfterNext<T> extends Subscriber<T> {
  readonly #cancellation: Cancellation;

  constructor(subscriber: Subscriber<T>, cancellation: Cancellation) {
    super(subscriber);
    this.#cancellation = cancellation;
  }

  override next(value: T): void {
    super.next(value);
    this.#stopWhereAsked();
  }

  override complete(): void {
    this.#stopWhereAsked();
    super.complete();
  }

  #stopWhereAsked(): void {
    if (this.#cancellation.requested) this.error(new CancelledError());
  }
}
