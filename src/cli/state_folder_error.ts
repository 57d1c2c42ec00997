import { CanvoyError } from "../core/mod.ts";

/** Nothing tells where journals and locks are to be kept. */
export class StateFolderError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "STATE_FOLDER";

  /**
   * Says what is missing.
   *
   * @param what What cannot be done without it.
   */
  constructor(what: string) {
    super(`Cannot ${what}: neither HOME nor XDG_STATE_HOME names an absolute path`);
  }
}
