import { concatBytes } from "../core/mod.ts";
import {
  CAN_EFF_FLAG,
  CANFD_BRS,
  CANFD_FDF,
  type CapturePacket,
  LINKTYPE_CAN_SOCKETCAN,
} from "./capture_packet.ts";
import type { CanFrame } from "./frame.ts";
import type { CapturePackets } from "./pcap.ts";

// Source: IETF draft-ietf-opsawg-pcapng, "Block Types"; tcpdump.org, "LINKTYPE_CAN_SOCKETCAN".
const SECTION_HEADER = 0x0A0D_0D0A;
const INTERFACE_DESCRIPTION = 1;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1A2B_3C4D;
const OPTION_COMMENT = 1;
const OPTION_IF_NAME = 2;
const OPTION_IF_TSRESOL = 9;
const OPTION_IF_TSOFFSET = 14;
/** Longest block that is read: a frame with a comment is far shorter. */
const BLOCK_BYTES_MAX = 1 << 20;

/**
 * Begins a pcapng file.
 *
 * @returns The section header block.
 */
export function pcapngHeader(): Uint8Array {
  return block(SECTION_HEADER, [
    u32(BYTE_ORDER_MAGIC),
    u16(1),
    u16(0),
    u32(0xFFFF_FFFF),
    u32(0xFFFF_FFFF),
  ]);
}

/**
 * Announces a bus; buses are numbered from 0, in the order in which they are announced.
 *
 * @param name Its name.
 * @returns The interface description block; times are microseconds.
 */
export function pcapngInterface(name: string): Uint8Array {
  return block(INTERFACE_DESCRIPTION, [
    u16(LINKTYPE_CAN_SOCKETCAN),
    u16(0),
    u32(0),
    option(OPTION_IF_NAME, new TextEncoder().encode(name)),
    option(OPTION_IF_TSRESOL, Uint8Array.of(6)),
    u32(0),
  ]);
}

/**
 * Encodes a frame as an enhanced packet block.
 *
 * @param frame The frame.
 * @param atMs When, in ms.
 * @param packet Number of its interface, from 0; a comment, where there is something to say.
 * @returns The block.
 */
export function pcapngPacket(
  frame: CanFrame,
  atMs: number,
  packet: { readonly interfaceNumber: number; readonly comment?: string },
): Uint8Array {
  const atUs = Math.round(atMs * 1000);
  const bytes = socketCanBytes(frame);
  const comment = packet.comment === undefined
    ? []
    : [option(OPTION_COMMENT, new TextEncoder().encode(packet.comment)), u32(0)];
  return block(ENHANCED_PACKET, [
    u32(packet.interfaceNumber),
    u32(Math.floor(atUs / 0x1_0000_0000)),
    u32(atUs % 0x1_0000_0000),
    u32(bytes.length),
    u32(bytes.length),
    padded(bytes),
    ...comment,
  ]);
}

/** `[id and flags (big-endian, 4), length, FD flags, 0, 0, data]` */
function socketCanBytes({ id, extended, fd, bitRateSwitch, data }: CanFrame): Uint8Array {
  const bytes = new Uint8Array(8 + data.length);
  new DataView(bytes.buffer).setUint32(0, (id | (extended ? CAN_EFF_FLAG : 0)) >>> 0);
  bytes[4] = data.length;
  bytes[5] = fd ? CANFD_FDF | (bitRateSwitch ? CANFD_BRS : 0) : 0;
  bytes.set(data, 8);
  return bytes;
}

/**
 * Tells whether a file begins as pcapng does.
 *
 * @param bytes The file.
 * @returns Whether its first block is a section header.
 */
export function isPcapng(bytes: Uint8Array): boolean {
  return bytes.length >= 12 && bytes[0] === 0x0A && bytes[1] === 0x0D && bytes[2] === 0x0D &&
    bytes[3] === 0x0A;
}

interface Interface {
  readonly name: string;
  readonly linkType: number;
  readonly ticksPerMs: number;
  readonly offsetMs: number;
}

/**
 * Reads the packets of a pcapng file, of any byte order.
 *
 * @param bytes The file.
 * @returns Its packets, in the order of the file; a torn end is no failure.
 */
