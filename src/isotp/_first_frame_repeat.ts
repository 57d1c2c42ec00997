/** However quickly flow control came so far, a first frame is not repeated sooner, in ms. */
const AFTER_MS_MIN = 100;
/** How many clean times in a row are needed before they tell anything. */
const SAMPLES_MIN = 4;
/** Flow control may take so many times as long as it ever took. */
const LONGER_MAX = 4;
/** How much of the longest time is kept with each flow control: what was long ago fades. */
const KEPT = 0.99;

/**
 * When a first frame that met silence goes out once more, long before N_Bs is over.
 *
 * Where one frame in a thousand is lost, a first frame or its answer is lost every minute or so; a
 * second of silence each time is much for a node that has always answered within a millisecond. A
 * receiver takes a repeated first frame for a new message, so nothing is lost where the answer was
 * only late; N_Bs alone decides when to give up.
 *
 * The answer to a repeated first frame is no sample: it may belong to either (Karn's algorithm, RFC
 * 6298, "Taking RTT Samples"). After a repetition N_Bs holds in full until clean samples came again.
 * A receiver that grants blocks gets no repetition: its late answer to the first one would pass for
 * the one behind a block that was not sent.
 */
export class FirstFrameRepeat {
  readonly #nBsMs: number;
  readonly #promisedMs: number;
  #hasMissed = false;
  #samples = 0;
  #longestMs = 0;
  #blockSize = 0;

  /**
   * Knows nothing yet.
   *
   * @param nBsMs N_Bs, in ms.
   * @param promisedMs When a first frame is repeated until times were seen, where the receiver has
   * promised to be prompt; `Infinity`: not at all.
   */
  constructor(nBsMs: number, promisedMs: number) {
    this.#nBsMs = nBsMs;
    this.#promisedMs = promisedMs;
  }

  /** How long after a first frame it is repeated, in ms; `Infinity`: it is not. */
  get afterMs(): number {
    if (this.#blockSize > 0) return Infinity;
    const isKnown = this.#samples >= SAMPLES_MIN;
    if (!isKnown && this.#hasMissed) return Infinity;
    const seenMs = Math.max(AFTER_MS_MIN, LONGER_MAX * this.#longestMs);
    const afterMs = isKnown ? seenMs : this.#promisedMs;
    return afterMs < this.#nBsMs ? afterMs : Infinity;
  }

  /**
   * The first word of flow control to a first frame that was sent once.
   *
   * @param tookMs Since that frame, in ms.
   */
  answered(tookMs: number): void {
    this.#samples++;
    this.#longestMs = Math.max(tookMs, this.#longestMs * KEPT);
  }

  /**
   * The receiver let frames go.
   *
   * @param blockSize How many: BS, 0 for all of them.
   */
  granted(blockSize: number): void {
    this.#blockSize = blockSize;
  }

  /** None came in time. */
  missed(): void {
    this.#samples = 0;
    this.#hasMissed = true;
  }
}
