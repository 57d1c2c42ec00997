import type { FleetMoment } from "../fleet/mod.ts";
import type { ExitStatus } from "./exit_status.ts";

/** Shows a run to people and programs. */
export interface RunReporter extends Disposable {
  /** Takes a moment in. */
  next(moment: FleetMoment): void;
  /** Draws anew what is drawn; `nowMs` is the run's time. */
  draw(nowMs: number): void;
  /** Shows how the run ended, and says how canvoy ends. */
  finish(): ExitStatus;
}
