/**
 * What may go wrong on a virtual bus, drawn from the bus's seed. All off by default.
 *
 * CAN itself repeats a damaged frame to all, so what is lost in the field is lost by single nodes:
 * the plain ratios strike each receiver by itself (receive overrun, masked interrupts, a slow
 * task), the `transmit` ones one sender's frame for all.
 */
export interface BusFaults {
  /** Chance that a receiver loses a frame. */
  readonly lossRatio?: number;
  /** Chance that a receiver gets a frame twice. */
  readonly duplicateRatio?: number;
  /** Chance that a receiver gets a frame late; the frames behind it wait, so order holds. */
  readonly delayRatio?: number;
  /** Mean of that delay, in ms (exponential). */
  readonly delayMsMean?: number;
  /** Mean time between two periods in which a receiver is deaf, in ms (exponential). */
  readonly deafEveryMsMean?: number;
  /** How long such a period is, in ms. */
  readonly deafMs?: number;
  /** Chance that a sender's frame is lost by all receivers; the sender does not know. */
  readonly transmitLossRatio?: number;
  /** Chance that a frame is sent twice: its sender alone saw its last bit disturbed. */
  readonly transmitDuplicateRatio?: number;
  /** Chance that a frame waits in its sender before it takes part in arbitration. */
  readonly transmitDelayRatio?: number;
  /** Mean of that delay, in ms (exponential). */
  readonly transmitDelayMsMean?: number;
  /** Chance that a sender's frame is damaged on the wire: an error frame, and it is sent again. */
  readonly corruptRatio?: number;
}
