import type { Observable } from "rxjs";
import type { FleetEvent } from "./events.ts";

/** Where a run's events are written down, so that they outlive the run. */
export interface EventJournal {
  /**
   * Writes events down. Hot: they are taken at the call, in order.
   *
   * @param events What happened.
   * @returns Emits nothing; completes once these events and all before them outlive a loss of power,
   * at once where time is virtual; errors with a `CanvoyError` when they cannot be written. It says
   * so to late subscribers too.
   */
  append(events: readonly FleetEvent[]): Observable<void>;
}
