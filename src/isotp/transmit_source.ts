import type { CanFrame, TransmitOutcome } from "../can/mod.ts";

/** How a frame ended that a source gave: as the port says, or the port was silent for N_As. */
export type FrameEnd = TransmitOutcome | "timedOut";

/** Somebody with frames to send, as the scheduler sees it: one message, or one short frame. */
export interface TransmitSource {
  /** Among segmented messages, lower goes first; `prioritiesChanged` tells of another one. */
  readonly priority: number;
  /** `arbitrationRank` of its identifier: lower wins the bus. */
  readonly rank: number;
  /** When its next frame may go out, in ms; `Infinity` while it waits for the other end. */
  readonly readyAtMs: number;
  /** How many frames it could send now without a word from the other end. */
  readonly clearedFrames: number;

  /**
   * Gives the next frame; called only when it is ready.
   *
   * @param nowMs The time.
   * @returns The frame.
   */
  takeFrame(nowMs: number): CanFrame;

  /**
   * That frame is with the port.
   *
   * @param earliestEndMs When it can be through at the earliest, in ms: a port may say so late.
   */
  handedOver?(earliestEndMs: number): void;

  /**
   * A frame that it gave has ended; called once for each, in order.
   *
   * @param end How.
   * @param atMs When.
   */
  frameEnded(end: FrameEnd, atMs: number): void;

  /**
   * The port has confirmed nothing for N_As, and this source was waiting for it: it was removed.
   *
   * @param atMs When.
   */
  wireStalled(atMs: number): void;
}
