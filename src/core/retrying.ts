import { catchError, concat, defer, type Observable, throwError } from "rxjs";

/** What stands between a failed try and the next one. */
export interface BeforeNextTry<T> {
  /**
   * Cold; emits what is to be told and completes when the next try is due. Where no further try is to
   * be made after all it must error: completing is what begins the next one.
   */
  readonly before$: Observable<T>;
  /** Whether the failed try counts; by default it does. */
  readonly isCounted?: boolean;
}

/**
 * Tries until it works or is given up: the one repetition after a failure, of blocks, requests,
 * segments and nodes.
 *
 * Cold, and the count is each subscription's own; emits what the tries emit, and between two of them
 * what `before$` emits; errors with the last try's error, or with that of `before$`.
 *
 * @param makeTry Makes one try, given its number, from 1.
 * @param decide Says whether a failed try is followed by another; `undefined` gives up. It must end.
 * @returns The tries, one after the other.
 *
 * @example Three tries
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { of, throwError } from "rxjs";
 * const said: string[] = [];
 * retrying(
 *   (number) => number < 3 ? throwError(() => new Error("lost")) : of("through"),
 *   (_error, number) => ({ before$: of(`try ${number + 1}`) }),
 * ).subscribe((value) => said.push(value));
 * deepStrictEqual(said, ["try 2", "try 3", "through"]);
 * ```
 */
export function retrying<T>(
  makeTry: (number: number) => Observable<T>,
  decide: (error: unknown, number: number) => BeforeNextTry<T> | undefined,
): Observable<T> {
  return defer(() => {
    let number = 1;
    return defer(() => makeTry(number)).pipe(
      catchError((error: unknown, again$) => {
        const next = decide(error, number);
        if (next === undefined) return throwError(() => error);
        if (next.isCounted ?? true) number++;
        return concat(next.before$, again$);
      }),
    );
  });
}
