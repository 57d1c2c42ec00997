import type { CanFrame } from "../can/mod.ts";
import { formatMs } from "../core/mod.ts";
import { IsoTpError, type NResult } from "./errors.ts";
import { FirstFrameRepeat } from "./_first_frame_repeat.ts";
import type { FrameBuilder } from "./frame_builder.ts";
import type { FlowControlPdu } from "./pdu.ts";
import { decodeStMinMs } from "./st_min.ts";

/** Bounds of the sending side. Source: ISO 15765-2:2016, "Timing parameters". */
export interface SenderOptions {
  /** N_Bs: longest wait for a flow control frame, in ms. */
  readonly nBsMs: number;
  /** How many WAIT frames in a row are borne; the standard's N_WFTmax, seen from the sender. */
  readonly waitFramesMax: number;
  /** When a first frame is repeated until times were seen, in ms; absent: not before. */
  readonly firstFrameRepeatMs?: number;
  /** To a group without flow control: least gap between two frames, in ms; absent: unicast. */
  readonly groupGapMs?: number;
  /** Least gap between two consecutive frames, in ms, whatever flow control states; 0 by default. */
  readonly frameGapMsMin?: number;
}

/** How a message's way out ended. */
export type SenderResult = { readonly kind: "sent" } | {
  readonly kind: "failed";
  readonly error: IsoTpError;
};

/**
 * `first`: its single or first frame may go. `waitFlowControl`: the other end decides.
 * `consecutive`: its next frame may go, when its time has come. `draining`: the last frame was
 * taken, its confirmation is awaited.
 */
export type SenderState = "idle" | "first" | "waitFlowControl" | "consecutive" | "draining";

const NO_MESSAGE: Uint8Array = new Uint8Array(0);

/**
 * The sending side of one link, without clock or bus: it is asked for frames and told what became
 * of them.
 *
 * A message of one frame is `first` and then `draining`; a longer one goes from `first` to
 * `waitFlowControl` and from there to `consecutive` and back, block by block, until `draining`.
 * Without flow control (a group) `consecutive` follows at once. The frame after a WAIT, a block end
 * or an STmin gap is only ever given when its time has come; otherwise frames may be taken before
 * those ahead of them are confirmed, so that the wire stays full.
 *
 * Source: ISO 15765-2:2016, "Multiple-frame transmission", "Timing parameters".
 */
export class IsoTpSender {
  readonly #builder: FrameBuilder;
  readonly #options: SenderOptions;
  readonly #name: string;
  #state: SenderState = "idle";
  #message = NO_MESSAGE;
  #sentBytes = 0;
  #sequenceNumber = 0;
  #blockLeft = 0;
  #gapMs = 0;
  #waitFrames = 0;
  readonly #firstFrameRepeat: FirstFrameRepeat;
  /** Since when the answer to a first frame that was sent once is waited for, in ms. */
  #askedSinceMs = Infinity;
  #isRepeated = false;
  /** Whether the deadline calls for the first frame once more, instead of ending the message. */
  #repeatsAtDeadline = false;
  /** Until when flow control may come that answers a first frame given up or repeated, in ms. */
  #strayUntilMs = -Infinity;
  #unconfirmed = 0;
  #readyAtMs = 0;
  /** Since when nothing but the gap and our own slowness held the next frame up. */
  #releasedMs = 0;
  #deadlineMs = Infinity;
  #nCsMsMax = 0;

