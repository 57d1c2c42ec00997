import type { CanFrame } from "../can/mod.ts";
import { IsoTpError, type NResult } from "./errors.ts";
import type { FrameBuilder } from "./frame_format.ts";
import type { Pdu } from "./pdu.ts";
import { decodeStMinMs } from "./st_min.ts";

/** Bounds of the sending side. Source: ISO 15765-2:2016, "Timing parameters". */
export interface SenderTiming {
  /** N_Bs: longest wait for a flow control frame, in ms. */
  readonly nBsMs: number;
  /** N_WFTmax: how many WAIT frames in a row are borne. */
  readonly waitFramesMax: number;
}

/** How a message's way out ended. */
export type SenderResult = { readonly kind: "sent" } | {
  readonly kind: "failed";
  readonly error: IsoTpError;
};

type State = "idle" | "first" | "waitFlowControl" | "consecutive" | "draining";

/**
 * The sending side of one link, without clock or bus: it is asked for frames and told what happened.
 *
 * A message of one frame is `first` and then `draining`; a longer one goes from `first` to
 * `waitFlowControl` and from there to `consecutive` and back, block by block, until `draining`, in
 * which only confirmations are awaited. Without flow control (a group) `consecutive` follows at once.
 */
export class IsoTpSender {
  readonly #builder: FrameBuilder;
  readonly #timing: SenderTiming;
  readonly #groupGapMs: number | undefined;
  readonly #name: string;
  #state: State = "idle";
  #message: Uint8Array = new Uint8Array(0);
  #sentBytes = 0;
  #sequenceNumber = 0;
  #blockLeft = Infinity;
  #gapMs = 0;
  #waitFrames = 0;
  #unconfirmed = 0;
  #readyAtMs = 0;
  #deadlineMs = Infinity;

  /**
   * @param builder Makes the frames.
   * @param timing Bounds.
   * @param name For messages of errors.
   * @param groupGapMs The gap between frames to a group that sends no flow control; absent: each
   * message waits for flow control as the standard says.
   */
  constructor(builder: FrameBuilder, timing: SenderTiming, name: string, groupGapMs?: number) {
    this.#builder = builder;
    this.#timing = timing;
    this.#name = name;
    this.#groupGapMs = groupGapMs;
  }

  /** Whether a message is on its way. */
  get isBusy(): boolean {
    return this.#state !== "idle";
  }

  /** Whether the message at hand waits for the receiver's flow control. */
  get isWaiting(): boolean {
    return this.#state === "waitFlowControl";
  }

  /** When the next frame may go out, in ms; `Infinity` while something must happen first. */
  get readyAtMs(): number {
    switch (this.#state) {
      case "first":
        return 0;
      case "consecutive":
        // A gap runs from the confirmation of the frame before.
        return this.#gapMs > 0 && this.#unconfirmed > 0 ? Infinity : this.#readyAtMs;
      default:
        return Infinity;
    }
  }

  /** When waiting ends with N_TIMEOUT_Bs, in ms. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /**
   * Begins a message.
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
    this.#deadlineMs = Infinity;
  }

  /** Takes the next frame; only when `readyAtMs` has come. */
  takeFrame(): CanFrame {
    this.#unconfirmed++;
    if (this.#state === "first") return this.#takeFirst();
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xF;
    const frame = this.#builder.consecutiveFrame(
      this.#message,
      this.#sentBytes,
      this.#sequenceNumber,
    );
    this.#sentBytes += this.#builder.consecutiveFrameBytes;
    this.#blockLeft--;
    if (this.#sentBytes >= this.#message.length) this.#state = "draining";
    else if (this.#blockLeft === 0) this.#state = "waitFlowControl";
    return frame;
  }

  /**
   * A frame was on the wire.
   *
   * @param nowMs When.
   * @returns The result once the whole message was.
   */
  confirmed(nowMs: number): SenderResult | undefined {
    this.#unconfirmed--;
    this.#readyAtMs = nowMs + this.#gapMs;
    if (this.#unconfirmed > 0) return undefined;
    if (this.#state === "waitFlowControl") this.#deadlineMs = nowMs + this.#timing.nBsMs;
    if (this.#state !== "draining") return undefined;
    this.#state = "idle";
    return { kind: "sent" };
  }

  /**
   * A flow control frame came; one that nobody waits for is ignored, as the standard says.
   *
   * @param pdu What it says.
   * @param nowMs When it came.
   * @returns The result when it ends the message.
   */
  flowControl(
    pdu: Pdu & { readonly kind: "flowControl" },
    nowMs: number,
  ): SenderResult | undefined {
    if (this.#state !== "waitFlowControl") return undefined;
    switch (pdu.flowStatus) {
      case "continueToSend":
        this.#blockLeft = pdu.blockSize === 0 ? Infinity : pdu.blockSize;
        this.#gapMs = decodeStMinMs(pdu.stMin);
        this.#readyAtMs = nowMs;
        this.#waitFrames = 0;
        this.#deadlineMs = Infinity;
        this.#state = "consecutive";
        return undefined;
      case "wait":
        if (++this.#waitFrames > this.#timing.waitFramesMax) {
          return this.#fail("N_WFT_OVRN", `more than ${this.#timing.waitFramesMax} WAIT frames`);
        }
        this.#deadlineMs = nowMs + this.#timing.nBsMs;
        return undefined;
      case "overflow":
        return this.#fail("N_BUFFER_OVFLW", "the receiver has no room for it");
      case undefined:
        return this.#fail("N_INVALID_FS", "the receiver answered a reserved flow status");
    }
  }

  /**
   * The deadline has come.
   *
   * @returns The failure.
   */
  timedOut(): SenderResult {
    return this.#fail("N_TIMEOUT_Bs", `no flow control frame within ${this.#timing.nBsMs} ms`);
  }

  /**
   * Gives the message up.
   *
   * @param nResult Why.
   * @param state The same in words.
   * @returns The failure.
   */
  abort(nResult: NResult, state: string): SenderResult {
    return this.#fail(nResult, state);
  }

  /**
   * Puts the deadline off: frames of this tester filled the wire, so that no answer could get on it.
   *
   * @param untilMs The new deadline.
   */
  extendDeadline(untilMs: number): void {
    this.#deadlineMs = untilMs;
  }

  #takeFirst(): CanFrame {
    const message = this.#message;
    if (message.length <= this.#builder.singleFrameBytesMax) {
      this.#state = "draining";
      return this.#builder.singleFrame(message);
    }
    const { frame, takenBytes } = this.#builder.firstFrame(message);
    this.#sentBytes = takenBytes;
    this.#gapMs = this.#groupGapMs ?? 0;
    this.#blockLeft = Infinity;
    this.#state = this.#groupGapMs === undefined ? "waitFlowControl" : "consecutive";
    return frame;
  }

  #fail(nResult: NResult, state: string): SenderResult {
    const sent = Math.min(this.#sentBytes, this.#message.length);
    this.#state = "idle";
    this.#deadlineMs = Infinity;
    const what = `Cannot send ${this.#message.length} bytes on ${this.#name}`;
    return {
      kind: "failed",
      error: new IsoTpError(nResult, `${what}: ${state} (${sent} bytes were sent)`),
    };
  }
}
