/** Frames that other programs on this host may have in the queue beside ours. */
export const FRAMES_OF_OTHERS = 2;
/** However small the queue, so many fill a wire. */
const FRAMES_MIN = 3;
/** Frames that the kernel took without a refusal before one more is tried. */
const FRAMES_TO_GROW = 64;

/**
 * How many frames of ours the queue of an interface has room for; a pure machine.
 *
 * `txqlen` tells it as a rule, but a queue discipline or a driver may hold less, and other programs
 * on this host fill it too. Who keeps a full queue full takes each place that becomes free, since
 * the echo tells it first: the others' frames, a node's flow control among them, then wait for ever.
 * So a refusal tells how much there is room for, some of it is left to others, and more is tried
 * slowly, as congestion control does (RFC 5681, "Congestion Avoidance").
 */
export class QueueRoom {
  readonly #framesMax: number;
  #frames: number;
  #takenCount = 0;

  /**
   * Makes one that has met no refusal yet.
   *
   * @param framesMax What the interface says that there is room for.
   */
  constructor(framesMax: number) {
    this.#framesMax = framesMax;
    this.#frames = framesMax;
  }

  /** How many frames of ours may be in the kernel at once. */
  get frames(): number {
    return this.#frames;
  }

  /** The kernel took a frame. */
  taken(): void {
    if (this.#frames >= this.#framesMax || ++this.#takenCount < FRAMES_TO_GROW) return;
    this.#takenCount = 0;
    this.#frames++;
  }

  /**
   * The kernel took no frame.
   *
   * @param inFlight Frames of ours that it had by then.
   */
  refused(inFlight: number): void {
    // A queue that others have filled alone says nothing of ours.
    if (inFlight === 0) return;
    this.#takenCount = 0;
    const room = Math.max(FRAMES_MIN, Math.min(this.#frames, inFlight) - FRAMES_OF_OTHERS);
    this.#frames = Math.min(room, this.#framesMax);
  }
}
