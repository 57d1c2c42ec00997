import { CanvoyError } from "../core/mod.ts";

/** Ways in which a bundle, a trust file or what they say of a fleet can be wrong. */
export type BundleErrorCode =
  | "BUNDLE_DEPENDENCY"
  | "BUNDLE_DIGEST"
  | "BUNDLE_FORMAT"
  | "BUNDLE_HARDWARE"
  | "BUNDLE_HARDWARE_UNDECLARED"
  | "BUNDLE_KEY_REVOKED"
  | "BUNDLE_REQUIRED"
  | "BUNDLE_SIGNATURE"
  | "BUNDLE_SIGNER_UNKNOWN"
  | "BUNDLE_SIZE"
  | "BUNDLE_THRESHOLD"
  | "BUNDLE_UNKNOWN_PART"
  | "TRUST_EXPIRED"
  | "TRUST_FORMAT"
  | "TRUST_KEY"
  | "TRUST_ROLLBACK"
  | "TRUST_ROOT_UNKNOWN"
  | "TRUST_SIGNATURE";

/** A bundle or a trust file that is not to be used. */
export class BundleError extends CanvoyError {
  /** Which way it is wrong. */
  override readonly code: BundleErrorCode;

  /**
   * States what is wrong.
   *
   * @param code Which way it is wrong.
   * @param message "Cannot use bundle: ...", without names of files.
   * @param options The error that led to this one, as `cause`.
   */
  constructor(code: BundleErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
