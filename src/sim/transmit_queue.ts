import { arbitrationRank, type CanFrame, type TransmitOutcome } from "../can/mod.ts";

/** A frame that waits for the wire. */
export interface QueuedFrame {
  /** The frame. */
  readonly frame: CanFrame;
  /** Its place in arbitration; the smallest wins. */
  readonly rank: number;
  /** Told once how it ended. */
  readonly onEnd: (outcome: TransmitOutcome, atMs: number) => void;
}

/** Taken entries ahead of the queue that are worth one move of the rest. */
const TAKEN_MAX = 64;

/** Frames of one controller, first in first out, in constant time each. */
export class TransmitQueue {
  #entries: QueuedFrame[] = [];
  #start = 0;

  /** The frame that goes next. */
  get head(): QueuedFrame | undefined {
    return this.#entries[this.#start];
  }

  /**
   * Appends a frame.
   *
   * @param frame The frame.
   * @param onEnd Told once how it ended.
   */
  push(frame: CanFrame, onEnd: QueuedFrame["onEnd"]): void {
    this.#entries.push({ frame, rank: arbitrationRank(frame), onEnd });
  }

  /** Takes the head out. */
  shift(): void {
    this.#start++;
    if (this.#start === this.#entries.length) this.#entries.length = this.#start = 0;
    else if (this.#start === TAKEN_MAX) {
      this.#entries.splice(0, TAKEN_MAX);
      this.#start = 0;
    }
  }

  /**
   * Takes all frames out.
   *
   * @returns They, in order.
   */
  drain(): readonly QueuedFrame[] {
    const waiting = this.#entries.slice(this.#start);
    this.#entries = [];
    this.#start = 0;
    return waiting;
  }
}
