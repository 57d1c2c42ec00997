import { type CanFrame, FD_LENGTHS_BYTES } from "./frame.ts";
import type { CanBitRates } from "./port.ts";

/** Recessive bits between two frames: intermission. Source: ISO 11898-1, "Interframe space". */
export const INTERMISSION_BITS = 3;

/** CRC delimiter, ACK slot, ACK delimiter and the 7 bits of end of frame, none of them stuffed. */
const CLASSIC_TAIL_BITS = 1 + 1 + 1 + 7;
/** ACK slot, ACK delimiter, end of frame: at the nominal bit rate again. */
const FD_TAIL_BITS = 1 + 1 + 7;

/** How many bits a frame takes on the wire, intermission not counted. */
export interface FrameBits {
  /** Bits at the nominal bit rate. */
  readonly nominalBits: number;
  /** Bits at the data bit rate: 0 unless the frame switches. */
  readonly dataPhaseBits: number;
}

/**
 * Counts the bits of a frame exactly, with the stuff bits that its content causes.
 *
 * Classic: SOF to the last CRC bit is stuffed. FD: SOF to the last data bit is stuffed; stuff count
 * (4 bits) and CRC (17 bits up to 16 data bytes, else 21) have one fixed stuff bit before them and
 * one after every fourth bit. The data phase is counted from ESI to the CRC delimiter.
 *
 * Source: ISO 11898-1:2015, "MAC frame coding".
 *
 * @param frame The frame.
 * @returns The bits of both phases.
 */
export function frameBits(frame: CanFrame): FrameBits {
  if (!frame.fd) return { nominalBits: classicFrameBits(frame), dataPhaseBits: 0 };
  return fdFrameBits(frame);
}

/**
 * @param bits A frame's bits.
 * @param rates The bus's bit rates.
 * @returns How long they take, in ms, intermission not counted.
 */
export function bitsDurationMs(bits: FrameBits, rates: CanBitRates): number {
  return bits.nominalBits * 1000 / rates.bitrateBps +
    bits.dataPhaseBits * 1000 / (rates.dataBitrateBps ?? rates.bitrateBps);
}

/**
 * The mean length of a frame with random content: what plans and ceilings reckon with.
 *
 * A random bit stream gets one stuff bit per 31 bits or so in the long run (the chance that a bit
 * completes a run of five equal bits, stuff bits counted, is 1/31).
 *
 * @param shape Kind of frame and payload length.
 * @returns Bits of both phases; fractions are meant.
 */
export function meanFrameBits(shape: {
  readonly extended: boolean;
  readonly fd: boolean;
  readonly bitRateSwitch: boolean;
  readonly lengthBytes: number;
}): FrameBits {
  const { extended, fd, bitRateSwitch, lengthBytes } = shape;
  if (!fd) {
    const stuffed = (extended ? 39 : 19) + 8 * lengthBytes + 15;
    return { nominalBits: stuffed * (1 + 1 / 31) + CLASSIC_TAIL_BITS, dataPhaseBits: 0 };
  }
  const head = (extended ? 36 : 17) * (1 + 1 / 31);
  const body = (5 + 8 * lengthBytes) * (1 + 1 / 31) + fdCrcFieldBits(lengthBytes) + 1;
  return bitRateSwitch
    ? { nominalBits: head + FD_TAIL_BITS, dataPhaseBits: body }
    : { nominalBits: head + body + FD_TAIL_BITS, dataPhaseBits: 0 };
}

function fdCrcFieldBits(lengthBytes: number): number {
  const bits = 4 + (lengthBytes > 16 ? 21 : 17);
  return bits + Math.ceil(bits / 4);
}

// Stuffing as a table machine. A state says what the last bits on the wire were: bit value and run
// length 1..4, or nothing yet. One look-up takes eight bits; single bits take the same machine.
const START = 0;
const BIT_NEXT = new Uint8Array(9 * 2);
const BIT_STUFF = new Uint8Array(9 * 2);
const BYTE_NEXT = new Uint8Array(9 * 256);
const BYTE_STUFF = new Uint8Array(9 * 256);
fillStuffTables();

function stateOf(bit: number, run: number): number {
  return 1 + bit * 4 + (run - 1);
}

function fillStuffTables(): void {
  for (let bit = 0; bit < 2; bit++) BIT_NEXT[START * 2 + bit] = stateOf(bit, 1);
  for (let last = 0; last < 2; last++) {
    for (let run = 1; run <= 4; run++) {
      const state = stateOf(last, run);
      BIT_NEXT[state * 2 + (1 - last)] = stateOf(1 - last, 1);
      // The fifth equal bit is followed by its complement, which starts the next run.
      BIT_NEXT[state * 2 + last] = run < 4 ? stateOf(last, run + 1) : stateOf(1 - last, 1);
      BIT_STUFF[state * 2 + last] = run < 4 ? 0 : 1;
    }
  }
  for (let state = 0; state < 9; state++) {
    for (let byte = 0; byte < 256; byte++) {
      let next = state;
      let stuff = 0;
      for (let i = 7; i >= 0; i--) {
        const index = next * 2 + ((byte >> i) & 1);
        stuff += BIT_STUFF[index]!;
        next = BIT_NEXT[index]!;
      }
      BYTE_NEXT[state * 256 + byte] = next;
      BYTE_STUFF[state * 256 + byte] = stuff;
    }
  }
}

