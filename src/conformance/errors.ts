import { CanvoyError } from "../core/mod.ts";

/** A node under test can not be tried any further. */
export class GroupTrialError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "GROUP_TRIAL";

  /**
   * Says why.
   *
   * @param state What is in the way.
   */
  constructor(state: string) {
    super(`Cannot try group download on node: ${state}`);
  }
}
