/** One frame on the wire, one behind it: the wire is full where confirmations come at once. */
const FRAMES_MIN = 2;
/** On the word of a port alone, not measured, no more are handed over. */
const STATED_FRAMES_MAX = 8;
/** Lag that the frame behind the one on the wire covers anyway, in frames. */
const COVERED_FRAMES = 0.5;
/**
 * Lag from which on the wire is left to others by reckoning, in frames. A moment that is waited for
 * costs twice the lag: the last frame's, and that of the one that goes alone behind it.
 */
const LAGGING_FRAMES = 0.25;
/** First period of measuring, in ms; each one after it takes four times as long. */
const PERIOD_MS_MIN = 20;
/** Periods grow to that, in ms, or to `PERIOD_LAGS` times the lag where that is more. */
const PERIOD_MS_MAX = 1000;
/** A period's two drained samples cost about two lags: less than a hundredth of it. */
const PERIOD_LAGS = 250;
/** Samples of a period at least: one alone may be a frame that waited for others. */
const SAMPLES_MIN = 3;
/** Samples with nothing of ours ahead that a period needs before it may say that there is a lag. */
const EMPTY_SAMPLES_MIN = 2;

/** A spread counts when so many bursts of a period show it: a host may stumble once. */
const SPREAD_SAMPLES = 3;
/** How many times the frames that were confirmed during the least lag may be in flight. */
const GROWTH = 2;

/** What two ends' bit rates and intermissions may differ by, in frames. */
const SLACK_FRAMES = 0.05;

/** Bounds of a window. */
export interface TransmitWindowOptions {
  /** How long a full frame occupies the wire, in ms. */
  readonly frameMs: number;
  /** How late confirmations may be at least, in ms, as the port says. */
  readonly statedLagMs: number;
  /** Frames of ours that the interface's queue holds; `Infinity` where that is no limit. */
  readonly queueFrames: number;
  /** Most of our own data that a short frame may wait behind, in ms on an otherwise free wire. */
  readonly ownDataMsMax: number;
}

/** What bounds a window from above. */
export type WindowLimit =
  /** Nothing: as many frames as fill the wire. */
  | "none"
  /** The interface's queue holds no more. */
  | "queue"
  /** Short frames would wait behind more of our own data than they may. */
  | "ownData";

interface FlyingFrame {
  readonly durationMs: number;
  readonly handedOverMs: number;
  /** Frames of ours that were unconfirmed when it was handed over. */
  readonly framesAhead: number;
  /** When it would end if nobody else used the wire, in ms: what is measured is late against this. */
  earliestEndMs: number;
  /** When it probably ends, in ms: corrected by what is known of the lag. */
  probableEndMs: number;
}

/**
 * How many frames may be with the port at once, so that the wire is full however late the port
 * confirms them; a pure machine that is told of hand-overs, confirmations and frames heard.
 *
 * Two things are measured. The *lag*: how late the least late confirmation is against what the wire
 * needs for the frame and those ahead of it. The *spread*: how much later others are; it is proven,
 * not guessed, by confirmations that follow each other faster than frames can on a wire, as where an
 * adapter tells of several at once. A frame of another end, a lost arbitration or an error frame
 * makes a confirmation late too, but never two follow each other faster. So only the lag can be
 * taken for more than it is; the least of two periods counts, and a period that shows a lag is over
 * only when it has seen frames that were handed over with nothing of ours ahead of them
 * (`wantsEmptyWire`): that is what keeps a busy wire from being taken for a late port for ever. And no more than twice
 * the frames that were really confirmed during such a time are in flight.
 *
 * As congestion control does: Cardwell and others, "BBR: congestion-based congestion control"
 * (least delay over a while, and a drained queue once in a while to see it).
 */
export class TransmitWindow {
  readonly #options: TransmitWindowOptions;
  readonly #flying: FlyingFrame[] = [];
  #frames = FRAMES_MIN;
  #limit: WindowLimit = "none";
  #lagBeforeMs = 0;
  #lagNowMs = Infinity;
  #spreadBeforeMs = 0;
  /** The greatest of the period, the greatest first. */
  #spreadsNowMs: number[] = new Array(SPREAD_SAMPLES).fill(0);
  /** Frames confirmed while one of them was in flight, by ms: the most of the last period. */
  #rateBefore = 0;
  #rateNow = 0;
  #samples = 0;
  #emptySamples = 0;
  #periodSinceMs = -Infinity;
  #periodMs = PERIOD_MS_MIN;
  #confirmedMs = -Infinity;
  /** By how much the latest confirmations came faster than frames can, in ms. */
  #leadMs = 0;
  /** The most of that since it was nothing, in ms. */
  #burstMs = 0;
  /** No frame can be more late than the one from which the lead is counted was at most, in ms. */
  #leadMsMax = 0;
  #lastEarliestEndMs = -Infinity;
  #lastProbableEndMs = -Infinity;

