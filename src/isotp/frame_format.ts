import { type CanFrame, type CanId, fdLengthFor } from "../can/mod.ts";
import { type FlowStatus, singleFrameBytesMax } from "./pdu.ts";

/** How PDUs are put into frames. */
export interface FrameFormat {
  /** Whether CAN FD frames are sent. */
  readonly fd: boolean;
  /** FD only: whether their data phase is fast. */
  readonly bitRateSwitch: boolean;
  /** TX_DL: the most payload bytes of a frame; 8, or for FD up to 64. */
  readonly txDlBytes: number;
  /**
   * The byte that fills frames up to 8 bytes; absent: frames are as short as they can be. FD frames
   * above 8 bytes are filled to a length that a DLC can state, with 0xCC where it is absent.
   */
  readonly padding?: number;
}

/** Classic frames, filled to 8 bytes as most bootloaders expect. */
export const CLASSIC_FORMAT: FrameFormat = {
  fd: false,
  bitRateSwitch: false,
  txDlBytes: 8,
  padding: 0xCC,
};

/** CAN FD frames of 64 bytes with the fast data phase. */
export const FD_FORMAT: FrameFormat = {
  fd: true,
  bitRateSwitch: true,
  txDlBytes: 64,
  padding: 0xCC,
};

const DEFAULT_FD_PADDING = 0xCC;
const FLOW_STATUS_NIBBLE: Readonly<Record<FlowStatus, number>> = {
  continueToSend: 0,
  wait: 1,
  overflow: 2,
};

/** Makes the frames of one direction of one link. */
export class FrameBuilder {
  /** How many message bytes go into a single frame. */
  readonly singleFrameBytesMax: number;
  readonly #id: CanId;
  readonly #prefix: number | undefined;
  readonly #format: FrameFormat;
  readonly #offset: number;

  /**
   * @param id The identifier to send with.
   * @param prefix The address byte before the PCI, where the addressing mode has one.
   * @param format How PDUs are put into frames.
   */
  constructor(id: CanId, prefix: number | undefined, format: FrameFormat) {
    this.#id = id;
    this.#prefix = prefix;
    this.#format = format;
    this.#offset = prefix === undefined ? 0 : 1;
    this.singleFrameBytesMax = singleFrameBytesMax(format.txDlBytes, this.#offset);
  }

  /** A single frame with the whole message: `[0x0L, data]` or `[0x00, length, data]`. */
  singleFrame(message: Uint8Array): CanFrame {
    const short = message.length <= 7 - this.#offset;
    const pciBytes = short ? 1 : 2;
    const payload = this.#payload(pciBytes + message.length);
    if (short) payload[this.#offset] = message.length;
    else payload[this.#offset + 1] = message.length;
    payload.set(message, this.#offset + pciBytes);
    return this.#frame(payload);
  }

  /** The first frame of a message, and how many of its bytes it holds. */
  firstFrame(message: Uint8Array): { readonly frame: CanFrame; readonly takenBytes: number } {
    const { length } = message;
    const payload = new Uint8Array(this.#format.txDlBytes);
    let start = this.#start(payload);
    if (length <= 0xFFF) {
      payload[start++] = 0x10 | (length >> 8);
      payload[start++] = length & 0xFF;
    } else {
      payload[start] = 0x10;
      new DataView(payload.buffer).setUint32(start + 2, length);
      start += 6;
    }
    const takenBytes = payload.length - start;
    payload.set(message.subarray(0, takenBytes), start);
    return { frame: this.#frame(payload), takenBytes };
  }

  /** How many message bytes a full consecutive frame holds. */
  get consecutiveFrameBytes(): number {
    return this.#format.txDlBytes - 1 - this.#offset;
  }

  /** A consecutive frame with what fits of the message from `from` on: `[0x2N, data]`. */
  consecutiveFrame(message: Uint8Array, from: number, sequenceNumber: number): CanFrame {
    const part = message.subarray(from, from + this.consecutiveFrameBytes);
    const payload = this.#payload(1 + part.length);
    payload[this.#offset] = 0x20 | sequenceNumber;
    payload.set(part, this.#offset + 1);
    return this.#frame(payload);
  }

  /** A flow control frame: `[0x3S, blockSize, stMin]`. */
  flowControl(flowStatus: FlowStatus, blockSize: number, stMin: number): CanFrame {
    const payload = this.#payload(3);
    payload[this.#offset] = 0x30 | FLOW_STATUS_NIBBLE[flowStatus];
    payload[this.#offset + 1] = blockSize;
    payload[this.#offset + 2] = stMin;
    return this.#frame(payload);
  }

  #start(payload: Uint8Array): number {
    if (this.#prefix !== undefined) payload[0] = this.#prefix;
    return this.#offset;
  }

  #payload(pduBytes: number): Uint8Array {
    const { fd, padding } = this.#format;
    const used = this.#offset + pduBytes;
    const length = padding !== undefined && used < 8 ? 8 : fd ? fdLengthFor(used) : used;
    const payload = new Uint8Array(length);
    if (length > used) payload.fill(padding ?? DEFAULT_FD_PADDING, used);
    this.#start(payload);
    return payload;
  }

  #frame(data: Uint8Array): CanFrame {
    const { id, extended } = this.#id;
    const { fd, bitRateSwitch } = this.#format;
    return { id, extended, fd, bitRateSwitch, data };
  }
}
