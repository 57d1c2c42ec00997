import {
  BLF_BASE_BYTES,
  BLF_FD,
  BLF_FD64,
  BLF_FLAG_TEN_US,
  BLF_HEADER_BYTES,
  BLF_ID_EXTENDED,
  BLF_MESSAGE_DIRECTION,
  BLF_MESSAGE_REMOTE,
  BLF_TRANSMIT_REQUEST,
  BLF_TYPE,
} from "./blf_format.ts";
import type { CandumpRecord } from "./candump_record.ts";
import type { PassedOver } from "./capture_line.ts";
import { FD_LENGTHS_BYTES, fdDlcOf } from "./frame.ts";

/** Sizes of the bodies before their data. */
const MESSAGE_BYTES = 8;
const FD_MESSAGE_BYTES = 20;
const FD_MESSAGE_64_BYTES = 40;
const TX_REQUEST_64 = 2;

/** What a message of any type says. */
interface Message {
  readonly channel: number;
  readonly idAndFlag: number;
  readonly dlc: number;
  readonly fd: boolean;
  readonly bitRateSwitch: boolean;
  /** Bytes that are said to be valid; the length is theirs or the DLC's. */
  readonly validBytes: number;
  readonly dataAt: number;
}

/**
 * Reads one object that is no container.
 *
 * @param object All of it, header included.
 * @returns Its frame, times in ms since the measurement began; why it holds none.
 */
export function readBlfObject(object: DataView): CandumpRecord | PassedOver {
  if (object.byteLength < BLF_HEADER_BYTES) return "damaged part";
  const headerBytes = object.getUint16(4, true);
  const type = object.getUint32(12, true);
  const isHeader = headerBytes >= BLF_HEADER_BYTES && headerBytes <= object.byteLength;
  const bodyAt = isHeader ? headerBytes : BLF_HEADER_BYTES;
  const body = new DataView(
    object.buffer,
    object.byteOffset + bodyAt,
    object.byteLength - bodyAt,
  );
  const message = readMessage(type, body);
  return typeof message === "object" ? toRecord(message, body, timeMs(object)) : message;
}

function timeMs(object: DataView): number {
  const ticks = Number(object.getBigUint64(BLF_BASE_BYTES + 8, true));
  const isTenUs = object.getUint32(BLF_BASE_BYTES, true) === BLF_FLAG_TEN_US;
  return ticks / (isTenUs ? 100 : 1e6);
}

function readMessage(type: number, body: DataView): Message | PassedOver {
  switch (type) {
    case BLF_TYPE.canMessage:
    case BLF_TYPE.canMessage2:
      return readClassic(body);
    case BLF_TYPE.canFdMessage:
      return readFd(body);
    case BLF_TYPE.canFdMessage64:
      return readFd64(body);
    case BLF_TYPE.canError:
    case BLF_TYPE.canErrorExtended:
    case BLF_TYPE.canFdError64:
      return "error frame";
    default:
      return "other event";
  }
}

/** `[channel (2), flags, DLC, identifier (4), data (8)]`, and more in type 86. */
function readClassic(body: DataView): Message | PassedOver {
  if (body.byteLength < MESSAGE_BYTES) return "damaged part";
  const flags = body.getUint8(2);
  const passed = passedByFlags(flags);
  if (passed !== undefined) return passed;
  return {
    channel: body.getUint16(0, true),
    idAndFlag: body.getUint32(4, true),
    dlc: body.getUint8(3),
    fd: false,
    bitRateSwitch: false,
    validBytes: 8,
    dataAt: MESSAGE_BYTES,
  };
}

/** `[channel (2), flags, DLC, identifier (4), duration (4), bits, FD flags, valid bytes, (5), data (64)]` */
function readFd(body: DataView): Message | PassedOver {
  if (body.byteLength < FD_MESSAGE_BYTES) return "damaged part";
  const passed = passedByFlags(body.getUint8(2));
  if (passed !== undefined) return passed;
  const fdFlags = body.getUint8(13);
  const fd = (fdFlags & BLF_FD.edl) !== 0;
  return {
    channel: body.getUint16(0, true),
    idAndFlag: body.getUint32(4, true),
    dlc: body.getUint8(3),
    fd,
    bitRateSwitch: fd && (fdFlags & BLF_FD.brs) !== 0,
    validBytes: body.getUint8(14),
    dataAt: FD_MESSAGE_BYTES,
  };
}

/**
 * `[channel, DLC, valid bytes, attempts, identifier (4), duration (4), flags (4), bit timings (8), offsets
 * (8), bits (2), direction, offset of more, check sequence (4), data]`
 */
function readFd64(body: DataView): Message | PassedOver {
  if (body.byteLength < FD_MESSAGE_64_BYTES) return "damaged part";
  const flags = body.getUint32(12, true);
  if ((flags & BLF_FD64.remote) !== 0) return "remote frame";
  if (body.getUint8(34) === TX_REQUEST_64) return "transmit request";
  const fd = (flags & BLF_FD64.edl) !== 0;
  return {
    channel: body.getUint8(0),
    idAndFlag: body.getUint32(4, true),
    dlc: body.getUint8(1),
    fd,
    bitRateSwitch: fd && (flags & BLF_FD64.brs) !== 0,
    validBytes: body.getUint8(2),
    dataAt: FD_MESSAGE_64_BYTES,
  };
}

function passedByFlags(flags: number): PassedOver | undefined {
  if ((flags & BLF_MESSAGE_REMOTE) !== 0) return "remote frame";
  return (flags & BLF_MESSAGE_DIRECTION) === BLF_TRANSMIT_REQUEST ? "transmit request" : undefined;
}

function toRecord(message: Message, body: DataView, atMs: number): CandumpRecord | PassedOver {
  const { channel, idAndFlag, dlc, fd, bitRateSwitch, validBytes, dataAt } = message;
  if (dlc > 15) return "damaged part";
  const extended = idAndFlag >= BLF_ID_EXTENDED;
  const id = idAndFlag % BLF_ID_EXTENDED;
  if (id > (extended ? 0x1FFF_FFFF : 0x7FF)) return "damaged part";
  const byDlc = fd ? FD_LENGTHS_BYTES[dlc]! : Math.min(8, dlc);
  const lengthBytes = fd && validBytes < byDlc && fdDlcOf(validBytes) >= 0 && validBytes > 0
    ? validBytes
    : byDlc;
  if (dataAt + lengthBytes > body.byteLength) return "cut record";
  const data = new Uint8Array(body.buffer, body.byteOffset + dataAt, lengthBytes).slice();
  const frame = { id, extended, fd, bitRateSwitch, data };
  return { atMs, interfaceName: String(channel), frame };
}
