import { IsoTpError, type NResult } from "./errors.ts";
import type { FlowStatus, Pdu } from "./pdu.ts";

/** Bounds and answers of the receiving side. */
export interface ReceiverOptions {
  /** BS that our flow control states: frames until the next one; 0: no other one. */
  readonly blockSize: number;
  /** STmin that our flow control states, as encoded. */
  readonly stMin: number;
  /** N_Cr: longest wait for a consecutive frame, in ms. */
  readonly nCrMs: number;
  /** Longest message that is taken; a longer one is answered with overflow. */
  readonly messageBytesMax: number;
  /** Whether flow control is sent at all: not by a listener of a group. */
  readonly sendsFlowControl: boolean;
}

/** What a received PDU calls for. */
export type ReceiverEffect =
  | { readonly kind: "flowControl"; readonly flowStatus: FlowStatus }
  | { readonly kind: "firstFrame"; readonly lengthBytes: number }
  | { readonly kind: "message"; readonly data: Uint8Array }
  | { readonly kind: "error"; readonly error: IsoTpError };

/** Nothing to do: shared, so that most frames allocate nothing. */
const NOTHING: readonly ReceiverEffect[] = [];

/**
 * The receiving side of one link, without clock or bus: it is given PDUs and says what to do.
 *
 * Source: ISO 15765-2:2016, "Protocol timing requirements", "Unexpected N_PDU".
 */
export class IsoTpReceiver {
  readonly #options: ReceiverOptions;
  readonly #name: string;
  #buffer: Uint8Array | undefined;
  #receivedBytes = 0;
  #sequenceNumber = 0;
  #blockLeft = Infinity;
  #deadlineMs = Infinity;

  /**
   * @param options Bounds and answers.
   * @param name For messages of errors.
   */
  constructor(options: ReceiverOptions, name: string) {
    this.#options = options;
    this.#name = name;
  }

  /** Whether a segmented message is on its way in. */
  get isBusy(): boolean {
    return this.#buffer !== undefined;
  }

  /** When waiting ends with N_TIMEOUT_Cr, in ms. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /**
   * A PDU came.
   *
   * @param pdu Any but flow control, which is the sender's.
   * @param nowMs When.
   * @returns What to do, in order.
   */
  receive(
    pdu: Exclude<Pdu, { readonly kind: "flowControl" }>,
    nowMs: number,
  ): readonly ReceiverEffect[] {
    if (pdu.kind === "consecutiveFrame") return this.#consecutiveFrame(pdu, nowMs);
    const interrupted = this.isBusy
      ? [this.#failure("N_UNEXP_PDU", `a ${pdu.kind} came in the middle of it`)]
      : NOTHING;
    if (pdu.kind === "singleFrame") {
      return [...interrupted, { kind: "message", data: pdu.data.slice() }];
    }
    return [...interrupted, ...this.#firstFrame(pdu, nowMs)];
  }

  /**
   * Puts N_Cr off: the flow control that the other end waits for was only sent now.
   *
   * @param nowMs When it was sent.
   */
  flowControlSent(nowMs: number): void {
    if (this.isBusy) this.#deadlineMs = nowMs + this.#options.nCrMs;
  }

  /**
   * The deadline has come.
   *
   * @returns The failure.
   */
  timedOut(): ReceiverEffect {
    return this.#failure("N_TIMEOUT_Cr", `no frame within ${this.#options.nCrMs} ms`);
  }

  /** Forgets a message under way, without a word. */
  reset(): void {
    this.#buffer = undefined;
    this.#deadlineMs = Infinity;
  }

  #firstFrame(
    pdu: Pdu & { readonly kind: "firstFrame" },
    nowMs: number,
  ): readonly ReceiverEffect[] {
    const { messageBytesMax, sendsFlowControl, nCrMs } = this.#options;
    if (pdu.lengthBytes > messageBytesMax) {
      const error = this.#error(
        "N_BUFFER_OVFLW",
        `${pdu.lengthBytes} bytes are announced, ${messageBytesMax} are taken`,
      );
      const told: ReceiverEffect = { kind: "error", error };
      return sendsFlowControl ? [{ kind: "flowControl", flowStatus: "overflow" }, told] : [told];
    }
    this.#buffer = new Uint8Array(pdu.lengthBytes);
    this.#buffer.set(pdu.data);
    this.#receivedBytes = pdu.data.length;
    this.#sequenceNumber = 0;
    this.#beginBlock();
    this.#deadlineMs = nowMs + nCrMs;
    const first: ReceiverEffect = { kind: "firstFrame", lengthBytes: pdu.lengthBytes };
    return sendsFlowControl
      ? [first, { kind: "flowControl", flowStatus: "continueToSend" }]
      : [first];
  }

  #consecutiveFrame(
    pdu: Pdu & { readonly kind: "consecutiveFrame" },
    nowMs: number,
  ): readonly ReceiverEffect[] {
    const buffer = this.#buffer;
    if (buffer === undefined) return NOTHING;
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xF;
    if (pdu.sequenceNumber !== this.#sequenceNumber) {
      return [
        this.#failure(
          "N_WRONG_SN",
          `frame ${this.#sequenceNumber} was expected, ${pdu.sequenceNumber} came`,
        ),
      ];
    }
    const leftBytes = buffer.length - this.#receivedBytes;
    const data = pdu.data;
    buffer.set(leftBytes < data.length ? data.subarray(0, leftBytes) : data, this.#receivedBytes);
    this.#receivedBytes += data.length;
    if (data.length >= leftBytes) {
      this.reset();
      return [{ kind: "message", data: buffer }];
    }
    this.#deadlineMs = nowMs + this.#options.nCrMs;
    if (--this.#blockLeft > 0) return NOTHING;
    this.#beginBlock();
    return [{ kind: "flowControl", flowStatus: "continueToSend" }];
  }

  #beginBlock(): void {
    const { blockSize, sendsFlowControl } = this.#options;
    this.#blockLeft = blockSize === 0 || !sendsFlowControl ? Infinity : blockSize;
  }

  #failure(nResult: NResult, state: string): ReceiverEffect {
    const error = this.#error(nResult, state);
    this.reset();
    return { kind: "error", error };
  }

  #error(nResult: NResult, state: string): IsoTpError {
    const got = this.#buffer === undefined
      ? ""
      : ` (${this.#receivedBytes} of ${this.#buffer.length} bytes had come)`;
    return new IsoTpError(nResult, `Cannot receive message on ${this.#name}: ${state}${got}`);
  }
}
