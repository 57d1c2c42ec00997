import { CanvoyError } from "../core/mod.ts";

/**
 * Why a transport message failed, in the words of ISO 15765-2:2016, "N_Result".
 */
export type NResult =
  | "N_TIMEOUT_A"
  | "N_TIMEOUT_Bs"
  | "N_TIMEOUT_Cr"
  | "N_WRONG_SN"
  | "N_INVALID_FS"
  | "N_UNEXP_PDU"
  | "N_WFT_OVRN"
  | "N_BUFFER_OVFLW"
  | "N_ERROR";

/** A transport message that did not arrive whole, or could not be sent. */
export class IsoTpError extends CanvoyError {
  /** `ISOTP_` and the result, for example `ISOTP_N_TIMEOUT_BS`. */
  override readonly code: string;
  /** The standard's name of the failure. */
  readonly nResult: NResult;

  /**
   * Names the failure.
   *
   * @param nResult The standard's name of the failure.
   * @param message What could not be done: identifiers and byte counts belong here.
   */
  constructor(nResult: NResult, message: string) {
    super(message);
    this.nResult = nResult;
    this.code = `ISOTP_${nResult.toUpperCase()}`;
  }
}
