import { type CanFrame, fdDlcOf } from "./frame.ts";
import type { CanBitRates } from "./port.ts";
import { NO_BITS, stuff, stuffBitCount } from "./stuffing.ts";

/** Recessive bits between two frames. Source: ISO 11898-1, "Interframe space". */
export const INTERMISSION_BITS = 3;

/** ACK slot, ACK delimiter and the 7 bits of end of frame, behind the CRC delimiter. */
const FOOTER_BITS = 1 + 1 + 7;

/** How many bits a frame takes on the wire from SOF to end of frame, intermission not counted. */
export interface FrameBits {
  /** Bits at the nominal bit rate. */
  readonly nominalBits: number;
  /** Bits at the data bit rate: 0 unless the frame switches. */
  readonly dataPhaseBits: number;
}

/**
 * Counts the bits of a frame exactly, with the stuff bits that its content causes.
 *
 * Classic frames are stuffed from SOF to the last bit of the CRC. FD frames are stuffed like that
 * from SOF to the last data bit; stuff count and CRC behind them have a fixed stuff bit first (in
 * place of one that the data field might call for) and one after every fourth bit. The data phase
 * is counted from ESI to the CRC delimiter: the bit rate changes inside BRS and inside the CRC
 * delimiter, at the same share of each, so counting one whole and not the other is exact.
 *
 * Source: ISO 11898-1:2015, "Medium access control frame format", "Bit stuffing".
 *
 * @param frame The frame; an FD frame's sender is taken to be error active (ESI dominant).
 * @returns The bits of both phases.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { frameBits } from "./frame_length.ts";
 *
 * const data = Uint8Array.of(0x02, 0x10, 0x03);
 * const frame = { id: 0x7E0, extended: false, fd: false, bitRateSwitch: false, data };
 * deepStrictEqual(frameBits(frame), { nominalBits: 74, dataPhaseBits: 0 });
 * ```
 */
export function frameBits(frame: CanFrame): FrameBits {
  return frame.fd ? fdFrameBits(frame) : { nominalBits: classicFrameBits(frame), dataPhaseBits: 0 };
}

/**
 * Turns bits into time.
 *
 * @param bits A frame's bits.
 * @param rates The bus's bit rates.
 * @returns How long they take, in ms, intermission not counted.
 */
export function bitsDurationMs(bits: FrameBits, rates: CanBitRates): number {
  return bits.nominalBits * 1000 / rates.bitrateBps +
    bits.dataPhaseBits * 1000 / (rates.dataBitrateBps ?? rates.bitrateBps);
}

/**
 * Counts a frame's bits and turns them into time.
 *
 * @param frame The frame.
 * @param rates The bus's bit rates.
 * @returns How long it occupies the wire, in ms, intermission not counted.
 */
export function frameDurationMs(frame: CanFrame, rates: CanBitRates): number {
  return bitsDurationMs(frameBits(frame), rates);
}

/** What decides a frame's length but for its content. */
export interface FrameShape {
  /** Whether the identifier has 29 bits. */
  readonly extended: boolean;
  /** Whether it is a CAN FD frame. */
  readonly fd: boolean;
  /** FD only: whether the data phase runs at the data bit rate. */
  readonly bitRateSwitch: boolean;
  /** Payload length, one that a frame can have. */
  readonly lengthBytes: number;
}

/**
 * The expected length of a frame with random content: what plans and ceilings reckon with.
 *
 * Among random bits one in 30 is followed by a stuff bit, once the first run could build up: the
 * stationary rate of the machine in stuffing.ts, and 49/15 bits for its start.
 *
 * @param shape Kind of frame and payload length.
 * @returns Bits of both phases; fractions are meant.
 */
export function meanFrameBits(shape: FrameShape): FrameBits {
  return estimate(shape, (stuffableBits) => (stuffableBits - 49 / 15) / 30);
}

/**
 * The longest that the stuffing rule allows.
 *
 * @param shape Kind of frame and payload length.
 * @returns A length that no frame of that shape exceeds: a stuff bit after the first five bits, and
 * one after every four behind them.
 */
export function worstFrameBits(shape: FrameShape): FrameBits {
  return estimate(shape, (stuffableBits) => Math.floor(Math.max(0, stuffableBits - 1) / 4));
}

/**
 * The shortest that any content could make it.
 *
 * @param shape Kind of frame and payload length.
 * @returns A length that every frame of that shape has at least: no stuff bit but FD's fixed ones.
 */
export function bestFrameBits(shape: FrameShape): FrameBits {
  return estimate(shape, () => 0);
}

function estimate(shape: FrameShape, stuffBits: (stuffableBits: number) => number): FrameBits {
  const { extended, fd, bitRateSwitch, lengthBytes } = shape;
  if (!fd) {
    const stuffable = classicHeaderBits(extended) + 8 * lengthBytes + 15;
    const nominalBits = stuffable + stuffBits(stuffable) + 1 + FOOTER_BITS;
    return { nominalBits, dataPhaseBits: 0 };
  }
  // The last data bit never causes a stuff bit: the CRC field's first fixed one stands there.
  const head = fdHeadBits(extended);
  const body = 6 + 8 * lengthBytes;
  const headStuff = stuffBits(head);
  const bodyStuff = stuffBits(head + body - 1) - headStuff;
  return fdBits(head + headStuff, body + bodyStuff + fdCrcFieldBits(lengthBytes), bitRateSwitch);
}

