import { equalBytes, formatMs } from "../core/mod.ts";
import { IsoTpError, type NResult } from "./errors.ts";
import type { IsoTpContradiction } from "./link.ts";
import type { ConsecutiveFramePdu, FirstFramePdu, FlowStatus, SingleFramePdu } from "./pdu.ts";

/** Bounds and answers of the receiving side. */
export interface ReceiverOptions {
  /** N_Ar: longest wait until our flow control is on the wire, in ms; for messages of errors. */
  readonly nArMs: number;
  /** N_Cr: longest wait for a consecutive frame, in ms. */
  readonly nCrMs: number;
  /** BS that our flow control states: frames until the next one; 0: no other one. */
  readonly blockSize: number;
  /** Longest message that is taken; a longer one is answered with overflow. */
  readonly messageBytesMax: number;
  /** N_WFTmax: how many WAIT frames in a row are sent before the message is given up. */
  readonly waitFramesMax: number;
  /** Pause between two WAIT frames, in ms. */
  readonly waitMs: number;
  /** What this end takes to answer with flow control, in ms; a function is asked for each anew. */
  readonly flowControlDelayMs: number | (() => number);
  /**
   * `segmented`: the standard's. `silent`: segmented messages without flow control of ours, as a
   * listener of a group. `singleFrames`: nothing else, as functional addressing demands.
   */
  readonly accepts: "segmented" | "silent" | "singleFrames";
}

/** What a received PDU, or the time, calls for. */
export type ReceiverEffect =
  | { readonly kind: "flowControl"; readonly flowStatus: FlowStatus }
  | { readonly kind: "firstFrame"; readonly lengthBytes: number; readonly head: Uint8Array }
  | { readonly kind: "message"; readonly data: Uint8Array }
  | {
    readonly kind: "error";
    readonly error: IsoTpError;
    readonly contradiction?: IsoTpContradiction;
  };

/** A PDU that is for the receiving side. */
export type ReceiverPdu = SingleFramePdu | FirstFramePdu | ConsecutiveFramePdu;

/**
 * `flowControlDue`: the sender waits for our decision. `flowControlQueued`: CTS is on its way.
 * `consecutive`: the next frame is awaited.
 */
export type ReceiverState = "idle" | "flowControlDue" | "flowControlQueued" | "consecutive";

/** Nothing to do: shared, so that most frames allocate nothing. */
const NOTHING: readonly ReceiverEffect[] = [];
const NO_MESSAGE: Uint8Array = new Uint8Array(0);

/**
 * The receiving side of one link, without clock or bus: it is given PDUs and says what to do.
 *
 * In `flowControlDue` the owner calls `decideFlow` when `flowDueMs` has come: at once, and after
 * each WAIT again. Consecutive frames that come before CTS was given are not awaited and ignored.
 *
 * Source: ISO 15765-2:2016, "Unexpected arrival of N_PDU", "Wait frame error handling", "Timing
 * parameters".
 */
export class IsoTpReceiver {
  readonly #options: ReceiverOptions;
  readonly #name: string;
  #state: ReceiverState = "idle";
  #buffer = NO_MESSAGE;
  #receivedBytes = 0;
  /** Where the last consecutive frame's bytes begin; none came where it is the end of the others. */
  #lastStart = 0;
  #consecutiveBytes = 0;
  #sequenceNumber = 0;
  #blockLeft = Infinity;
  #waitFrames = 0;
  #flowDueMs = Infinity;
  #owedSinceMs = Infinity;
  #deadlineMs = Infinity;
  #nBrMsMax = 0;

  /**
   * Makes an idle receiver.
   *
   * @param options Bounds and answers.
   * @param name For messages of errors.
   */
  constructor(options: ReceiverOptions, name: string) {
    this.#options = options;
    this.#name = name;
  }

  /** What it waits for. */
  get state(): ReceiverState {
    return this.#state;
  }

  /** When waiting ends with N_TIMEOUT_Cr, in ms. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** When flow control must be decided, in ms; `Infinity` when nobody waits for it. */
  get flowDueMs(): number {
    return this.#flowDueMs;
  }

  /** Longest time until our flow control went to the bus so far (N_Br), in ms. */
  get nBrMsMax(): number {
    return this.#nBrMsMax;
  }

