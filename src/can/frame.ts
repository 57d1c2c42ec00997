import { hex } from "../core/mod.ts";

/** One data frame of CAN 2.0 or CAN FD; remote frames and error frames have no type here. */
export interface CanFrame {
  /** Identifier: 11 bits, or 29 bits when `extended`. */
  readonly id: number;
  /** Whether the identifier has 29 bits. */
  readonly extended: boolean;
  /** Whether it is a CAN FD frame. */
  readonly fd: boolean;
  /** FD only: whether the data phase runs at the data bit rate (BRS). */
  readonly bitRateSwitch: boolean;
  /** Payload: 0..8 bytes, or for FD 0..8, 12, 16, 20, 24, 32, 48, 64. */
  readonly data: Uint8Array;
}

/** Payload lengths that a CAN FD data length code can state, by DLC 0..15. */
export const FD_LENGTHS_BYTES: readonly number[] = [
  0,
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  12,
  16,
  20,
  24,
  32,
  48,
  64,
];

const FD_DLC_BY_LENGTH = Int8Array.from(
  { length: 65 },
  (_, lengthBytes) => FD_LENGTHS_BYTES.indexOf(lengthBytes),
);

/**
 * Finds the data length code of an FD payload.
 *
 * @param lengthBytes Payload bytes of a CAN FD frame.
 * @returns Its data length code, 0..15; -1 for a length that no frame has.
 */
export function fdDlcOf(lengthBytes: number): number {
  return FD_DLC_BY_LENGTH[lengthBytes] ?? -1;
}

/**
 * Rounds a length up to one that an FD frame can have.
 *
 * @param lengthBytes Payload bytes, 0..64.
 * @returns The smallest length a CAN FD frame can carry them in.
 * @throws {RangeError} If more than 64.
 */
export function fdLengthFor(lengthBytes: number): number {
  const length = FD_LENGTHS_BYTES.find((candidate) => candidate >= lengthBytes);
  if (length === undefined) throw new RangeError(`Cannot carry ${lengthBytes} bytes in a frame`);
  return length;
}

/** An identifier with its kind: 0x123 of 11 bits and 0x123 of 29 bits are two different ones. */
export interface CanId {
  /** The number. */
  readonly id: number;
  /** Whether it has 29 bits. */
  readonly extended: boolean;
}

/**
 * Makes one number of an identifier and its kind.
 *
 * @param canId An identifier, or a frame.
 * @returns A number that tells identifiers of both kinds apart, as a key for maps.
 */
export function canIdKey(canId: CanId): number {
  return canId.extended ? canId.id + 0x8000_0000 : canId.id;
}

/**
 * Orders identifiers as arbitration does: the one that comes first wins the bus.
 *
 * Bit by bit the dominant one wins, so the smaller identifier does. An 11-bit identifier also wins
 * against a 29-bit one that begins with the same 11 bits: the next bit is dominant in its frame
 * (RTR or RRS) and recessive in the other's (SRR).
 *
 * @param left One identifier.
 * @param right The other.
 * @returns Negative when `left` wins, positive when `right` wins, 0 when they are the same.
 *
 * @example Usage
 * ```ts
 * import { ok } from "node:assert/strict";
 * import { compareArbitration } from "./frame.ts";
 *
 * const base = { id: 0x123, extended: false };
 * ok(compareArbitration(base, { id: 0x123 << 18, extended: true }) < 0);
 * ok(compareArbitration(base, { id: (0x123 << 18) - 1, extended: true }) > 0);
 * ```
 */
export function compareArbitration(left: CanId, right: CanId): number {
  return arbitrationRank(left) - arbitrationRank(right);
}

/**
 * The arbitration field of a data frame as a number: 11 bits of identifier, one bit that tells both
 * kinds apart (RTR or RRS against SRR), and the other 18 bits of a 29-bit identifier.
 *
 * @param canId An identifier, or a frame.
 * @returns A number below 2^30; the smallest wins the bus.
 */
export function arbitrationRank(canId: CanId): number {
  const { id, extended } = canId;
  return extended ? ((id >>> 18) << 19) | (1 << 18) | (id & 0x3FFFF) : id << 19;
}

/**
 * Checks what the type system cannot: ranges and lengths.
 *
 * @param frame The frame.
 * @throws {RangeError} If a CAN controller could not send it.
 */
export function assertCanFrame(frame: CanFrame): void {
  const idMax = frame.extended ? 0x1FFF_FFFF : 0x7FF;
  if (!Number.isInteger(frame.id) || frame.id < 0 || frame.id > idMax) {
    throw new RangeError(`Cannot use CAN identifier ${frame.id}: outside 0..${hex(idMax, 3)}`);
  }
  const lengthBytes = frame.data.length;
  const fits = frame.fd ? fdDlcOf(lengthBytes) >= 0 : lengthBytes <= 8;
  if (!fits) throw new RangeError(`Cannot use a CAN payload of ${lengthBytes} bytes`);
  if (frame.bitRateSwitch && !frame.fd) {
    throw new RangeError("Cannot switch the bit rate in a classic CAN frame");
  }
}
