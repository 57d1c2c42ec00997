/** What a FlowControl frame says. Source: ISO 15765-2:2016, "FlowStatus (FS) parameter". */
export type FlowStatus = "continueToSend" | "wait" | "overflow";

/** The payload of one CAN frame, read as a protocol data unit of ISO 15765-2. */
export type Pdu =
  | { readonly kind: "singleFrame"; readonly data: Uint8Array }
  | { readonly kind: "firstFrame"; readonly lengthBytes: number; readonly data: Uint8Array }
  | {
    readonly kind: "consecutiveFrame";
    readonly sequenceNumber: number;
    readonly data: Uint8Array;
  }
  | {
    readonly kind: "flowControl";
    /** `undefined`: a reserved value, which ends the message with N_INVALID_FS. */
    readonly flowStatus: FlowStatus | undefined;
    readonly blockSize: number;
    /** As received; `decodeStMinMs` makes ms of it. */
    readonly stMin: number;
  };

const FLOW_STATUS: readonly FlowStatus[] = ["continueToSend", "wait", "overflow"];

/**
 * Reads a frame's payload.
 *
 * `[0x0L, data]`, above 8 bytes `[0x00, length, data]`; `[0x1L, LL, data]`, above 4,095 bytes
 * `[0x10, 0x00, length (4), data]`; `[0x2N, data]`; `[0x3S, BS, STmin]`; each behind `offset` bytes
 * of address.
 *
 * Source: ISO 15765-2:2016, "Protocol control information specification".
 *
 * @param payload The frame's data.
 * @param offset 1 where the first byte belongs to the address, else 0.
 * @returns `undefined` for what the standard says to ignore: bad lengths, unknown types.
 */
export function decodePdu(payload: Uint8Array, offset: number): Pdu | undefined {
  const pci = payload[offset];
  if (pci === undefined) return undefined;
  switch (pci >> 4) {
    case 0:
      return decodeSingleFrame(payload, offset, pci);
    case 1:
      return decodeFirstFrame(payload, offset, pci);
    case 2:
      return payload.length < offset + 2 ? undefined : {
        kind: "consecutiveFrame",
        sequenceNumber: pci & 0xF,
        data: payload.subarray(offset + 1),
      };
    case 3:
      return payload.length < offset + 3 ? undefined : {
        kind: "flowControl",
        flowStatus: FLOW_STATUS[pci & 0xF],
        blockSize: payload[offset + 1]!,
        stMin: payload[offset + 2]!,
      };
    default:
      return undefined;
  }
}

function decodeSingleFrame(payload: Uint8Array, offset: number, pci: number): Pdu | undefined {
  let start = offset + 1;
  let lengthBytes = pci & 0xF;
  if (payload.length > 8) {
    if (lengthBytes !== 0) return undefined;
    lengthBytes = payload[start++] ?? 0;
    if (lengthBytes <= 7 - offset) return undefined;
  }
  if (lengthBytes === 0 || start + lengthBytes > payload.length) return undefined;
  return { kind: "singleFrame", data: payload.subarray(start, start + lengthBytes) };
}

function decodeFirstFrame(payload: Uint8Array, offset: number, pci: number): Pdu | undefined {
  if (payload.length < 8) return undefined;
  let start = offset + 2;
  let lengthBytes = (pci & 0xF) * 256 + payload[offset + 1]!;
  if (lengthBytes === 0) {
    for (let i = 0; i < 4; i++) lengthBytes = lengthBytes * 256 + payload[start++]!;
    if (lengthBytes <= 0xFFF) return undefined;
  } else if (lengthBytes <= singleFrameBytesMax(payload.length, offset)) return undefined;
  return { kind: "firstFrame", lengthBytes, data: payload.subarray(start) };
}

/**
 * @param frameBytes Payload bytes of the frame: 8, or an FD length.
 * @param offset 1 where the first byte belongs to the address, else 0.
 * @returns The longest message that goes in one such frame.
 */
export function singleFrameBytesMax(frameBytes: number, offset: number): number {
  return frameBytes > 8 ? frameBytes - 2 - offset : 7 - offset;
}
