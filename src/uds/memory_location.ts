import { concatBytes, hex, uintToBytesBe } from "../core/mod.ts";

/** Most bytes of an address or a size that canvoy reads: numbers are exact up to there. */
const FIELD_SIZE_BYTES_MAX = 6;

/** A memory area as RequestDownload, RequestUpload and WriteMemoryByAddress name it. */
export interface MemoryLocation {
  /** First address, or a block number where a bootloader counts blocks. */
  readonly memoryAddress: number;
  /** How many bytes. */
  readonly memorySize: number;
  /** How many bytes the address takes on the wire, 1..6. */
  readonly memoryAddressSizeBytes: number;
  /** How many bytes the size takes on the wire, 1..6. */
  readonly memorySizeSizeBytes: number;
}

/**
 * Encodes a memory area: `[addressAndLengthFormatIdentifier, memoryAddress (big-endian),
 * memorySize (big-endian)]`.
 *
 * The identifier's high nibble is the size of memorySize, its low nibble that of memoryAddress.
 *
 * Source: ISO 14229-1:2020, Annex H, "Examples for addressAndLengthFormatIdentifier parameter
 * values".
 *
 * @param location The area.
 * @returns 3..13 bytes.
 * @throws {RangeError} If a number does not fit its size.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { encodeMemoryLocation } from "./memory_location.ts";
 *
 * const bytes = encodeMemoryLocation({
 *   memoryAddress: 0x0800_8000,
 *   memoryAddressSizeBytes: 4,
 *   memorySize: 0x4000,
 *   memorySizeSizeBytes: 2,
 * });
 * deepStrictEqual([...bytes], [0x24, 0x08, 0x00, 0x80, 0x00, 0x40, 0x00]);
 * ```
 */
export function encodeMemoryLocation(location: MemoryLocation): Uint8Array {
  const { memoryAddressSizeBytes, memorySizeSizeBytes } = location;
  assertFieldSize(memoryAddressSizeBytes);
  assertFieldSize(memorySizeSizeBytes);
  return concatBytes([
    Uint8Array.of(memorySizeSizeBytes * 16 + memoryAddressSizeBytes),
    uintToBytesBe(location.memoryAddress, memoryAddressSizeBytes),
    uintToBytesBe(location.memorySize, memorySizeSizeBytes),
  ]);
}

/**
 * Splits an addressAndLengthFormatIdentifier.
 *
 * @param identifier One byte.
 * @returns Both sizes; `undefined` for one that is reserved (a nibble 0) or wider than 6 bytes.
 */
export function decodeAddressAndLengthFormat(
  identifier: number,
):
  | Pick<MemoryLocation, "memoryAddressSizeBytes" | "memorySizeSizeBytes">
  | undefined {
  const memoryAddressSizeBytes = identifier & 0x0F;
  const memorySizeSizeBytes = identifier >> 4;
  const isGood = isFieldSize(memoryAddressSizeBytes) && isFieldSize(memorySizeSizeBytes);
  return isGood ? { memoryAddressSizeBytes, memorySizeSizeBytes } : undefined;
}

function isFieldSize(sizeBytes: number): boolean {
  return Number.isInteger(sizeBytes) && sizeBytes >= 1 && sizeBytes <= FIELD_SIZE_BYTES_MAX;
}

function assertFieldSize(sizeBytes: number): void {
  if (!isFieldSize(sizeBytes)) {
    throw new RangeError(`Cannot write a field of ${sizeBytes} bytes: outside 1..6`);
  }
}

/**
 * Formats a memory area for people.
 *
 * @param location The area.
 * @returns For messages: `0x08008000, 16384 bytes`.
 */
export function formatMemoryLocation(location: MemoryLocation): string {
  const digits = 2 * location.memoryAddressSizeBytes;
  return `${hex(location.memoryAddress, digits)}, ${location.memorySize} bytes`;
}
