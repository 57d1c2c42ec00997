import type { CanFrame } from "../can/mod.ts";
import { IsoTpError, type NResult } from "./errors.ts";
import { FlowControlWait } from "./_flow_control_wait.ts";
import type { FrameBuilder } from "./frame_builder.ts";
import type { FlowControlPdu } from "./pdu.ts";
import { decodeStMinMs } from "./st_min.ts";

/** Bounds of the sending side. Source: ISO 15765-2:2016, "Timing parameters". */
export interface SenderOptions {
  /** N_Bs: longest wait for a flow control frame, in ms; shorter where they have come sooner. */
  readonly nBsMs: number;
  /** How many WAIT frames in a row are borne; the standard's N_WFTmax, seen from the sender. */
  readonly waitFramesMax: number;
  /** To a group without flow control: least gap between two frames, in ms; absent: unicast. */
  readonly groupGapMs?: number;
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
  readonly #flowControlWait: FlowControlWait;
  /** Since when the first word of flow control is waited for, in ms; else `Infinity`. */
  #waitingSinceMs = Infinity;
  #waitedMs = 0;
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
    this.#flowControlWait = new FlowControlWait(options.nBsMs);
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

  /** When waiting for flow control ends with N_TIMEOUT_Bs, in ms. */
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
    this.#waitingSinceMs = Infinity;
    this.#waitedMs = this.#options.nBsMs;
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
    if (this.#state === "waitFlowControl") {
      this.#waitingSinceMs = nowMs;
      this.#waitedMs = this.#flowControlWait.waitMs;
      this.#deadlineMs = nowMs + this.#waitedMs;
    }
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
    if (this.#state !== "waitFlowControl") return undefined;
    const { nBsMs, waitFramesMax } = this.#options;
    if (this.#waitingSinceMs !== Infinity) {
      this.#flowControlWait.came(nowMs - this.#waitingSinceMs);
      this.#waitingSinceMs = Infinity;
    }
    switch (pdu.flowStatus) {
      case "continueToSend":
        this.#blockLeft = pdu.blockSize === 0 ? Infinity : pdu.blockSize;
        this.#gapMs = decodeStMinMs(pdu.stMin);
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
        this.#waitedMs = nBsMs;
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
   * @returns The failure.
   */
  timedOut(): SenderResult {
    this.#flowControlWait.missed();
    return this.abort("N_TIMEOUT_Bs", `no flow control frame within ${this.#waitedMs} ms`);
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
