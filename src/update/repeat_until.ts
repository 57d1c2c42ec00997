import { EMPTY, type Observable, repeat, timer } from "rxjs";
import type { Clock } from "../core/mod.ts";

/** When something is asked again. */
export interface Repetition {
  /** Asked after each round: whether it was the last. It must come to an end. */
  readonly isOver: () => boolean;
  /** Pause between two rounds, in ms. */
  readonly everyMs: number;
  /** The time that the pauses are in. */
  readonly clock: Clock;
}

/**
 * Takes rounds of the same until one was the last.
 *
 * @param round$ One round; cold.
 * @param repetition When there is another.
 * @returns What the rounds emit; completes after the last, errors with the first that errors.
 */
export function repeatUntil<T>(round$: Observable<T>, repetition: Repetition): Observable<T> {
  const { isOver, everyMs, clock } = repetition;
  return round$.pipe(repeat({ delay: () => isOver() ? EMPTY : timer(everyMs, clock) }));
}
