import { FD_LENGTHS_BYTES } from "../can/mod.ts";

/** How PDUs are put into frames. */
export interface FrameFormat {
  /** Whether CAN FD frames are sent. */
  readonly fd: boolean;
  /** FD only: whether their data phase is fast. */
  readonly bitRateSwitch: boolean;
  /** TX_DL: the most payload bytes of a frame; 8, or for FD up to 64. */
  readonly txDlBytes: number;
  /**
   * The byte that fills frames up to 8 bytes; absent: frames are as short as they can be. FD frames
   * above 8 bytes are filled to a length that a DLC can state, with 0xCC where it is absent.
   */
  readonly padding?: number;
}

/**
 * What fills frames by default: 1100 1100 needs no stuff bits. Source: Zephyr's documentation of
 * CONFIG_ISOTP_ENABLE_TX_PADDING ("as recommended by Bosch").
 */
export const DEFAULT_PADDING = 0xCC;

/** Classic frames, filled to 8 bytes as most bootloaders expect. */
export const CLASSIC_FORMAT: FrameFormat = {
  fd: false,
  bitRateSwitch: false,
  txDlBytes: 8,
  padding: DEFAULT_PADDING,
};

/** CAN FD frames of 64 bytes with the fast data phase. */
export const FD_FORMAT: FrameFormat = {
  fd: true,
  bitRateSwitch: true,
  txDlBytes: 64,
  padding: DEFAULT_PADDING,
};

/**
 * Checks what the type system cannot.
 *
 * @param format The format.
 * @throws {RangeError} If no frame could have it.
 */
export function assertFrameFormat(format: FrameFormat): void {
  const { fd, bitRateSwitch, txDlBytes, padding } = format;
  const isLength = fd ? txDlBytes >= 8 && FD_LENGTHS_BYTES.includes(txDlBytes) : txDlBytes === 8;
  if (!isLength) {
    throw new RangeError(`Cannot send ${fd ? "CAN FD" : "classic"} frames of ${txDlBytes} bytes`);
  }
  if (bitRateSwitch && !fd) throw new RangeError("Cannot switch the bit rate in a classic frame");
  const isByte = padding === undefined || (Number.isInteger(padding) && padding >> 8 === 0);
  if (!isByte) throw new RangeError(`Cannot pad frames with ${padding}: not a byte`);
}
