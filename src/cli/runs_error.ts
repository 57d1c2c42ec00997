import { CanvoyError } from "../core/mod.ts";

/** Nothing of that name is in doubt. */
export class RunsError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code: "RUNS_NO_DOUBT" | "RUNS_NO_NODE";

  /**
   * Says what was looked for.
   *
   * @param code What it should have been.
   * @param state What is wrong.
   */
  constructor(code: RunsError["code"], state: string) {
    super(`Cannot settle: ${state}`);
    this.code = code;
  }
}
