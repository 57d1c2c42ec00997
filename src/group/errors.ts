import { CanvoyError } from "../core/mod.ts";

/** Bytes that are not what docs/group-download.md defines. */
export class GroupFormatError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "GROUP_FORMAT";

  /**
   * States what is wrong.
   *
   * @param what Which bytes.
   * @param state What is wrong with them.
   */
  constructor(what: string, state: string) {
    super(`Cannot read ${what} of a group download: ${state}`);
  }
}
