/**
 * Failure that a caller is expected to catch: switch on `code`, never on `message`.
 *
 * Programmer mistakes throw built-ins (`TypeError`, `RangeError`) instead.
 */
export abstract class CanvoyError extends Error {
  /** Stable machine-readable name, for example `ISOTP_TIMEOUT_BS`; part of the public API. */
  abstract readonly code: string;

  /**
   * Sets `name` to the concrete class.
   *
   * @param message What could not be done and why: "Cannot <action> <object>: <state>".
   * @param options `cause`, where another error led to this one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
