import {
  type CanFrame,
  type CanPort,
  INTERMISSION_BITS,
  type TransmitOutcome,
} from "../can/mod.ts";
import { type Clock, Timer } from "../core/mod.ts";
import { OpenMessages } from "./_open_messages.ts";
import { WireTimes } from "./_wire_times.ts";
import { YieldGate } from "./_yield_gate.ts";
import type { TransmitSource } from "./transmit_source.ts";
import { TransmitWindow, type WindowLimit } from "./transmit_window.ts";

/** By how many bits the frames in flight may be longer than reckoned: that times their root. */
const DOUBT_BITS = 8;

/** Bounds of a scheduler. */
export interface TransmitSchedulerOptions {
  /**
   * Frames handed over and not confirmed. By default 2, so that the wire is full and no queue
   * grows, and what goes out while the port's confirmations lag, as it is measured.
   */
  readonly framesInFlightMax?: number;
  /**
   * Longest time that a flow control or a request waits behind frames of ours that are with the port
   * already, in ms on a wire that is otherwise free; 30 by default: well below P2 and N_Bs. It bounds
   * the frames in flight where confirmations lag.
   */
  readonly ownDataMsMax?: number;
  /** How many messages that are ready share the wire in turn; 1 by default: each is soon done. */
  readonly openMessagesMax?: number;
  /** Longest gap within a message, in ms; 50 by default: half of N_Cr of small stacks (100 ms). */
  readonly gapMsMax?: number;
  /** Longest time for which our frames keep answers off the wire, in ms; 20 by default. */
  readonly yieldAfterMs?: number;
  /** N_As and N_Ar: longest time from hand-over to confirmation, in ms; 1,000 by default. */
  readonly nAsMs?: number;
}

/** What a scheduler has done so far. */
export interface TransmitSchedulerStatistics {
  /** Frames that were on the wire. */
  readonly framesSent: number;
  /** Frames that the port took back. */
  readonly framesAborted: number;
  /** Frames that were not confirmed within N_As. */
  readonly framesTimedOut: number;
  /** Longest time that a message which was begun and ready waited for its next frame, in ms. */
  readonly gapMsMax: number;
  /** Most messages begun and not ended at one time. */
  readonly openMessagesMax: number;
  /** How many frames may be with the port at present. */
  readonly windowFrames: number;
  /** What keeps that from filling the wire, where something does. */
  readonly windowLimit: WindowLimit;
  /** How late the least late confirmations are at present, in ms. */
  readonly lagMs: number;
  /** How much later others are, in ms. */
  readonly lagSpreadMs: number;
}

/**
 * Decides which frame of this end goes on one bus next: it alone calls `port.transmit`.
 *
 * Short frames (flow control, single frames) go first, in the order in which they came. Segmented
 * messages share what is left: a new one is begun only when none that is begun has a frame ready,
 * so that each is soon done and the waits of one (flow control, WAIT, STmin) are filled by others;
 * by priority, then first come first served. Of those begun, the first few take turns; one that was
 * not served for half of `gapMsMax` goes before them, and no more are begun than can be served in
 * the other half.
 *
 * Where our identifiers outrank those that answer us (as 0x7E0 does 0x7E8), a full wire would
 * starve the answers. So after `yieldAfterMs` the wire is left to others at one frame's end, and
 * again after each further frame of ours as long as somebody is heard to use it. Where confirmations
 * lag, that is after each window of ours, and from the third time on until nobody is heard any more.
 *
 * Limitations: frames of others on the bus are not reckoned with in times.
 */
export class TransmitScheduler {
  readonly #port: CanPort;
  readonly #clock: Clock;
  readonly #framesInFlightMax: number | undefined;
  readonly #window: TransmitWindow;
  readonly #times: WireTimes;
  readonly #nAsMs: number;
  readonly #frameMs: number;
  readonly #yieldMs: number;
  readonly #short: TransmitSource[] = [];
  readonly #messages: OpenMessages;
  readonly #gate: YieldGate;
  /** Who gave the frames in flight, in order; `undefined` once it timed out. */
  readonly #flightSources: (TransmitSource | undefined)[] = [];
  readonly #flightSinceMs: number[] = [];
  readonly #readyTimer: Timer;
  readonly #nAsTimer: Timer;
  readonly #yieldTimer: Timer;
  #isPumping = false;
  #isClosed = false;
  #framesSent = 0;
  #framesAborted = 0;
  #framesTimedOut = 0;

