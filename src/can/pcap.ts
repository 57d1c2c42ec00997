import type { CapturePacket } from "./capture_packet.ts";

// Source: IETF draft-ietf-opsawg-pcap, "General File Structure" and "Packet Record".
const MAGIC_US = 0xA1B2_C3D4;
const MAGIC_NS = 0xA1B2_3C4D;
/** A variant with eight more bytes in each record. */
const MAGIC_LONG = 0xA1B2_CD34;
const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
const LONG_RECORD_BYTES = 24;
/** Longest packet that is read: a CAN XL frame is far shorter. */
const PACKET_BYTES_MAX = 1 << 18;

/** The packets of a file. */
export interface CapturePackets {
  /** In the order of the file. */
  readonly packets: readonly CapturePacket[];
  /** Whether the file ends within a packet, or goes on as no packet could. */
  readonly isCut: boolean;
  /** Packets that contradict themselves, or name an interface that the file does not have. */
  readonly damagedCount?: number;
}

function formOf(
  bytes: Uint8Array,
): { readonly magic: number; readonly isLittle: boolean } | undefined {
  if (bytes.length < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const isLittle of [true, false]) {
    const magic = view.getUint32(0, isLittle);
    if (magic === MAGIC_US || magic === MAGIC_NS || magic === MAGIC_LONG) {
      return { magic, isLittle };
    }
  }
  return undefined;
}

/**
 * Tells whether a file begins as classic pcap does.
 *
 * @param bytes The file.
 * @returns Whether its magic number is one of pcap, of any byte order.
 */
export function isPcap(bytes: Uint8Array): boolean {
  return formOf(bytes) !== undefined;
}

/**
 * Reads the packets of a classic pcap file of any byte order, with microseconds or nanoseconds.
 *
 * @param bytes A file of which `isPcap` holds.
 * @returns Its packets; a torn end is no failure.
 */
export function readPcap(bytes: Uint8Array): CapturePackets {
  const packets: CapturePacket[] = [];
  const form = formOf(bytes);
  if (form === undefined || bytes.length < HEADER_BYTES) {
    return { packets, isCut: true };
  }
  const { magic, isLittle } = form;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // The upper bits say how long a check sequence is.
  const linkType = view.getUint32(20, isLittle) & 0xFFFF;
  const ticksPerMs = magic === MAGIC_NS ? 1e6 : 1e3;
  const recordBytes = magic === MAGIC_LONG ? LONG_RECORD_BYTES : RECORD_BYTES;
  let at = HEADER_BYTES;
  while (at + recordBytes <= bytes.length) {
    const lengthBytes = view.getUint32(at + 8, isLittle);
    const start = at + recordBytes;
    if (lengthBytes > PACKET_BYTES_MAX || start + lengthBytes > bytes.length) break;
    const atMs = view.getUint32(at, isLittle) * 1000 +
      view.getUint32(at + 4, isLittle) / ticksPerMs;
    packets.push({
      linkType,
      interfaceName: "0",
      atMs,
      bytes: new DataView(view.buffer, view.byteOffset + start, lengthBytes),
    });
    at = start + lengthBytes;
  }
  return { packets, isCut: at < bytes.length };
}
