import { CanvoyError } from "../core/mod.ts";

/** Bytes that are no journal of this version of canvoy. */
export class JournalFormatError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "JOURNAL_FORMAT";
  /** Where in the journal, 0 for its first byte. */
  readonly offset: number;

  /**
   * States what is wrong and where.
   *
   * @param offset Where in the journal, 0 for its first byte.
   * @param state What was found, or what was expected.
   * @param options The error that led to this one, as `cause`.
   */
  constructor(offset: number, state: string, options?: ErrorOptions) {
    super(`Cannot read journal at byte ${offset}: ${state}`, options);
    this.offset = offset;
  }
}
