/** What nodes get beyond their last block's programming before they are asked, in ms. */
const SETTLE_MS = 2;
/** A node that still works is asked again after so many of its blocks' times, and twice as many. */
const BUSY_BLOCKS = 2;
/** But not later than that, in ms. */
const BUSY_MS_MAX = 50;

/** When a group's messages and questions may go out. */
export class Pace {
  /** What a whole block takes on the wire, in ms; 0 until one was sent. */
  wireMs = 0;
  /** What nodes need for mending, from one message to the next, in ms. */
  mendMs = 0;
  /** When all are asked; `Infinity`: that is not due. */
  askAtMs = Infinity;
  #lastStartMs = -Infinity;
  /** Rounds in a row in which nodes only worked. */
  #busyRounds = 0;

  /** When the next message may begin, so that the slowest node is ready for it. */
  nextMs(slowestMs: number): number {
    return this.#lastStartMs + slowestMs + this.mendMs;
  }

  /** A message begins. */
  begun(nowMs: number): void {
    this.#lastStartMs = nowMs;
  }

  /**
   * A message was on the wire. The quietest whole block tells what the wire takes: others may have been
   * held up, and a last block that is short tells too little.
   *
   * @returns Whether it is the first to tell.
   */
  ended(startMs: number, endMs: number, isWholeBlock: boolean): boolean {
    this.#lastStartMs = startMs;
    if (!isWholeBlock) return false;
    const isFirst = this.wireMs === 0;
    this.wireMs = isFirst ? endMs - startMs : Math.min(this.wireMs, endMs - startMs);
    return isFirst;
  }

  /** All that was to be sent is out: when nodes are asked. */
  settle(nowMs: number, slowestMs: number): number {
    if (this.askAtMs === Infinity) this.askAtMs = nowMs + slowestMs + SETTLE_MS;
    return this.askAtMs;
  }

  /** Something is sent in this round. */
  roundSends(): void {
    this.#busyRounds = 0;
  }

  /** Nothing is to be sent: they only work, or did not answer. */
  roundWaits(nowMs: number, slowestMs: number): void {
    const pauseMs = (BUSY_BLOCKS << this.#busyRounds++) * slowestMs;
    this.askAtMs = nowMs + Math.min(pauseMs, BUSY_MS_MAX) + SETTLE_MS;
  }
}