/** CRC-15/CAN, polynomial 0x4599, start 0: leading zero bits do not change it. */
const CRC15_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 7;
  for (let i = 0; i < 8; i++) crc = ((crc << 1) ^ ((crc & 0x4000) ? 0x4599 : 0)) & 0x7FFF;
  return crc;
});

function crc15Byte(crc: number, byte: number): number {
  return ((crc << 8) ^ CRC15_TABLE[((crc >> 7) ^ byte) & 0xFF]!) & 0x7FFF;
}

function classicFrameBits(frame: CanFrame): number {
  const { data } = frame;
  const length = data.length;
  // Header as one number, SOF first. 11 bits: SOF id RTR IDE r0 DLC = 19 bits. 29 bits: SOF base SRR
  // IDE extension RTR r1 r0 DLC = 39 bits, taken as its first 7 bits and the 32 behind them.
  let state = START;
  let stuff = 0;
  let crc = 0;
  let headerBits: number;
  let rest: number;
  if (frame.extended) {
    headerBits = 39;
    const first7 = frame.id >>> 23;
    // Of the 29 identifier bits the first 6 stand behind SOF; 5 more, SRR, IDE, 18, RTR, r1, r0, DLC.
    const low = ((frame.id >>> 18) & 0x1F) * 2 ** 27;
    rest = low + 0x0600_0000 + (frame.id & 0x3FFFF) * 2 ** 7 + length;
    crc = crc15Byte(crc, first7);
    for (let i = 6; i >= 0; i--) {
      const index = state * 2 + ((first7 >> i) & 1);
      stuff += BIT_STUFF[index]!;
      state = BIT_NEXT[index]!;
    }
    for (let shift = 24; shift >= 0; shift -= 8) {
      const byte = (rest >>> shift) & 0xFF;
      crc = crc15Byte(crc, byte);
      stuff += BYTE_STUFF[state * 256 + byte]!;
      state = BYTE_NEXT[state * 256 + byte]!;
    }
  } else {
    headerBits = 19;
    rest = (frame.id << 7) | length;
    const first3 = rest >> 16;
    crc = crc15Byte(crc, first3);
    for (let i = 2; i >= 0; i--) {
      const index = state * 2 + ((first3 >> i) & 1);
      stuff += BIT_STUFF[index]!;
      state = BIT_NEXT[index]!;
    }
    for (let shift = 8; shift >= 0; shift -= 8) {
      const byte = (rest >> shift) & 0xFF;
      crc = crc15Byte(crc, byte);
      stuff += BYTE_STUFF[state * 256 + byte]!;
      state = BYTE_NEXT[state * 256 + byte]!;
    }
  }
  for (let i = 0; i < length; i++) {
    const byte = data[i]!;
    crc = crc15Byte(crc, byte);
    const index = state * 256 + byte;
    stuff += BYTE_STUFF[index]!;
    state = BYTE_NEXT[index]!;
  }
  const crcHigh = crc >> 7;
  stuff += BYTE_STUFF[state * 256 + crcHigh]!;
  state = BYTE_NEXT[state * 256 + crcHigh]!;
  for (let i = 6; i >= 0; i--) {
    const index = state * 2 + ((crc >> i) & 1);
    stuff += BIT_STUFF[index]!;
    state = BIT_NEXT[index]!;
  }
  return headerBits + 8 * length + 15 + stuff + CLASSIC_TAIL_BITS;
}

function fdFrameBits(frame: CanFrame): FrameBits {
  const { data, id } = frame;
  let state = START;
  let stuff = 0;
  function bits(value: number, count: number): void {
    for (let i = count - 1; i >= 0; i--) {
      const index = state * 2 + ((value >>> i) & 1);
      stuff += BIT_STUFF[index]!;
      state = BIT_NEXT[index]!;
    }
  }
  if (frame.extended) {
    bits(id >>> 18, 12); // SOF and the base identifier
    bits(0b11, 2); // SRR, IDE
    bits(id & 0x3FFFF, 18);
  } else {
    bits(id, 12); // SOF and the identifier
    bits(0, 2); // RRS, IDE
  }
  bits(frame.extended ? 0b010 : 0b10, frame.extended ? 3 : 2); // (RRS) FDF, res
  const headBits = (frame.extended ? 35 : 16) + stuff;
  stuff = 0;
  bits(frame.bitRateSwitch ? 1 : 0, 1);
  bits(FD_LENGTHS_BYTES.indexOf(data.length), 5); // ESI (0: error active) and DLC
  for (let i = 0; i < data.length; i++) {
    const index = state * 256 + data[i]!;
    stuff += BYTE_STUFF[index]!;
    state = BYTE_NEXT[index]!;
  }
  const bodyBits = 5 + 8 * data.length + stuff + fdCrcFieldBits(data.length) + 1;
  return frame.bitRateSwitch
    ? { nominalBits: headBits + 1 + FD_TAIL_BITS, dataPhaseBits: bodyBits }
    : { nominalBits: headBits + 1 + bodyBits + FD_TAIL_BITS, dataPhaseBits: 0 };
}