/** CRC-15/CAN: polynomial 0x4599, start value 0, so that leading zero bits do not count. */
const CRC15_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 7;
  for (let i = 0; i < 8; i++) crc = ((crc << 1) ^ ((crc & 0x4000) ? 0x4599 : 0)) & 0x7FFF;
  return crc;
});

/** The exact length of a classic frame; apart from {@linkcode frameBits} so as not to allocate. */
function classicFrameBits(frame: CanFrame): number {
  const { id, extended, data } = frame;
  const length = data.length;
  // SOF, identifier, RTR, IDE, r0, DLC; or with 29 bits SOF, base, SRR, IDE, extension, RTR, r1,
  // r0, DLC: what is more than whole bytes first, 3 of 19 bits or 7 of 39.
  const first = extended ? id >>> 23 : id >>> 9;
  const rest = extended
    ? (((id >>> 18) & 0x1F) << 27) | (0b11 << 25) | ((id & 0x3FFFF) << 7) | length
    : ((id & 0x1FF) << 7) | length;
  let tally = stuff(NO_BITS, extended ? 7 : 3, first);
  let crc = CRC15_TABLE[first]!;
  for (let shift = extended ? 24 : 8; shift >= 0; shift -= 8) {
    const byte = (rest >>> shift) & 0xFF;
    tally = stuff(tally, 8, byte);
    crc = ((crc << 8) & 0x7FFF) ^ CRC15_TABLE[(crc >> 7) ^ byte]!;
  }
  for (let i = 0; i < length; i++) {
    const byte = data[i]!;
    tally = stuff(tally, 8, byte);
    crc = ((crc << 8) & 0x7FFF) ^ CRC15_TABLE[(crc >> 7) ^ byte]!;
  }
  tally = stuff(stuff(tally, 8, crc >> 7), 7, crc & 0x7F);
  return classicHeaderBits(extended) + 8 * length + 15 + stuffBitCount(tally) + 1 + FOOTER_BITS;
}

function fdFrameBits(frame: CanFrame): FrameBits {
  const { id, extended, bitRateSwitch, data } = frame;
  const length = data.length;
  // SOF, identifier, RRS, IDE, FDF, res; or with 29 bits SOF, base, SRR, IDE, extension, RRS, FDF,
  // res: 16 bits, or 3 more than 32.
  let tally = extended ? stuff(NO_BITS, 3, id >>> 27) : NO_BITS;
  const rest = extended
    ? (((id >>> 18) & 0x1FF) << 23) | (0b11 << 21) | ((id & 0x3FFFF) << 3) | 0b010
    : (id << 4) | 0b0010;
  for (let shift = extended ? 24 : 8; shift >= 0; shift -= 8) {
    tally = stuff(tally, 8, (rest >>> shift) & 0xFF);
  }
  const headBits = fdHeadBits(extended) + stuffBitCount(tally);
  // BRS, ESI, DLC. A stuff bit behind BRS runs at the data bit rate already. The last bit ahead of
  // the CRC field is left out: the fixed stuff bit behind it stands whatever it is.
  const control = (bitRateSwitch ? 0x20 : 0) | fdDlcOf(length);
  if (length === 0) tally = stuff(tally, 5, control >> 1);
  else {
    tally = stuff(tally, 6, control);
    for (let i = 0; i < length - 1; i++) tally = stuff(tally, 8, data[i]!);
    tally = stuff(tally, 7, data[length - 1]! >> 1);
  }
  const stuffedBits = fdHeadBits(extended) + 6 + 8 * length + stuffBitCount(tally);
  return fdBits(headBits, stuffedBits - headBits + fdCrcFieldBits(length), bitRateSwitch);
}

function classicHeaderBits(extended: boolean): number {
  return extended ? 39 : 19;
}

/** SOF to res: what stands before BRS. */
function fdHeadBits(extended: boolean): number {
  return extended ? 35 : 16;
}

/** Stuff count (4 bits), CRC (17 or 21), their fixed stuff bits, CRC delimiter. */
function fdCrcFieldBits(lengthBytes: number): number {
  const bits = 4 + (lengthBytes > 16 ? 21 : 17);
  return bits + Math.ceil(bits / 4) + 1;
}

/** `bodyBits`: BRS to CRC delimiter. */
function fdBits(headBits: number, bodyBits: number, bitRateSwitch: boolean): FrameBits {
  return bitRateSwitch
    ? { nominalBits: headBits + 1 + FOOTER_BITS, dataPhaseBits: bodyBits - 1 }
    : { nominalBits: headBits + bodyBits + FOOTER_BITS, dataPhaseBits: 0 };
}
