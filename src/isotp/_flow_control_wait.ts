/** However quickly flow control came so far, it is waited for so long, in ms. */
const WAIT_MS_MIN = 100;
/** How often it must have come before its times tell anything. */
const SAMPLES_MIN = 4;
/** It may take so many times as long as it ever took. */
const LONGER_MAX = 4;
/** How much of the longest time is kept with each flow control: what was long ago fades. */
const KEPT = 0.99;

/**
 * How long one receiver's flow control is waited for: N_Bs, until it has shown how soon it answers.
 *
 * Where one frame in a thousand is lost, a first frame or its answer is lost every minute or so; a
 * second of silence each time is much for a node that has always answered within a millisecond. After
 * a miss N_Bs holds again until flow control comes: the receiver may have become slow.
 */
export class FlowControlWait {
  readonly #nBsMs: number;
  #samples = 0;
  #longestMs = 0;
  #isDoubtful = false;

  /**
   * Knows nothing yet.
   *
   * @param nBsMs N_Bs: never longer than that.
   */
  constructor(nBsMs: number) {
    this.#nBsMs = nBsMs;
  }

  /** How long to wait, in ms. */
  get waitMs(): number {
    if (this.#isDoubtful || this.#samples < SAMPLES_MIN) return this.#nBsMs;
    return Math.min(this.#nBsMs, Math.max(WAIT_MS_MIN, LONGER_MAX * this.#longestMs));
  }

  /**
   * Flow control came, whatever it says.
   *
   * @param tookMs Since the frame that called for it.
   */
  came(tookMs: number): void {
    this.#samples++;
    this.#isDoubtful = false;
    this.#longestMs = Math.max(tookMs, this.#longestMs * KEPT);
  }

  /** None came in time. */
  missed(): void {
    this.#isDoubtful = true;
  }
}