  /**
   * Makes an idle sender.
   *
   * @param builder Makes the frames.
   * @param options Bounds.
   * @param name For messages of errors.
   */
  constructor(builder: FrameBuilder, options: SenderOptions, name: string) {
    this.#builder = builder;
    this.#options = options;
    this.#firstFrameRepeat = new FirstFrameRepeat(
      options.nBsMs,
      options.firstFrameRepeatMs ?? Infinity,
    );
    this.#name = name;
  }

  /** What it waits for. */
  get state(): SenderState {
    return this.#state;
  }

  /** Whether the message at hand, if any, takes more than one frame. */
  get isSegmented(): boolean {
    return this.#message.length > this.#builder.singleFrameBytesMax;
  }

  /** When the next frame may go out, in ms; `Infinity` while something must happen first. */
  get readyAtMs(): number {
    switch (this.#state) {
      case "first":
        return 0;
      case "consecutive":
        // STmin runs from the end of the frame before: from its confirmation.
        return this.#gapMs > 0 && this.#unconfirmed > 0 ? Infinity : this.#readyAtMs;
      default:
        return Infinity;
    }
  }

  /** How many consecutive frames could go out now one after the other, without the other end. */
  get clearedFrames(): number {
    if (this.#state !== "consecutive" || this.#gapMs > 0) return 0;
    const leftBytes = this.#message.length - this.#sentBytes;
    return Math.min(this.#blockLeft, Math.ceil(leftBytes / this.#builder.consecutiveFrameBytes));
  }

  /** When waiting for flow control ends: with the first frame once more, or N_TIMEOUT_Bs. In ms. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** Longest time until a consecutive frame went out so far (N_Cs), STmin included, in ms. */
  get nCsMsMax(): number {
    return this.#nCsMsMax;
  }

  /**
   * Begins a message; only when `idle`.
   *
   * @param message At least one byte; it must not change until it is sent.
   */
  start(message: Uint8Array): void {
    this.#message = message;
    this.#state = "first";
    this.#sentBytes = 0;
    this.#sequenceNumber = 0;
    this.#waitFrames = 0;
    this.#unconfirmed = 0;
    this.#askedSinceMs = Infinity;
    this.#isRepeated = false;
    this.#deadlineMs = Infinity;
  }

  /**
   * Takes the next frame; only when `readyAtMs` has come.
   *
   * @param nowMs The time.
   * @returns The frame.
   */
  takeFrame(nowMs: number): CanFrame {
    const isAlone = this.#unconfirmed++ === 0;
    if (this.#state === "first") return this.#takeFirst(nowMs);
    if (isAlone) this.#nCsMsMax = Math.max(this.#nCsMsMax, nowMs - this.#releasedMs);
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xF;
    const frame = this.#builder.consecutiveFrame(
      this.#message,
      this.#sentBytes,
      this.#sequenceNumber,
    );
    this.#sentBytes += this.#builder.consecutiveFrameBytes;
    this.#blockLeft--;
    // The end of the data ends the last block too, however many frames it had left.
    if (this.#sentBytes >= this.#message.length) this.#state = "draining";
    else if (this.#blockLeft === 0) this.#state = "waitFlowControl";
    return frame;
  }

  /**
   * A frame of this message was on the wire.
   *
   * @param nowMs When.
   * @returns The result once the whole message was.
   */
  confirmed(nowMs: number): SenderResult | undefined {
    this.#unconfirmed--;
    if (this.#unconfirmed > 0) return undefined;
    this.#releasedMs = nowMs;
    this.#readyAtMs = nowMs + this.#gapMs;
    if (this.#state === "waitFlowControl") this.#waitSince(nowMs);
    if (this.#state !== "draining") return undefined;
    this.#end();
    return { kind: "sent" };
  }

  /**
   * A flow control frame came; one that nobody waits for is ignored, as the standard says.
   *
   * @param pdu What it says.
   * @param nowMs When it came.
   * @returns The result when it ends the message.
   */
  flowControl(pdu: FlowControlPdu, nowMs: number): SenderResult | undefined {
    if (!this.#isAwaited(nowMs)) return undefined;
    const { nBsMs, waitFramesMax } = this.#options;
    if (this.#askedSinceMs !== Infinity) {
      this.#firstFrameRepeat.answered(nowMs - this.#askedSinceMs);
      this.#askedSinceMs = Infinity;
    }
    switch (pdu.flowStatus) {
      case "continueToSend":
        this.#firstFrameRepeat.granted(pdu.blockSize);
        this.#blockLeft = pdu.blockSize === 0 ? Infinity : pdu.blockSize;
        this.#gapMs = Math.max(decodeStMinMs(pdu.stMin), this.#options.frameGapMsMin ?? 0);
        // The first frame after a flow control needs no gap.
        this.#releasedMs = nowMs;
        this.#readyAtMs = nowMs;
        this.#waitFrames = 0;
        this.#deadlineMs = Infinity;
        this.#state = "consecutive";
        return undefined;
      case "wait":
        if (++this.#waitFrames > waitFramesMax) {
          return this.abort("N_WFT_OVRN", `more than ${waitFramesMax} WAIT frames came`);
        }
        this.#state = "waitFlowControl";
        this.#repeatsAtDeadline = false;
        this.#deadlineMs = nowMs + nBsMs;
        return undefined;
      case "overflow":
        return this.abort("N_BUFFER_OVFLW", "the receiver has no room for it");
      case undefined:
        return this.abort("N_INVALID_FS", "the receiver answered a reserved flow status");
    }
  }

  /**
   * The deadline has come.
   *
   * @param nowMs The time.
   * @returns The failure; `undefined` when the first frame goes out once more.
   */
  deadlinePassed(nowMs: number): SenderResult | undefined {
    const { nBsMs } = this.#options;
    this.#firstFrameRepeat.missed();
    this.#strayUntilMs = nowMs + nBsMs;
    if (!this.#repeatsAtDeadline) {
      return this.abort("N_TIMEOUT_Bs", `no flow control frame within ${formatMs(nBsMs)}`);
    }
    this.#isRepeated = true;
    this.#askedSinceMs = Infinity;
    this.#deadlineMs = Infinity;
    this.#state = "first";
    return undefined;
  }

  /**
   * Gives the message up.
   *
   * @param nResult Why.
   * @param state The same in words.
   * @returns The failure.
   */
  abort(nResult: NResult, state: string): SenderResult {
    const { length } = this.#message;
    const takenBytes = Math.min(this.#sentBytes, length);
    this.#end();
    const what = `Cannot send ${length} bytes on ${this.#name}: ${state}`;
    return {
      kind: "failed",
      error: new IsoTpError(nResult, `${what} (after ${takenBytes} bytes)`),
    };
  }

  /**
   * Puts the deadline off: frames of this end filled the wire, so that no answer could get on it.
   *
   * @param untilMs The new deadline.
   */
  extendDeadline(untilMs: number): void {
    this.#deadlineMs = untilMs;
  }

  #waitSince(nowMs: number): void {
    const isFirst = !this.#isInBlock;
    const afterMs = isFirst && !this.#isRepeated ? this.#firstFrameRepeat.afterMs : Infinity;
    this.#repeatsAtDeadline = afterMs !== Infinity;
    if (isFirst && !this.#isRepeated) this.#askedSinceMs = nowMs;
    this.#deadlineMs = nowMs + (this.#repeatsAtDeadline ? afterMs : this.#options.nBsMs);
  }

  /** Whether flow control that comes now is for this message. */
  #isAwaited(nowMs: number): boolean {
    // It came late: the repetition that waits for its turn is not needed any more.
    if (this.#state === "first") return this.#isRepeated && this.#unconfirmed === 0;
    if (this.#state !== "waitFlowControl") return false;
    // Behind a block that is still on its way: it answers the other one of two first frames.
    const isEarly = this.#isInBlock && this.#unconfirmed > 0;
    return !(isEarly && nowMs < this.#strayUntilMs);
  }

  /** Whether a consecutive frame was taken. */
  get #isInBlock(): boolean {
    return this.#sentBytes > this.#builder.firstFrameBytes(this.#message.length);
  }

  #takeFirst(nowMs: number): CanFrame {
    const message = this.#message;
    if (!this.isSegmented) {
      this.#sentBytes = message.length;
      this.#state = "draining";
      return this.#builder.singleFrame(message);
    }
    const { groupGapMs } = this.#options;
    this.#sentBytes = this.#builder.firstFrameBytes(message.length);
    this.#blockLeft = Infinity;
    this.#gapMs = groupGapMs ?? 0;
    this.#releasedMs = nowMs;
    this.#readyAtMs = nowMs;
    this.#state = groupGapMs === undefined ? "waitFlowControl" : "consecutive";
    return this.#builder.firstFrame(message);
  }

  #end(): void {
    this.#state = "idle";
    this.#message = NO_MESSAGE;
    this.#gapMs = 0;
    this.#deadlineMs = Infinity;
  }
}
