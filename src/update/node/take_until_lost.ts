import { type MonoTypeOperatorFunction, type Observable, takeUntil } from "rxjs";

/**
 * Ends a conversation with the error of a bus that is gone for good, whatever it waits for.
 *
 * @param lost$ Emits nothing and errors when the bus is gone; `undefined` where it cannot be.
 * @returns The operator.
 */
export function takeUntilLost<T>(
  lost$: Observable<never> | undefined,
): MonoTypeOperatorFunction<T> {
  // A notifier's error passes through.
  return (source) => lost$ === undefined ? source : source.pipe(takeUntil(lost$));
}