  /**
   * A PDU came.
   *
   * @param pdu Any but flow control, which is the sender's.
   * @param nowMs When.
   * @returns What to do, in order.
   */
  receive(pdu: ReceiverPdu, nowMs: number): readonly ReceiverEffect[] {
    if (pdu.kind === "consecutiveFrame") return this.#consecutiveFrame(pdu, nowMs);
    const { accepts } = this.#options;
    if (pdu.kind === "firstFrame" && accepts === "singleFrames") return NOTHING;
    const effects: ReceiverEffect[] = [];
    if (this.#state !== "idle") {
      effects.push(this.abort("N_UNEXP_PDU", `a ${KIND_WORDS[pdu.kind]} came in the middle of it`));
    }
    if (pdu.kind === "singleFrame") effects.push({ kind: "message", data: pdu.data.slice() });
    else this.#firstFrame(pdu, nowMs, effects);
    return effects;
  }

  /**
   * Flow control is due: says which, and in `flowControlDue` only.
   *
   * @param mayContinue Whether there is room for the next block.
   * @param nowMs The time.
   * @returns CTS or WAIT; after N_WFTmax WAITs the failure N_WFT_OVRN.
   */
  decideFlow(mayContinue: boolean, nowMs: number): ReceiverEffect {
    const { waitFramesMax, waitMs, blockSize } = this.#options;
    if (mayContinue) {
      this.#state = "flowControlQueued";
      this.#flowDueMs = Infinity;
      this.#waitFrames = 0;
      this.#blockLeft = blockSize === 0 ? Infinity : blockSize;
      return { kind: "flowControl", flowStatus: "continueToSend" };
    }
    if (++this.#waitFrames > waitFramesMax) {
      return this.abort("N_WFT_OVRN", `there was no room after ${waitFramesMax} WAIT frames`);
    }
    this.#flowDueMs = nowMs + waitMs;
    return { kind: "flowControl", flowStatus: "wait" };
  }