  /**
   * Takes a port over.
   *
   * @param port The bus; this scheduler alone may transmit on it.
   * @param clock The time it lives in.
   * @param options Bounds.
   */
  constructor(port: CanPort, clock: Clock, options: TransmitSchedulerOptions = {}) {
    const { openMessagesMax = 1, gapMsMax = 50, yieldAfterMs = 20, nAsMs = 1000 } = options;
    const { ownDataMsMax = 30 } = options;
    this.#port = port;
    this.#clock = clock;
    this.#nAsMs = nAsMs;
    this.#times = new WireTimes(port.bitRates);
    this.#frameMs = this.#times.fullFrameMs;
    this.#framesInFlightMax = options.framesInFlightMax;
    this.#window = new TransmitWindow({
      frameMs: this.#frameMs,
      statedLagMs: port.confirmationLagMs ?? 0,
      queueFrames: port.queueFrames ?? Infinity,
      ownDataMsMax,
    });
    this.#yieldMs = (INTERMISSION_BITS + 1) * 1000 / (port.bitRates?.bitrateBps ?? 125_000);
    this.#messages = new OpenMessages(openMessagesMax, gapMsMax, this.#frameMs);
    this.#gate = new YieldGate(yieldAfterMs);
    this.#readyTimer = new Timer(clock, () => this.#pump());
    this.#nAsTimer = new Timer(clock, () => this.#checkFlight());
    this.#yieldTimer = new Timer(clock, () => this.#yielded());
  }

  /** N_As, in ms. */
  get nAsMs(): number {
    return this.#nAsMs;
  }

  /** What it has done so far. */
  get statistics(): TransmitSchedulerStatistics {
    return {
      framesSent: this.#framesSent,
      framesAborted: this.#framesAborted,
      framesTimedOut: this.#framesTimedOut,
      gapMsMax: this.#messages.longestGapMs,
      openMessagesMax: this.#messages.mostOpen,
      windowFrames: this.#windowFrames,
      windowLimit: this.#window.limit,
      lagMs: this.#window.lagMs,
      lagSpreadMs: this.#window.spreadMs,
    };
  }

  /**
   * How long frames of this end presently keep another short frame off the wire.
   *
   * @param rank `arbitrationRank` of that frame where it is the other end's: then frames that this
   * end may send back to back and that outrank it count too, up to where it yields; without it, a
   * frame of this end is meant.
   * @returns An estimate, in ms.
   */
  queueingDelayMs(rank?: number): number {
    const aheadMs = (this.#flightSources.length + this.#short.length) * this.#frameMs;
    if (rank === undefined) return aheadMs;
    const outrankingMs = this.#messages.clearedFramesBefore(rank) * this.#frameMs;
    return aheadMs + Math.min(outrankingMs, this.#gate.yieldAfterMs);
  }

  /**
   * Counts the bits of a frame.
   *
   * @param frame The frame.
   * @returns How long it occupies the wire, in ms.
   */
  wireMs(frame: CanFrame): number {
    return this.#times.frameMs(frame);
  }

  /**
   * Somebody waits for answers: they must not be starved.
   *
   * @param rank `arbitrationRank` of the answers.
   */
  expectAnswers(rank: number): void {
    this.#gate.expectAnswers(rank);
  }

  /**
   * A frame of another end was received.
   *
   * @param frame The frame; without it, one of usual length.
   * @param atMs When; now by default.
   */
  frameHeard(frame?: CanFrame, atMs: number = this.#clock.now()): void {
    this.#gate.heard(atMs);
    this.#window.heard(frame === undefined ? this.#frameMs : this.#times.frameMs(frame), atMs);
  }

  /**
   * Sends one frame before all segmented messages.
   *
   * @param source Gives the frame; it is asked once.
   */
  sendShort(source: TransmitSource): void {
    this.#offer(() => this.#short.push(source));
  }

  /**
   * Serves a segmented message as soon as it is its turn.
   *
   * @param source Gives its frames, until it is `remove`d.
   */
  open(source: TransmitSource): void {
    this.#offer(() => this.#messages.add(source));
  }

  /** A message that waited may have become ready. */
  wake(): void {
    this.#pump();
  }

  /** A source that was opened has another priority now. */
  prioritiesChanged(): void {
    this.#messages.prioritiesChanged();
  }

  /**
   * Stops serving a source: it is sent, or given up. Its frames in flight still end.
   *
   * @param source The source.
   */
  remove(source: TransmitSource): void {
    this.#messages.remove(source);
    const index = this.#short.indexOf(source);
    if (index >= 0) this.#short.splice(index, 1);
    this.#pump();
  }

  /** Stops: nothing is sent any more; only the ends of frames in flight are still told. */
  close(): void {
    this.#isClosed = true;
    this.#readyTimer.clear();
    this.#nAsTimer.clear();
    this.#yieldTimer.clear();
    this.#short.length = 0;
    this.#messages.clear();
  }

  #offer(add: () => void): void {
    if (this.#isClosed) return;
    add();
    this.#pump();
    const isStalled = this.#flightSources.length > 0 && this.#flightSources[0] === undefined;
    // A port that has fallen silent: who comes now waits no longer than N_As either.
    if (isStalled && this.#nAsTimer.dueMs === Infinity) {
      this.#nAsTimer.setAt(this.#clock.now() + this.#nAsMs);
    }
  }

  #pump(): void {
    // A source may ask for more while it is served: one loop does it all.
    if (this.#isPumping || this.#isClosed) return;
    this.#isPumping = true;
    try {
      while (this.#flightSources.length < this.#windowFrames) {
        if (this.#window.wantsEmptyWire && this.#flightSources.length > 0) break;
        const nowMs = this.#clock.now();
        if (!this.#gate.mayTake(nowMs, this.#flightSources.length)) break;
        const source = this.#short.shift() ?? this.#messages.next(nowMs);
        if (source === undefined) {
          this.#readyTimer.setAt(this.#messages.wakeAtMs);
          break;
        }
        this.#gate.taken(nowMs, source.rank);
        const frame = source.takeFrame(nowMs);
        this.#port.transmit(frame, this.#onEnd);
        this.#window.handedOver(this.#times.frameMs(frame), nowMs);
        // Bit rates differ by a little, and an answer may begin right after the intermission.
        source.handedOver?.(
          this.#window.earliestEndMs - (INTERMISSION_BITS + 1) * this.#times.bitMs,
        );
        this.#flightSources.push(source);
        this.#flightSinceMs.push(nowMs);
        if (this.#nAsTimer.dueMs === Infinity) this.#nAsTimer.setAt(nowMs + this.#nAsMs);
      }
    } finally {
      this.#isPumping = false;
    }
    const isEmpty = this.#flightSources.length === 0;
    // Others win the wire when the intermission is over; our next frame comes a bit later.
    if (this.#gate.isYielding) {
      const { holdUntilMs, heardMs } = this.#gate;
      if (isEmpty) {
        this.#yieldTimer.setAt(Math.max(this.#clock.now() + this.#yieldMs, holdUntilMs));
        // Confirmations that lag tell too late when the wire is empty.
      } else if (this.#window.isLagging) {
        this.#yieldTimer.setAt(Math.max(this.#leftWireMs, heardMs + this.#yieldMs, holdUntilMs));
      }
    } else if (isEmpty) this.#gate.ranEmpty(this.#clock.now());
  }

  get #windowFrames(): number {
    return this.#framesInFlightMax ?? this.#window.frames;
  }

  /** When all that was handed over has left the wire for certain, and somebody else had the wire. */
  get #leftWireMs(): number {
    const doubtMs = DOUBT_BITS * Math.sqrt(this.#flightSources.length) * this.#times.bitMs;
    return this.#window.emptyAtMs + doubtMs + this.#yieldMs;
  }

  #yielded(): void {
    if (!this.#window.isLagging) this.#gate.yielded();
    else {
      const nowMs = this.#clock.now();
      // Who took the moment is heard as late as our frames are confirmed.
      const { lagMs, spreadMs } = this.#window;
      const watchUntilMs = nowMs + lagMs + spreadMs + 2 * this.#frameMs;
      this.#gate.yieldedUnseen(nowMs, watchUntilMs, this.#frameMs + this.#yieldMs);
    }
    this.#pump();
  }

  // Frames end in the order in which they were handed over, so one function serves them all.
  readonly #onEnd = (outcome: TransmitOutcome, atMs: number): void => {
    const source = this.#flightSources.shift();
    this.#flightSinceMs.shift();
    if (outcome === "sent") this.#framesSent++;
    else this.#framesAborted++;
    this.#gate.ended(atMs);
    this.#window.ended(outcome === "sent", this.#clock.now());
    source?.frameEnded(outcome, atMs);
    this.#pump();
    if (this.#flightSources.length === 0) this.#nAsTimer.clear();
  };

  /** The timer is not moved with every frame: when it rings, it looks how old the frames are. */
  #checkFlight(): void {
    const nowMs = this.#clock.now();
    for (let i = 0; i < this.#flightSources.length; i++) {
      const source = this.#flightSources[i];
      if (source === undefined) continue;
      const dueMs = this.#flightSinceMs[i]! + this.#nAsMs;
      if (nowMs < dueMs) {
        this.#nAsTimer.setAt(dueMs);
        break;
      }
      this.#flightSources[i] = undefined;
      this.#framesTimedOut++;
      source.frameEnded("timedOut", nowMs);
    }
    if (this.#flightSources.length === 0 || this.#flightSources[0] !== undefined) return;
    const stalled = [...this.#short.splice(0), ...this.#messages.takeReady(nowMs)];
    for (const source of stalled) source.wireStalled(nowMs);
  }
}
