import type { Observable, Subscription } from "rxjs";
import { CanvoyError, type Clock } from "../../../src/core/mod.ts";

/** What an observable did, and when. */
export interface Recording<T> {
  readonly values: { readonly atMs: number; readonly value: T }[];
  readonly subscription: Subscription;
  endedAtMs: number | undefined;
  isComplete: boolean;
  error: unknown;
}

/** Subscribes and writes down all that comes. */
export function record<T>(source$: Observable<T>, clock: Clock): Recording<T> {
  const recording: { -readonly [K in keyof Recording<T>]?: Recording<T>[K] } = {
    values: [],
    endedAtMs: undefined,
    isComplete: false,
    error: undefined,
  };
  const full = recording as Recording<T>;
  recording.subscription = source$.subscribe({
    next: (value) => full.values.push({ atMs: clock.now(), value }),
    complete: () => {
      full.isComplete = true;
      full.endedAtMs = clock.now();
    },
    error: (error: unknown) => {
      full.error = error;
      full.endedAtMs = clock.now();
    },
  });
  return full;
}

/** The code of a typed error; fails for any other. */
export function codeOf(error: unknown): string {
  if (error instanceof CanvoyError) return error.code;
  throw new Error(`not a CanvoyError: ${error}`);
}