  /**
   * The flow control frame was handed to the bus: N_Br ends here.
   *
   * @param nowMs When.
   */
  flowControlTaken(nowMs: number): void {
    if (this.#owedSinceMs === Infinity) return;
    this.#nBrMsMax = Math.max(this.#nBrMsMax, nowMs - this.#owedSinceMs);
    this.#owedSinceMs = Infinity;
  }

  /**
   * The flow control frame was on the wire: after CTS, N_Cr begins; after WAIT, N_Br anew.
   *
   * @param nowMs When.
   */
  flowControlSent(nowMs: number): void {
    if (this.#state === "flowControlDue") this.#owedSinceMs = nowMs;
    if (this.#state !== "flowControlQueued") return;
    this.#state = "consecutive";
    this.#deadlineMs = nowMs + this.#options.nCrMs;
  }

  /**
   * The flow control frame could not be sent.
   *
   * @param isTimeout Whether N_Ar went by; else the bus took it back.
   * @returns The failure; `undefined` when no message depended on it.
   */
  flowControlFailed(isTimeout: boolean): ReceiverEffect | undefined {
    if (this.#state !== "flowControlQueued" && this.#state !== "flowControlDue") return undefined;
    return isTimeout
      ? this.abort(
        "N_TIMEOUT_A",
        `flow control was not sent within ${formatMs(this.#options.nArMs)}`,
      )
      : this.abort("N_ERROR", "the bus took our flow control back");
  }

  /**
   * The deadline has come.
   *
   * @returns The failure.
   */
  timedOut(): ReceiverEffect {
    return this.abort("N_TIMEOUT_Cr", `no frame within ${formatMs(this.#options.nCrMs)}`);
  }

  /**
   * Gives the message under way up.
   *
   * @param nResult Why.
   * @param state The same in words.
   * @param contradiction Frames that one sender cannot have sent, where that is why.
   * @returns The failure.
   */
  abort(nResult: NResult, state: string, contradiction?: IsoTpContradiction): ReceiverEffect {
    const got = ` (${this.#receivedBytes} of ${this.#buffer.length} bytes had come)`;
    this.#end();
    const error = this.#error(nResult, state + got);
    return { kind: "error", error, ...(contradiction === undefined ? {} : { contradiction }) };
  }

  #firstFrame(pdu: FirstFramePdu, nowMs: number, effects: ReceiverEffect[]): void {
    const { messageBytesMax, accepts, nCrMs } = this.#options;
    if (pdu.lengthBytes > messageBytesMax) {
      const state = `${pdu.lengthBytes} bytes are announced, ${messageBytesMax} are taken`;
      if (accepts === "segmented") effects.push({ kind: "flowControl", flowStatus: "overflow" });
      effects.push({ kind: "error", error: this.#error("N_BUFFER_OVFLW", state) });
      return;
    }
    this.#buffer = new Uint8Array(pdu.lengthBytes);
    this.#buffer.set(pdu.data);
    this.#receivedBytes = pdu.data.length;
    this.#lastStart = pdu.data.length;
    this.#consecutiveBytes = pdu.consecutiveBytes;
    this.#sequenceNumber = 0;
    this.#waitFrames = 0;
    effects.push({
      kind: "firstFrame",
      lengthBytes: pdu.lengthBytes,
      head: this.#buffer.slice(0, this.#receivedBytes),
    });
    if (accepts === "segmented") this.#oweFlowControl(nowMs);
    else {
      this.#state = "consecutive";
      this.#blockLeft = Infinity;
      this.#deadlineMs = nowMs + nCrMs;
    }
  }

  #consecutiveFrame(pdu: ConsecutiveFramePdu, nowMs: number): readonly ReceiverEffect[] {
    if (this.#state !== "consecutive" && this.#state !== "flowControlQueued") return NOTHING;
    const { payload, dataStart } = pdu;
    const dataBytes = payload.length - dataStart;
    const buffer = this.#buffer;
    const leftBytes = buffer.length - this.#receivedBytes;
    const isLast = leftBytes <= this.#consecutiveBytes;
    // Frames that carry less or more than the first announced are ignored (RX_DL).
    if (dataBytes > this.#consecutiveBytes) return NOTHING;
    if (dataBytes < (isLast ? leftBytes : this.#consecutiveBytes)) return NOTHING;
    const expected = (this.#sequenceNumber + 1) & 0xF;
    if (pdu.sequenceNumber !== expected) {
      const state = `sequence number ${expected} was expected, ${pdu.sequenceNumber} came`;
      const contradiction = this.#contradictionOf(pdu);
      return [this.abort("N_WRONG_SN", state, contradiction)];
    }
    this.#sequenceNumber = expected;
    const takenBytes = isLast ? leftBytes : dataBytes;
    const start = this.#receivedBytes;
    this.#lastStart = start;
    for (let i = 0; i < takenBytes; i++) buffer[start + i] = payload[dataStart + i]!;
    this.#receivedBytes += takenBytes;
    if (isLast) {
      this.#end();
      return [{ kind: "message", data: buffer }];
    }
    this.#state = "consecutive";
    this.#deadlineMs = nowMs + this.#options.nCrMs;
    if (--this.#blockLeft === 0) this.#oweFlowControl(nowMs);
    return NOTHING;
  }

  /** A frame that was lost leaves a gap; a number that comes twice with other bytes has two senders. */
  #contradictionOf(
    { sequenceNumber, payload, dataStart }: ConsecutiveFramePdu,
  ): IsoTpContradiction | undefined {
    const first = this.#buffer.slice(this.#lastStart, this.#receivedBytes);
    if (first.length === 0 || sequenceNumber !== this.#sequenceNumber) return undefined;
    const second = payload.slice(dataStart, dataStart + first.length);
    return equalBytes(first, second) ? undefined : { first, second };
  }

  #oweFlowControl(nowMs: number): void {
    this.#state = "flowControlDue";
    const { flowControlDelayMs: delayMs } = this.#options;
    this.#flowDueMs = nowMs + (typeof delayMs === "number" ? delayMs : delayMs());
    this.#owedSinceMs = nowMs;
    this.#deadlineMs = Infinity;
  }

  #end(): void {
    this.#state = "idle";
    this.#buffer = NO_MESSAGE;
    this.#receivedBytes = 0;
    this.#flowDueMs = Infinity;
    this.#owedSinceMs = Infinity;
    this.#deadlineMs = Infinity;
  }

  #error(nResult: NResult, state: string): IsoTpError {
    return new IsoTpError(nResult, `Cannot receive a message on ${this.#name}: ${state}`);
  }
}

const KIND_WORDS: Readonly<Record<"singleFrame" | "firstFrame", string>> = {
  singleFrame: "single frame",
  firstFrame: "first frame",
};