export function readPcapng(bytes: Uint8Array): CapturePackets {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const packets: CapturePacket[] = [];
  let isLittle = true;
  let interfaces: Interface[] = [];
  let damagedCount = 0;
  let at = 0;
  while (at + 12 <= bytes.length) {
    if (view.getUint32(at, true) === SECTION_HEADER) {
      isLittle = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
      interfaces = [];
    }
    const type = view.getUint32(at, isLittle);
    const lengthBytes = view.getUint32(at + 4, isLittle);
    if (lengthBytes < 12 || lengthBytes % 4 !== 0 || lengthBytes > BLOCK_BYTES_MAX) break;
    if (at + lengthBytes > bytes.length) break;
    const body = new DataView(view.buffer, view.byteOffset + at + 8, lengthBytes - 12);
    if (type === INTERFACE_DESCRIPTION) interfaces.push(readInterface(body, isLittle, interfaces));
    const packet = type === ENHANCED_PACKET
      ? readEnhanced(body, isLittle, interfaces)
      : type === SIMPLE_PACKET
      ? readSimple(body, isLittle, interfaces)
      : undefined;
    if (packet !== undefined) packets.push(packet);
    else if (type === ENHANCED_PACKET || type === SIMPLE_PACKET) damagedCount++;
    at += lengthBytes;
  }
  return { packets, isCut: at < bytes.length, damagedCount };
}

function readInterface(
  body: DataView,
  isLittle: boolean,
  before: readonly Interface[],
): Interface {
  let name = String(before.length);
  let ticksPerMs = 1000;
  let offsetMs = 0;
  const linkType = body.byteLength >= 8 ? body.getUint16(0, isLittle) : 0;
  for (let at = 8; at + 4 <= body.byteLength;) {
    const code = body.getUint16(at, isLittle);
    const lengthBytes = body.getUint16(at + 2, isLittle);
    if (code === 0 || at + 4 + lengthBytes > body.byteLength) break;
    const value = new Uint8Array(body.buffer, body.byteOffset + at + 4, lengthBytes);
    if (code === OPTION_IF_NAME) name = new TextDecoder().decode(value).replace(/\0+$/, "");
    if (code === OPTION_IF_TSRESOL && lengthBytes === 1) {
      const resolution = value[0]!;
      ticksPerMs = (resolution & 0x80 ? 2 ** (resolution & 0x7F) : 10 ** resolution) / 1000;
    }
    if (code === OPTION_IF_TSOFFSET && lengthBytes === 8) {
      offsetMs = Number(body.getBigInt64(at + 4, isLittle)) * 1000;
    }
    at += 4 + Math.ceil(lengthBytes / 4) * 4;
  }
  return { name, linkType, ticksPerMs, offsetMs };
}

function readEnhanced(
  body: DataView,
  isLittle: boolean,
  interfaces: readonly Interface[],
): CapturePacket | undefined {
  if (body.byteLength < 20) return undefined;
  const from = interfaces[body.getUint32(0, isLittle)];
  const lengthBytes = body.getUint32(12, isLittle);
  if (from === undefined || 20 + lengthBytes > body.byteLength) return undefined;
  const ticks = body.getUint32(4, isLittle) * 0x1_0000_0000 + body.getUint32(8, isLittle);
  return {
    linkType: from.linkType,
    interfaceName: from.name,
    atMs: ticks / from.ticksPerMs + from.offsetMs,
    bytes: new DataView(body.buffer, body.byteOffset + 20, lengthBytes),
  };
}

function readSimple(
  body: DataView,
  isLittle: boolean,
  interfaces: readonly Interface[],
): CapturePacket | undefined {
  const from = interfaces[0];
  if (from === undefined || body.byteLength < 4) return undefined;
  const lengthBytes = Math.min(body.getUint32(0, isLittle), body.byteLength - 4);
  return {
    linkType: from.linkType,
    interfaceName: from.name,
    atMs: 0,
    bytes: new DataView(body.buffer, body.byteOffset + 4, lengthBytes),
  };
}

function block(type: number, parts: readonly Uint8Array[]): Uint8Array {
  const lengthBytes = 12 + parts.reduce((sum, part) => sum + part.length, 0);
  return concatBytes([u32(type), u32(lengthBytes), ...parts, u32(lengthBytes)]);
}

function option(code: number, value: Uint8Array): Uint8Array {
  return concatBytes([u16(code), u16(value.length), padded(value)]);
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  whole.set(bytes);
  return whole;
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xFF, value >> 8);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}
