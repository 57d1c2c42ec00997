import { type CanBitRates, type CanFrame, frameDurationMs, INTERMISSION_BITS } from "../can/mod.ts";

/** What keeps frames from filling the wire. */
export type SendLimit =
  /** Nothing that was seen: the wire is full, or there was too little to send. */
  | "none"
  /** The interface's queue holds too few frames for how late they are confirmed. */
  | "queue"
  /** The adapter: frames were waiting all the time, and it sent fewer than the wire takes. */
  | "adapter";

/** How fast frames went out while more were waiting. */
export interface SendEvidence {
  /** For how long frames waited one behind another, in ms. */
  readonly waitingMs: number;
  /** Frames of ours that were confirmed by second of it. */
  readonly framesPerSecond: number;
  /** Share of that time that they, and what was heard of others, take at the bus's bit rate. */
  readonly wireShare: number;
  /** How late the least late frame was confirmed that nothing of ours was ahead of, in ms. */
  readonly lagMs: number;
  /** Most frames that were with the kernel at one time. */
  readonly queuedMax: number;
  /** Frames that its queue has room for. */
  readonly queueFrames: number;
  /** What keeps the wire from being full. */
  readonly limit: SendLimit;
  /**
   * Whether frames are confirmed before they can have been on the wire, as by adapters on a serial
   * line: then a confirmation says nothing, and what the adapter loses, it loses in silence.
   */
  readonly isBlind: boolean;
}

/** Frames must have waited for that long before a rate counts, in ms. */
const WAITING_MS_MIN = 1000;
/** Below that share of the bit rate something else than the wire is the limit. */
const WIRE_SHARE_MIN = 0.75;
/** A frame that is confirmed sooner than that share of its own length was not on the wire yet. */
const EARLY_SHARE = 0.5;
/** So many frames say whether that is the rule. */
const FRAMES_MIN = 20;

/** Measures how fast an interface sends; a pure machine that is told of frames and their echoes. */
export class SendMeter {
  readonly #bitRates: CanBitRates | undefined;
  readonly #queueFrames: number;
  readonly #isModelled: boolean;
  #waitingMs = 0;
  #waitingFrames = 0;
  #wireMs = 0;
  #lagMs = Infinity;
  #queuedMax = 0;
  #frames = 0;
  #earlyFrames = 0;
  /** Since when frames wait one behind another without a break, in ms. */
  #sinceMs = Infinity;

  /**
   * Makes one that has seen nothing.
   *
   * @param bitRates The bus's bit rates, where known; without them no share of the wire is.
   * @param queueFrames Frames that the interface's queue has room for.
   * @param isModelled Whether there is no wire behind it: frames may then be confirmed at once.
   */
  constructor(bitRates: CanBitRates | undefined, queueFrames: number, isModelled = false) {
    this.#isModelled = isModelled;
    this.#bitRates = bitRates;
    this.#queueFrames = queueFrames;
  }

  /** What was seen; `undefined` where no bit rate or no frame is known. */
  get evidence(): SendEvidence | undefined {
    if (this.#bitRates === undefined || this.#frames === 0) return undefined;
    const wireShare = this.#waitingMs === 0 ? 0 : this.#wireMs / this.#waitingMs;
    const isSlow = this.#waitingMs >= WAITING_MS_MIN && wireShare < WIRE_SHARE_MIN;
    const isFull = this.#queuedMax >= this.#queueFrames;
    return {
      waitingMs: this.#waitingMs,
      framesPerSecond: this.#waitingMs === 0 ? 0 : this.#waitingFrames * 1000 / this.#waitingMs,
      wireShare,
      lagMs: this.#lagMs === Infinity ? 0 : this.#lagMs,
      queuedMax: this.#queuedMax,
      queueFrames: this.#queueFrames,
      limit: !isSlow ? "none" : isFull ? "queue" : "adapter",
      isBlind: !this.#isModelled && this.#frames >= FRAMES_MIN &&
        this.#earlyFrames > this.#frames / 2,
    };
  }

  /**
   * The kernel has taken a frame.
   *
   * @param queued How many it has now.
   */
  taken(queued: number): void {
    this.#queuedMax = Math.max(this.#queuedMax, queued);
  }

  /**
   * A frame of ours was sent.
   *
   * @param frame The frame.
   * @param atMs When it was confirmed.
   * @param flight Since when the kernel had it, in ms, whether another one of ours was ahead of it
   * then, and how many it still has.
   */
  sent(
    frame: CanFrame,
    atMs: number,
    flight: { readonly sinceMs: number; readonly wasAlone: boolean; readonly queued: number },
  ): void {
    const { sinceMs, wasAlone, queued } = flight;
    const durationMs = this.#durationMs(frame);
    this.#frames++;
    if (atMs - sinceMs < EARLY_SHARE * durationMs) this.#earlyFrames++;
    if (wasAlone) this.#lagMs = Math.min(this.#lagMs, Math.max(0, atMs - sinceMs - durationMs));
    if (this.#sinceMs !== Infinity) {
      this.#waitingMs += atMs - this.#sinceMs;
      this.#waitingFrames++;
      this.#wireMs += durationMs;
    }
    this.#sinceMs = queued > 0 ? atMs : Infinity;
  }

  /**
   * A frame of another end was heard: it took the wire too.
   *
   * @param frame The frame.
   */
  heard(frame: CanFrame): void {
    if (this.#sinceMs !== Infinity) this.#wireMs += this.#durationMs(frame);
  }

  /** Frames were taken back: what follows is measured anew. */
  interrupted(): void {
    this.#sinceMs = Infinity;
  }

  #durationMs(frame: CanFrame): number {
    if (this.#bitRates === undefined) return 0;
    const { bitrateBps } = this.#bitRates;
    return frameDurationMs(frame, this.#bitRates) + INTERMISSION_BITS * 1000 / bitrateBps;
  }
}