  /**
   * Makes one that has measured nothing yet.
   *
   * @param options Bounds.
   */
  constructor(options: TransmitWindowOptions) {
    this.#options = options;
    this.#resize();
  }

  /** How many frames may be with the port. */
  get frames(): number {
    return this.#frames;
  }

  /** What keeps it from being larger. */
  get limit(): WindowLimit {
    return this.#limit;
  }

  /** How late the least late confirmations are, in ms. */
  get lagMs(): number {
    return Math.min(
      this.#lagBeforeMs,
      this.#samples < SAMPLES_MIN ? this.#lagBeforeMs : this.#lagNowMs,
    );
  }

  /** How much later others are, in ms. */
  get spreadMs(): number {
    return Math.max(this.#spreadBeforeMs, this.#spreadsNowMs[SPREAD_SAMPLES - 1]!);
  }

  /**
   * Whether frames are confirmed so late that waiting for the last one of them would leave the wire
   * idle for longer than reckoning when it has ended.
   */
  get isLagging(): boolean {
    return this.lagMs + this.spreadMs > LAGGING_FRAMES * this.#options.frameMs;
  }

  /** When all that was handed over has probably left the wire, in ms. */
  get emptyAtMs(): number {
    return this.#lastProbableEndMs;
  }

  /** When all that was handed over can have left the wire at the earliest, in ms. */
  get earliestEndMs(): number {
    const last = this.#flying.at(-1);
    if (last === undefined) return -Infinity;
    // What is ahead of it may have ended as long ago as it may have to be confirmed.
    const aheadMs = last.earliestEndMs - last.durationMs - this.lagMs - this.spreadMs;
    return last.durationMs + Math.max(last.handedOverMs, aheadMs);
  }

  /** Whether the next frame should be handed over only when all others are confirmed. */
  get wantsEmptyWire(): boolean {
    return this.#isPeriodOver && this.#lagNowMs >= this.#coveredMs &&
      this.#emptySamples < EMPTY_SAMPLES_MIN;
  }

  /**
   * A frame was handed to the port.
   *
   * @param durationMs How long it occupies the wire with the intermission, in ms.
   * @param atMs When.
   */
  handedOver(durationMs: number, atMs: number): void {
    this.#lastEarliestEndMs = Math.max(atMs, this.#lastEarliestEndMs) + durationMs;
    this.#lastProbableEndMs = Math.max(atMs, this.#lastProbableEndMs) + durationMs;
    this.#flying.push({
      durationMs,
      handedOverMs: atMs,
      framesAhead: this.#flying.length,
      earliestEndMs: this.#lastEarliestEndMs,
      probableEndMs: this.#lastProbableEndMs,
    });
  }

  /**
   * A frame of another end was heard: what is in flight behind it waited for it.
   *
   * @param durationMs How long it occupied the wire, in ms.
   * @param atMs When it ended.
   */
  heard(durationMs: number, atMs: number): void {
    const after = atMs - durationMs + SLACK_FRAMES * this.#options.frameMs;
    const delayOf = ({ handedOverMs }: FlyingFrame): number =>
      // What it took before ours was handed over did not delay ours.
      Math.min(durationMs, Math.max(0, atMs - handedOverMs));
    let earliestMs: number | undefined;
    let probableMs: number | undefined;
    for (const frame of this.#flying) {
      if (frame.earliestEndMs > after) frame.earliestEndMs += earliestMs ??= delayOf(frame);
      if (frame.probableEndMs > after) frame.probableEndMs += probableMs ??= delayOf(frame);
    }
    this.#lastEarliestEndMs += earliestMs ?? 0;
    this.#lastProbableEndMs += probableMs ?? 0;
  }

  /**
   * The oldest frame has ended.
   *
   * @param isSent Whether it was on the wire.
   * @param atMs When the port said so.
   */
  ended(isSent: boolean, atMs: number): void {
    const frame = this.#flying.shift();
    if (frame === undefined) return;
    if (isSent) {
      const lateMs = Math.max(0, atMs - frame.earliestEndMs);
      const flightMs = Math.max(frame.durationMs, atMs - frame.handedOverMs);
      this.#rateNow = Math.max(this.#rateNow, (frame.framesAhead + 1) / flightMs);
      this.#measureSpread(frame.durationMs, lateMs, atMs);
      this.#measureLag(frame.framesAhead === 0, lateMs, atMs);
      this.#resize();
      this.#correct(frame.probableEndMs, atMs);
    } else {
      this.#leadMs = 0;
      this.#burstMs = 0;
      this.#leadMsMax = 0;
    }
    // What follows a frame that ended can only have begun then: nothing is carried over a pause.
    if (this.#flying.length === 0) {
      this.#lastEarliestEndMs = Math.min(this.#lastEarliestEndMs, atMs);
      this.#lastProbableEndMs = Math.min(this.#lastProbableEndMs, atMs);
    }
    this.#confirmedMs = atMs;
  }

  get #coveredMs(): number {
    return COVERED_FRAMES * this.#options.frameMs;
  }

  get #isPeriodOver(): boolean {
    return this.#samples >= SAMPLES_MIN &&
      this.#confirmedMs - this.#periodSinceMs >= this.#periodMs;
  }

  /** A leaky bucket: each confirmation fills in what its frame takes, and time empties it. */
  #measureSpread(durationMs: number, lateMs: number, atMs: number): void {
    const leadMs = this.#leadMs + durationMs - (atMs - this.#confirmedMs);
    if (leadMs <= 0) {
      this.#noteSpread(this.#burstMs);
      this.#leadMs = 0;
      this.#burstMs = 0;
      this.#leadMsMax = lateMs;
    } else {
      this.#leadMs = Math.min(leadMs, this.#leadMsMax);
      this.#burstMs = Math.max(this.#burstMs, this.#leadMs);
    }
  }

  #noteSpread(spreadMs: number): void {
    const spreads = this.#spreadsNowMs;
    let at = SPREAD_SAMPLES - 1;
    if (spreadMs <= spreads[at]!) return;
    while (at > 0 && spreads[at - 1]! < spreadMs) {
      spreads[at] = spreads[at - 1]!;
      at--;
    }
    spreads[at] = spreadMs;
  }

  #measureLag(hasEmptyWire: boolean, lateMs: number, atMs: number): void {
    if (this.#periodSinceMs === -Infinity) this.#periodSinceMs = atMs;
    this.#samples++;
    if (hasEmptyWire) this.#emptySamples++;
    this.#lagNowMs = Math.min(this.#lagNowMs, lateMs);
    this.#confirmedMs = atMs;
    if (!this.#isPeriodOver || this.wantsEmptyWire) return;
    this.#lagBeforeMs = this.#lagNowMs;
    this.#spreadBeforeMs = this.#spreadsNowMs[SPREAD_SAMPLES - 1]!;
    this.#rateBefore = this.#rateNow;
    this.#lagNowMs = Infinity;
    this.#spreadsNowMs.fill(0);
    this.#rateNow = 0;
    this.#samples = 0;
    this.#emptySamples = 0;
    this.#periodSinceMs = atMs;
    const periodMsMax = Math.max(PERIOD_MS_MAX, PERIOD_LAGS * (this.lagMs + this.spreadMs));
    this.#periodMs = Math.min(4 * this.#periodMs, periodMsMax);
  }

  #resize(): void {
    const { frameMs, statedLagMs, queueFrames, ownDataMsMax } = this.#options;
    const stated = Math.min(STATED_FRAMES_MAX, FRAMES_MIN + Math.ceil(statedLagMs / frameMs));
    const lateMs = this.lagMs + this.spreadMs;
    const fills = FRAMES_MIN + Math.ceil(lateMs / frameMs - COVERED_FRAMES);
    // Where more in flight are not confirmed faster, something else is the limit.
    const rate = Math.max(this.#rateBefore, this.#rateNow);
    const useful = Math.ceil(GROWTH * rate * (frameMs + lateMs) - COVERED_FRAMES);
    const wanted = Math.max(FRAMES_MIN, stated, Math.min(fills, useful));
    const ownData = Math.max(FRAMES_MIN, Math.floor(ownDataMsMax / frameMs));
    const queue = Math.max(1, queueFrames);
    this.#frames = Math.min(wanted, ownData, queue);
    if (this.#frames === wanted) this.#limit = "none";
    else this.#limit = queue <= ownData ? "queue" : "ownData";
  }

  /** A confirmation tells within its spread when its frame ended, and so when those behind it do. */
  #correct(probableEndMs: number, atMs: number): void {
    const latestMs = atMs - this.lagMs;
    const soonestMs = latestMs - this.spreadMs;
    const endMs = Math.min(latestMs, Math.max(soonestMs, probableEndMs));
    const shiftMs = endMs - probableEndMs;
    if (shiftMs === 0) return;
    let lastMs = this.#lastProbableEndMs + shiftMs;
    for (const frame of this.#flying) {
      // What was handed over later, or waited for a frame that was heard, cannot have ended before.
      lastMs = frame.probableEndMs = Math.max(frame.probableEndMs + shiftMs, frame.earliestEndMs);
    }
    this.#lastProbableEndMs = lastMs;
  }
}
