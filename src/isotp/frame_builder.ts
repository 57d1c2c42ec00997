import { type CanFrame, type CanId, fdLengthFor } from "../can/mod.ts";
import { smallBytes, uintToBytesBe } from "../core/mod.ts";
import { assertFrameFormat, DEFAULT_PADDING, type FrameFormat } from "./frame_format.ts";
import { FF_DL_12_BITS_MAX, type FlowStatus, singleFrameBytesMax } from "./pdu.ts";

const FLOW_STATUS_NIBBLE: Readonly<Record<FlowStatus, number>> = {
  continueToSend: 0,
  wait: 1,
  overflow: 2,
};

/**
 * Makes the frames of one direction of one link: the counterpart of `decodePdu`.
 *
 * Source: ISO 15765-2:2016, "Protocol control information specification".
 */
export class FrameBuilder {
  /** How many message bytes go into a single frame. */
  readonly singleFrameBytesMax: number;
  /** How many message bytes a full consecutive frame holds. */
  readonly consecutiveFrameBytes: number;
  readonly #id: CanId;
  readonly #prefix: number;
  readonly #offset: 0 | 1;
  readonly #format: FrameFormat;

  /**
   * Makes a builder.
   *
   * @param id The identifier to send with.
   * @param prefix The address byte before the PCI, where the addressing mode has one.
   * @param format How PDUs are put into frames.
   * @throws {RangeError} If no frame could have that format.
   */
  constructor(id: CanId, prefix: number | undefined, format: FrameFormat) {
    assertFrameFormat(format);
    this.#id = id;
    this.#prefix = prefix ?? 0;
    this.#offset = prefix === undefined ? 0 : 1;
    this.#format = format;
    this.singleFrameBytesMax = singleFrameBytesMax(format.txDlBytes, this.#offset);
    this.consecutiveFrameBytes = format.txDlBytes - 1 - this.#offset;
  }

  /**
   * Puts a whole message into one frame.
   *
   * @param message 1 up to `singleFrameBytesMax` bytes.
   * @returns A single frame: `[0x0L, data]` or `[0x00, length, data]`.
   */
  singleFrame(message: Uint8Array): CanFrame {
    const offset = this.#offset;
    const isShort = message.length <= 7 - offset;
    const start = offset + (isShort ? 1 : 2);
    const payload = this.#payload(start + message.length);
    if (isShort) payload[offset] = message.length;
    else {
      payload[offset] = 0;
      payload[offset + 1] = message.length;
    }
    payload.set(message, start);
    return this.#frame(payload);
  }

  /**
   * Tells how much of a message goes into its first frame.
   *
   * @param lengthBytes Bytes of a message too long for a single frame.
   * @returns How many of them its first frame holds.
   */
  firstFrameBytes(lengthBytes: number): number {
    const pciBytes = lengthBytes <= FF_DL_12_BITS_MAX ? 2 : 6;
    return this.#format.txDlBytes - this.#offset - pciBytes;
  }

  /**
   * Begins a segmented message.
   *
   * @param message More than `singleFrameBytesMax` bytes, up to 2^32 - 1.
   * @returns Its first frame: `[0x1L, LL, data]` or `[0x10, 0x00, length (4), data]`.
   */
  firstFrame(message: Uint8Array): CanFrame {
    const { length } = message;
    const offset = this.#offset;
    const payload = this.#payload(this.#format.txDlBytes);
    if (length <= FF_DL_12_BITS_MAX) {
      payload[offset] = 0x10 | (length >> 8);
      payload[offset + 1] = length & 0xFF;
    } else {
      payload[offset] = 0x10;
      payload[offset + 1] = 0;
      payload.set(uintToBytesBe(length, 4), offset + 2);
    }
    const takenBytes = this.firstFrameBytes(length);
    payload.set(message.subarray(0, takenBytes), payload.length - takenBytes);
    return this.#frame(payload);
  }

  /**
   * Goes on with a segmented message.
   *
   * @param message The message.
   * @param fromByte Index of its first byte that was not sent.
   * @param sequenceNumber 0..15.
   * @returns A consecutive frame with what fits: `[0x2N, data]`.
   */
  consecutiveFrame(message: Uint8Array, fromByte: number, sequenceNumber: number): CanFrame {
    const offset = this.#offset;
    const partBytes = Math.min(this.consecutiveFrameBytes, message.length - fromByte);
    const start = offset + 1;
    const payload = this.#payload(start + partBytes);
    payload[offset] = 0x20 | sequenceNumber;
    // A loop: for frames of 8 bytes a view to copy from costs more than the copy.
    for (let i = 0; i < partBytes; i++) payload[start + i] = message[fromByte + i]!;
    return this.#frame(payload);
  }

  /**
   * Answers the sender of a segmented message.
   *
   * @param flowStatus Whether the sender may go on.
   * @param blockSize BS, one byte.
   * @param stMin STmin, as encoded.
   * @returns A flow control frame: `[0x3S, BS, STmin]`.
   */
  flowControl(flowStatus: FlowStatus, blockSize: number, stMin: number): CanFrame {
    const offset = this.#offset;
    const payload = this.#payload(offset + 3);
    payload[offset] = 0x30 | FLOW_STATUS_NIBBLE[flowStatus];
    payload[offset + 1] = blockSize;
    payload[offset + 2] = stMin;
    return this.#frame(payload);
  }

  /** A payload of `usedBytes` or what padding or the DLC makes of it, address byte written. */
  #payload(usedBytes: number): Uint8Array {
    const { fd, padding } = this.#format;
    let lengthBytes = usedBytes;
    if (usedBytes < 8) lengthBytes = padding === undefined ? usedBytes : 8;
    else if (fd) lengthBytes = fdLengthFor(usedBytes);
    const payload = smallBytes(lengthBytes);
    if (lengthBytes > usedBytes) payload.fill(padding ?? DEFAULT_PADDING, usedBytes);
    if (this.#offset === 1) payload[0] = this.#prefix;
    return payload;
  }

  #frame(data: Uint8Array): CanFrame {
    const { id, extended } = this.#id;
    const { fd, bitRateSwitch } = this.#format;
    return { id, extended, fd, bitRateSwitch, data };
  }
}
