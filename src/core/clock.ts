import type { SchedulerLike } from "rxjs";

/**
 * The time that a part of canvoy lives in. Everything that waits is given one; `now()` and delays
 * are milliseconds, fractions allowed. Nothing else in src/ names RxJS's scheduler types.
 */
export type Clock = SchedulerLike;
