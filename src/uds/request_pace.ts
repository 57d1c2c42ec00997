import { concat, defer, ignoreElements, type Observable, tap, timer } from "rxjs";
import type { Clock } from "../core/mod.ts";

/** Leaves a node time between two requests, of those that lose what comes sooner. */
export class RequestPace {
  readonly #gapMsMin: number;
  readonly #clock: Clock;
  #endedMs = -Infinity;

  /**
   * Nothing was asked yet.
   *
   * @param gapMsMin Between the end of one exchange and the next request, in ms.
   * @param clock The time.
   */
  constructor(gapMsMin: number, clock: Clock) {
    this.#gapMsMin = gapMsMin;
    this.#clock = clock;
  }

  /**
   * Has an exchange begin no sooner than it may.
   *
   * @param exchange$ The exchange, cold; none begins before the one before it has ended.
   * @returns The same.
   */
  keep<T>(exchange$: Observable<T>): Observable<T> {
    if (this.#gapMsMin === 0) return exchange$;
    // Before whoever asked is told of the end, as the next one may begin within that.
    const ended = (): void => void (this.#endedMs = this.#clock.now());
    const noted$ = exchange$.pipe(
      tap({ next: ended, error: ended, complete: ended, unsubscribe: ended }),
    );
    return defer(() => {
      const waitMs = this.#endedMs + this.#gapMsMin - this.#clock.now();
      if (waitMs <= 0) return noted$;
      return concat(timer(waitMs, this.#clock).pipe(ignoreElements()), noted$);
    });
  }
}
