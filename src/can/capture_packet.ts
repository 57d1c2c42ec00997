import type { CandumpRecord } from "./candump_record.ts";
import type { PassedOver } from "./capture_line.ts";
import { fdDlcOf } from "./frame.ts";

// Source: tcpdump.org, "LINKTYPE_CAN_SOCKETCAN", "LINKTYPE_LINUX_SLL", "LINKTYPE_LINUX_SLL2".
/** A capture of one CAN interface. */
export const LINKTYPE_CAN_SOCKETCAN = 227;
const LINKTYPE_LINUX_SLL = 113;
const LINKTYPE_LINUX_SLL2 = 276;
const SLL_BYTES = 16;
const SLL2_BYTES = 20;
const PROTOCOL_CAN = 0x000C;
const PROTOCOL_CAN_FD = 0x000D;
const PROTOCOL_CAN_XL = 0x000E;
/** CAN_EFF_FLAG and others of Linux' `can.h`. */
export const CAN_EFF_FLAG = 0x8000_0000;
const CAN_RTR_FLAG = 0x4000_0000;
const CAN_ERR_FLAG = 0x2000_0000;
/** CANFD_BRS of Linux' `can.h`. */
export const CANFD_BRS = 0x01;
/** CANFD_FDF of Linux' `can.h`. */
export const CANFD_FDF = 0x04;
/** Size of Linux' `struct canfd_frame`; older kernels tell FD frames by nothing else. */
const CANFD_MTU = 72;

/** One packet of a pcap or pcapng file. */
export interface CapturePacket {
  /** What its first bytes are. */
  readonly linkType: number;
  /** Name of its interface. */
  readonly interfaceName: string;
  /** When, in ms. */
  readonly atMs: number;
  /** Its bytes. */
  readonly bytes: DataView;
}

/** A frame as Linux lays it out, wherever it stood in its packet. */
interface SocketCanFrame extends CapturePacket {
  readonly isFd: boolean;
  /** Whether the identifier's byte order is that of the machine that captured it. */
  readonly isCooked: boolean;
}

/**
 * Reads the CAN frames of packets: captures of an interface (227), and cooked captures (113 and 276),
 * as those of `any` interface are.
 *
 * The identifier of a cooked packet stands in network order in files of newer tools, and in the order
 * of the capturing machine in those of others; what gives more frames that can be is taken.
 *
 * @param packets The packets of a file.
 * @returns The frame of each, or why there is none.
 */
export function framesOfPackets(
  packets: readonly CapturePacket[],
): readonly (CandumpRecord | PassedOver)[] {
  const found = packets.map(uncook);
  const cooked = found.filter((one): one is SocketCanFrame =>
    typeof one === "object" && one.isCooked
  );
  const score = (isLittle: boolean): number =>
    cooked.reduce((sum, { bytes }) => sum + plausibility(bytes.getUint32(0, isLittle)), 0);
  const isLittle = cooked.length > 0 && score(true) > score(false);
  return found.map((one) =>
    typeof one === "object" ? toRecord(one, one.isCooked && isLittle) : one
  );
}

/** 2 for an identifier of a frame, 1 for one whose low bytes are empty, as a swapped one's are. */
function plausibility(idAndFlags: number): number {
  if ((idAndFlags & (CAN_RTR_FLAG | CAN_ERR_FLAG)) !== 0) return 0;
  if ((idAndFlags & CAN_EFF_FLAG) === 0) return idAndFlags <= 0x7FF ? 2 : 0;
  return (idAndFlags & 0xFFFF) === 0 ? 1 : 2;
}

function uncook(packet: CapturePacket): SocketCanFrame | PassedOver {
  const { linkType, bytes } = packet;
  if (linkType === LINKTYPE_CAN_SOCKETCAN) {
    if (bytes.byteLength < 8) return "cut record";
    return { ...packet, isFd: false, isCooked: false };
  }
  const isSll = linkType === LINKTYPE_LINUX_SLL;
  if (!isSll && linkType !== LINKTYPE_LINUX_SLL2) return "packet of another network";
  const headBytes = isSll ? SLL_BYTES : SLL2_BYTES;
  if (bytes.byteLength < headBytes) return "cut record";
  const protocol = bytes.getUint16(isSll ? 14 : 0);
  if (protocol === PROTOCOL_CAN_XL) return "CAN XL frame";
  if (protocol !== PROTOCOL_CAN && protocol !== PROTOCOL_CAN_FD) return "packet of another network";
  if (bytes.byteLength < headBytes + 8) return "cut record";
  return {
    ...packet,
    interfaceName: isSll ? packet.interfaceName : `if${bytes.getUint32(4)}`,
    bytes: new DataView(bytes.buffer, bytes.byteOffset + headBytes, bytes.byteLength - headBytes),
    isFd: protocol === PROTOCOL_CAN_FD,
    isCooked: true,
  };
}

/** `[id and flags (4), length, FD flags, 0, 0, data]` */
function toRecord(
  { bytes, isFd, atMs, interfaceName }: SocketCanFrame,
  isLittle: boolean,
): CandumpRecord | PassedOver {
  const idAndFlags = bytes.getUint32(0, isLittle);
  if ((idAndFlags & CAN_ERR_FLAG) !== 0) return "error frame";
  if ((idAndFlags & CAN_RTR_FLAG) !== 0) return "remote frame";
  const lengthBytes = bytes.getUint8(4);
  if (8 + lengthBytes > bytes.byteLength) return "cut record";
  const extended = (idAndFlags & CAN_EFF_FLAG) !== 0;
  const id = idAndFlags & (extended ? 0x1FFF_FFFF : 0x7FF);
  const flags = bytes.getUint8(5);
  const fd = isFd || (flags & CANFD_FDF) !== 0 || lengthBytes > 8 ||
    bytes.byteLength === CANFD_MTU;
  if (fd ? fdDlcOf(lengthBytes) < 0 : lengthBytes > 8) return "damaged part";
  const data = new Uint8Array(bytes.buffer, bytes.byteOffset + 8, lengthBytes).slice();
  const bitRateSwitch = fd && (flags & CANFD_BRS) !== 0;
  return { atMs, interfaceName, frame: { id, extended, fd, bitRateSwitch, data } };
}
