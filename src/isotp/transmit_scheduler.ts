import { bitsDurationMs, type CanFrame, type CanPort, meanFrameBits } from "../can/mod.ts";
import { type Clock, Timer } from "../core/mod.ts";

/** A message that is being sent, as the scheduler sees it. */
export interface TransmitSource {
  /** Lower is admitted first. */
  readonly priority: number;
  /** When its next frame may go out, in ms; `Infinity` while it waits for the other end. */
  readonly readyAtMs: number;
  /** Gives the next frame; called only when it is ready. */
  takeFrame(): CanFrame;
  /** That frame was on the wire, or will not be. */
  frameEnded(outcome: "sent" | "aborted", atMs: number): void;
}

/** Bounds of a scheduler. */
export interface TransmitSchedulerOptions {
  /** Frames handed to the port and not confirmed: 2 keep the wire full without a queue. */
  readonly framesInFlightMax?: number;
  /** Messages that are served frame by frame in turn; others wait to begin. */
  readonly openMessagesMax?: number;
  /** Longest gap within a message that is begun, in ms: half of N_Cr of small stacks (100 ms). */
  readonly gapMsMax?: number;
}

interface OpenMessage {
  readonly source: TransmitSource;
  /** When its last frame was taken, in ms. */
  lastFrameMs: number;
}

/** How long a message that waits for the other end keeps its place before it is lent, in ms. */
const LEND_AFTER_MS = 3;

/**
 * Decides which frame of a tester goes on one bus next.
 *
 * Short frames (flow control, single frames) go first. Segmented messages share the wire: a few are
 * open at a time and served in turn, so that each is soon done and the flow-control wait of one is
 * filled by the others; one that waits longer lends its place to the next. A begun message that has
 * not been served for half of `gapMsMax` goes before all others, and no more are begun than can be
 * served within it.
 */
export class TransmitScheduler {
  readonly #port: CanPort;
  readonly #clock: Clock;
  readonly #framesInFlightMax: number;
  readonly #openMessagesMax: number;
  readonly #begunMessagesMax: number;
  readonly #gapMsMax: number;
  readonly #frameMs: number;
  readonly #short: TransmitSource[] = [];
  readonly #waiting: TransmitSource[] = [];
  readonly #open: OpenMessage[] = [];
  readonly #timer: Timer;
  #turn = 0;
  #inFlight = 0;
  #isPumping = false;

  /**
   * @param port The bus; this scheduler alone may transmit on it.
   * @param clock The time it lives in.
   * @param options Bounds.
   */
  constructor(port: CanPort, clock: Clock, options: TransmitSchedulerOptions = {}) {
    this.#port = port;
    this.#clock = clock;
    this.#framesInFlightMax = options.framesInFlightMax ?? 2;
    this.#openMessagesMax = options.openMessagesMax ?? 4;
    this.#gapMsMax = options.gapMsMax ?? 50;
    this.#frameMs = typicalFrameMs(port);
    this.#begunMessagesMax = Math.max(1, Math.floor(this.#gapMsMax / 2 / this.#frameMs));
    this.#timer = new Timer(clock, () => this.#pump());
  }

  /** How long a frame that is handed over now waits behind what is queued already, in ms. */
  get queueingDelayMs(): number {
    return (this.#inFlight + this.#short.length) * this.#frameMs;
  }

  /**
   * Sends one short frame before all segmented messages.
   *
   * @param source Gives the frame; it is asked once.
   */
  sendShort(source: TransmitSource): void {
    this.#short.push(source);
    this.#pump();
  }

  /**
   * Begins to serve a segmented message as soon as it is its turn.
   *
   * @param source Gives its frames, until it is `remove`d.
   */
  open(source: TransmitSource): void {
    let index = this.#waiting.length;
    while (index > 0 && this.#waiting[index - 1]!.priority > source.priority) index--;
    this.#waiting.splice(index, 0, source);
    this.#pump();
  }

  /** A message that waited may have become ready. */
  wake(): void {
    this.#pump();
  }

  /**
   * Stops serving a message: it is sent, or given up.
   *
   * @param source The message.
   */
  remove(source: TransmitSource): void {
    const openIndex = this.#open.findIndex((message) => message.source === source);
    if (openIndex >= 0) this.#open.splice(openIndex, 1);
    for (const list of [this.#waiting, this.#short]) {
      const index = list.indexOf(source);
      if (index >= 0) list.splice(index, 1);
    }
    this.#pump();
  }

  /** Stops: nothing is sent any more. */
  close(): void {
    this.#timer.clear();
    this.#short.length = 0;
    this.#waiting.length = 0;
    this.#open.length = 0;
  }

  #pump(): void {
    // A port may be asked for more while a frame is being handed over: one loop does it all.
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#inFlight < this.#framesInFlightMax) {
      const source = this.#short.shift() ?? this.#nextSegmented();
      if (source === undefined) break;
      this.#inFlight++;
      this.#port.transmit(source.takeFrame(), (outcome, atMs) => {
        this.#inFlight--;
        source.frameEnded(outcome, atMs);
        this.#pump();
      });
    }
    this.#isPumping = false;
  }

  #nextSegmented(): TransmitSource | undefined {
    const nowMs = this.#clock.now();
    this.#admit(nowMs);
    const open = this.#open;
    let wakeAtMs = Infinity;
    let chosen: OpenMessage | undefined;
    let readyCount = 0;
    for (let i = 0; i < open.length; i++) {
      const message = open[(this.#turn + i) % open.length]!;
      const { readyAtMs } = message.source;
      if (readyAtMs > nowMs) {
        wakeAtMs = Math.min(wakeAtMs, readyAtMs);
        continue;
      }
      readyCount++;
      const isOverdue = nowMs - message.lastFrameMs > this.#gapMsMax / 2;
      if (isOverdue && (chosen === undefined || message.lastFrameMs < chosen.lastFrameMs)) {
        chosen = message;
      } else if (readyCount <= this.#openMessagesMax && chosen === undefined) chosen = message;
    }
    if (chosen === undefined) {
      this.#timer.setAt(Math.min(wakeAtMs, this.#lendAtMs(nowMs)));
      return undefined;
    }
    this.#turn = (open.indexOf(chosen) + 1) % open.length;
    chosen.lastFrameMs = nowMs;
    return chosen.source;
  }

  /** Begins waiting messages while places are free, or their holders wait for the other end. */
  #admit(nowMs: number): void {
    while (this.#waiting.length > 0 && this.#open.length < this.#begunMessagesMax) {
      let taken = 0;
      for (const message of this.#open) {
        const isReady = message.source.readyAtMs <= nowMs + this.#frameMs;
        if (isReady || nowMs - message.lastFrameMs < LEND_AFTER_MS) taken++;
      }
      if (taken >= this.#openMessagesMax) return;
      this.#open.push({ source: this.#waiting.shift()!, lastFrameMs: nowMs });
    }
  }

  #lendAtMs(nowMs: number): number {
    if (this.#waiting.length === 0) return Infinity;
    let atMs = Infinity;
    for (const { lastFrameMs } of this.#open) {
      if (lastFrameMs + LEND_AFTER_MS > nowMs) atMs = Math.min(atMs, lastFrameMs + LEND_AFTER_MS);
    }
    return atMs;
  }
}

function typicalFrameMs(port: CanPort): number {
  if (port.bitRates === undefined) return 0.25;
  const fd = port.bitRates.dataBitrateBps !== undefined;
  const bits = meanFrameBits({
    extended: false,
    fd,
    bitRateSwitch: fd,
    lengthBytes: fd ? 64 : 8,
  });
  return bitsDurationMs(bits, port.bitRates);
}
