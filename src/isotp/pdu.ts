/** What a FlowControl frame says. Source: ISO 15765-2:2016, "FlowStatus (FS) parameter". */
export type FlowStatus = "continueToSend" | "wait" | "overflow";

/** A whole message in one frame. */
export interface SingleFramePdu {
  /** Which kind. */
  readonly kind: "singleFrame";
  /** The message; it aliases the frame. */
  readonly data: Uint8Array;
}

/** The beginning of a segmented message. */
export interface FirstFramePdu {
  /** Which kind. */
  readonly kind: "firstFrame";
  /** FF_DL: bytes of the whole message. */
  readonly lengthBytes: number;
  /** Its first bytes; they alias the frame. */
  readonly data: Uint8Array;
  /** Message bytes of each consecutive frame but the last: as long as the first (RX_DL). */
  readonly consecutiveBytes: number;
}

/** A further part of a segmented message. */
export interface ConsecutiveFramePdu {
  /** Which kind. */
  readonly kind: "consecutiveFrame";
  /** SN: 1 after the first frame, 0 after 15. */
  readonly sequenceNumber: number;
  /**
   * The frame's payload, not copied: a view of its part alone would cost more than all else that is
   * done to a frame.
   */
  readonly payload: Uint8Array;
  /** Where in it its part of the message begins; any padding is behind. */
  readonly dataStart: number;
}

/** What the receiver of a segmented message tells its sender. */
export interface FlowControlPdu {
  /** Which kind. */
  readonly kind: "flowControl";
  /** `undefined`: a reserved value, which ends the message with N_INVALID_FS. */
  readonly flowStatus: FlowStatus | undefined;
  /** BS: frames until the next flow control; 0: all. */
  readonly blockSize: number;
  /** As received; `decodeStMinMs` makes ms of it. */
  readonly stMin: number;
}

/** What the standard says to ignore. */
export interface IgnoredPdu {
  /** Which kind. */
  readonly kind: "ignored";
  /** Why, for people who look for a fault. */
  readonly reason: string;
}

/** A protocol data unit of ISO 15765-2. */
export type Pdu = SingleFramePdu | FirstFramePdu | ConsecutiveFramePdu | FlowControlPdu;

const FLOW_STATUS: readonly FlowStatus[] = ["continueToSend", "wait", "overflow"];

/** Longest FF_DL that is written without escape. */
export const FF_DL_12_BITS_MAX = 0xFFF;

// Made once: a flood of garbage allocates nothing.
const NO_PCI = ignored("it ends before its PCI byte");
const UNKNOWN_TYPE = ignored("its PCI type is reserved");
const BAD_SF_DL = ignored("its SF_DL is no length that this frame can hold");
const SHORT_FF = ignored("a first frame has at least 8 bytes");
const BAD_FF_DL = ignored("its FF_DL would have fit a single frame");
const BAD_FF_ESCAPE = ignored("its FF_DL is escaped, but would have fit 12 bits");
const EMPTY_CF = ignored("a consecutive frame has at least 1 byte of data");
const SHORT_FC = ignored("a flow control frame has at least 3 bytes");

/**
 * Reads a frame's payload.
 *
 * - single frame `[0x0L, data (L)]`, above 8 bytes of payload `[0x00, length, data]`
 * - first frame `[0x1L, LL, data]`, for messages above 4,095 bytes
 *   `[0x10, 0x00, length (big-endian, 4), data]`
 * - consecutive frame `[0x2N, data]`
 * - flow control `[0x3S, BS, STmin]`
 *
 * each behind `offset` bytes of address. A CAN FD single frame longer than its content needs is
 * taken: real stacks pad to their own length.
 *
 * Source: ISO 15765-2:2016, "Protocol control information specification".
 *
 * @param payload The frame's data.
 * @param offset 1 where the first byte belongs to the address, else 0.
 * @returns The PDU, or why it must be ignored.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { decodePdu } from "./pdu.ts";
 *
 * deepStrictEqual(decodePdu(Uint8Array.of(0x30, 8, 0x14), 0), {
 *   kind: "flowControl",
 *   flowStatus: "continueToSend",
 *   blockSize: 8,
 *   stMin: 0x14,
 * });
 * ```
 */
export function decodePdu(payload: Uint8Array, offset: 0 | 1): Pdu | IgnoredPdu {
  const pci = payload[offset];
  if (pci === undefined) return NO_PCI;
  switch (pci >> 4) {
    case 0:
      return decodeSingleFrame(payload, offset, pci);
    case 1:
      return decodeFirstFrame(payload, offset, pci);
    case 2:
      return payload.length < offset + 2 ? EMPTY_CF : {
        kind: "consecutiveFrame",
        sequenceNumber: pci & 0xF,
        payload,
        dataStart: offset + 1,
      };
    case 3:
      return payload.length < offset + 3 ? SHORT_FC : {
        kind: "flowControl",
        flowStatus: FLOW_STATUS[pci & 0xF],
        blockSize: payload[offset + 1]!,
        stMin: payload[offset + 2]!,
      };
    default:
      return UNKNOWN_TYPE;
  }
}

/**
 * Tells what fits a single frame.
 *
 * @param frameBytes Payload bytes of the frame: 8, or an FD length.
 * @param offset 1 where the first byte belongs to the address, else 0.
 * @returns The longest message that goes in one such frame.
 */
export function singleFrameBytesMax(frameBytes: number, offset: 0 | 1): number {
  return frameBytes > 8 ? frameBytes - 2 - offset : 7 - offset;
}

function decodeSingleFrame(
  payload: Uint8Array,
  offset: 0 | 1,
  pci: number,
): SingleFramePdu | IgnoredPdu {
  let start = offset + 1;
  let lengthBytes = pci & 0xF;
  if (payload.length > 8) {
    if (lengthBytes !== 0) return BAD_SF_DL;
    lengthBytes = payload[start++]!;
    if (lengthBytes <= 7 - offset) return BAD_SF_DL;
  }
  if (lengthBytes === 0 || start + lengthBytes > payload.length) return BAD_SF_DL;
  return { kind: "singleFrame", data: payload.subarray(start, start + lengthBytes) };
}

function decodeFirstFrame(
  payload: Uint8Array,
  offset: 0 | 1,
  pci: number,
): FirstFramePdu | IgnoredPdu {
  if (payload.length < 8) return SHORT_FF;
  let start = offset + 2;
  let lengthBytes = (pci & 0xF) * 256 + payload[offset + 1]!;
  if (lengthBytes === 0) {
    for (let i = 0; i < 4; i++) lengthBytes = lengthBytes * 256 + payload[start++]!;
    if (lengthBytes <= FF_DL_12_BITS_MAX) return BAD_FF_ESCAPE;
  } else if (lengthBytes <= singleFrameBytesMax(payload.length, offset)) return BAD_FF_DL;
  return {
    kind: "firstFrame",
    lengthBytes,
    data: payload.subarray(start),
    consecutiveBytes: payload.length - offset - 1,
  };
}

function ignored(reason: string): IgnoredPdu {
  return { kind: "ignored", reason };
}
