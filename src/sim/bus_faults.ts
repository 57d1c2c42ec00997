/**
 * What may go wrong on a virtual bus, drawn from the bus's seed. All off unless told.
 *
 * Loss, duplication, delay and deafness strike one receiver each: CAN itself repeats a damaged frame
 * to all, so what is lost in the field is lost by single nodes (receive overrun, masked interrupts).
 */
export interface BusFaults {
  /** Chance that a receiver loses a frame. */
  readonly lossRatio?: number;
  /** Chance that a receiver gets a frame twice. */
  readonly duplicateRatio?: number;
  /** Chance that a receiver gets a frame late. */
  readonly delayRatio?: number;
  /** Mean of that delay, in ms (exponential). */
  readonly delayMsMean?: number;
  /** Mean time between two periods in which a receiver is deaf, in ms (exponential). */
  readonly deafEveryMsMean?: number;
  /** How long such a period is, in ms. */
  readonly deafMs?: number;
  /** Chance that a frame is damaged on the wire: an error frame, and the sender sends again. */
  readonly corruptRatio?: number;
}
