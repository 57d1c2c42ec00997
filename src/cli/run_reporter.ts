import type { FleetEvent, FleetState } from "../fleet/mod.ts";
import type { ExitStatus } from "./exit_status.ts";

/** Shows a run to people and programs: a fold of its events. */
export interface RunReporter extends Disposable {
  /** What is known of the fleet. */
  readonly state: FleetState;
  /** Takes an event in. */
  next(event: FleetEvent): void;
  /** Draws anew what is drawn; `nowMs` is the run's time. */
  draw(nowMs: number): void;
  /** Shows how the run ended, and says how canvoy ends. */
  finish(): ExitStatus;
}
