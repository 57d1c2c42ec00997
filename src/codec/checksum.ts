import { createHash } from "node:crypto";
import { uintToBytesBe } from "../core/mod.ts";
import { crc, type CrcParameters } from "./crc.ts";
import { crc16Ccitt, crc16Dnp, crc16X25, crc16Xmodem } from "./crc16.ts";
import { crc32 } from "./crc32.ts";
import { crc32Mpeg2, crc32Stm32 } from "./crc32_mpeg2.ts";
import { sha256 } from "./sha256.ts";
import { sum, type SumParameters } from "./sums.ts";

/** One checksum that a profile may name. */
export interface ChecksumAlgorithm {
  /** How many bytes a result has. */
  readonly sizeBytes: number;
  /** What it is, for people. */
  readonly description: string;
  /** From any bytes to `sizeBytes` bytes, most significant byte first. */
  readonly compute: (bytes: Uint8Array) => Uint8Array;
}

const CRC16_REFLECTED = {
  width: 16,
  polynomial: 0x8005,
  reflectIn: true,
  reflectOut: true,
} as const;

/** The checksums that fleet files, plans and `image info` name. */
export const CHECKSUM_ALGORITHMS: Readonly<Record<ChecksumName, ChecksumAlgorithm>> = {
  "crc32": crcAlgorithm(4, "CRC-32 (IEEE 802.3, zip)", crc32),
  "crc32-mpeg2": crcAlgorithm(4, "CRC-32/MPEG-2, byte by byte", crc32Mpeg2),
  "crc32-mpeg2-stm32": crcAlgorithm(4, "CRC-32/MPEG-2, in the STM32 CRC unit's words", crc32Stm32),
  "crc16-ccitt": crcAlgorithm(2, "CRC-16/CCITT-FALSE", crc16Ccitt),
  "crc16-xmodem": crcAlgorithm(2, "CRC-16/XMODEM", crc16Xmodem),
  "crc16-x25": crcAlgorithm(2, "CRC-16/X-25", crc16X25),
  "crc16-dnp": crcAlgorithm(2, "CRC-16/DNP", crc16Dnp),
  "crc32c": parametrised("CRC-32C (Castagnoli)", {
    width: 32,
    polynomial: 0x1EDC6F41,
    initial: 0xFFFF_FFFF,
    reflectIn: true,
    reflectOut: true,
    finalXor: 0xFFFF_FFFF,
  }),
  "crc16-arc": parametrised("CRC-16/ARC", { ...CRC16_REFLECTED, initial: 0 }),
  "crc16-modbus": parametrised("CRC-16/MODBUS", { ...CRC16_REFLECTED, initial: 0xFFFF }),
  "crc8": parametrised("CRC-8/SMBUS", { width: 8, polynomial: 0x07 }),
  "crc8-j1850": parametrised("CRC-8/SAE-J1850", {
    width: 8,
    polynomial: 0x1D,
    initial: 0xFF,
    finalXor: 0xFF,
  }),
  "sum8": sumAlgorithm("sum of bytes", { width: 8 }),
  "sum16": sumAlgorithm("sum of bytes", { width: 16 }),
  "sum32": sumAlgorithm("sum of bytes", { width: 32 }),
  "sum16-words-be": sumAlgorithm("sum of 16-bit words, big-endian", { width: 16, wordBytes: 2 }),
  "sum16-words-le": sumAlgorithm("sum of 16-bit words, little-endian", {
    width: 16,
    wordBytes: 2,
    littleEndian: true,
  }),
  "sum32-words-be": sumAlgorithm("sum of 32-bit words, big-endian", { width: 32, wordBytes: 4 }),
  "sum32-words-le": sumAlgorithm("sum of 32-bit words, little-endian", {
    width: 32,
    wordBytes: 4,
    littleEndian: true,
  }),
  "sum8-complement": sumAlgorithm("two's complement of the sum of bytes", {
    width: 8,
    negated: true,
  }),
  "sum16-complement": sumAlgorithm("two's complement of the sum of bytes", {
    width: 16,
    negated: true,
  }),
  "sum32-complement": sumAlgorithm("two's complement of the sum of bytes", {
    width: 32,
    negated: true,
  }),
  "sha1": hashAlgorithm(20, "SHA-1"),
  "sha512": hashAlgorithm(64, "SHA-512"),
  "sha256": { sizeBytes: 32, description: "SHA-256", compute: (bytes) => sha256(bytes) },
};

/** The name of a checksum in {@link CHECKSUM_ALGORITHMS}. */
export type ChecksumName =
  | "crc32"
  | "crc32-mpeg2"
  | "crc32-mpeg2-stm32"
  | "crc16-ccitt"
  | "crc16-xmodem"
  | "crc16-dnp"
  | "crc16-x25"
  | "crc16-arc"
  | "crc16-modbus"
  | "crc8"
  | "crc8-j1850"
  | "crc32c"
  | "sum8"
  | "sum16"
  | "sum32"
  | "sum16-words-be"
  | "sum16-words-le"
  | "sum32-words-be"
  | "sum32-words-le"
  | "sum8-complement"
  | "sum16-complement"
  | "sum32-complement"
  | "sha1"
  | "sha512"
  | "sha256";

/** What makes a checksum: one of {@link CHECKSUM_ALGORITHMS}, or any CRC. */
export type ChecksumKind = ChecksumName | CrcParameters;

/** All names, in the order in which they are shown. */
export const CHECKSUM_NAMES: readonly ChecksumName[] = Object.keys(
  CHECKSUM_ALGORITHMS,
) as ChecksumName[];

/**
 * Computes a checksum by its name, or as the CRC that is given.
 *
 * @param kind Which one.
 * @param bytes What to check.
 * @returns The checksum, most significant byte first, as UDS routines carry it.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { checksum } from "./checksum.ts";
 *
 * const bytes = new TextEncoder().encode("123456789");
 * deepStrictEqual(checksum("crc16-ccitt", bytes), Uint8Array.of(0x29, 0xB1));
 * ```
 */
export function checksum(kind: ChecksumKind, bytes: Uint8Array): Uint8Array {
  return typeof kind === "string" ? CHECKSUM_ALGORITHMS[kind].compute(bytes) : crc(kind, bytes);
}

/**
 * Tells how long a checksum is.
 *
 * @param kind What makes a checksum.
 * @returns How many bytes one has.
 */
export function checksumSizeBytes(kind: ChecksumKind): number {
  return typeof kind === "string" ? CHECKSUM_ALGORITHMS[kind].sizeBytes : kind.width / 8;
}

/**
 * Tells names of checksums from other text.
 *
 * @param text What a user wrote.
 * @returns Whether it names a checksum.
 */
export function isChecksumName(text: string): text is ChecksumName {
  return Object.hasOwn(CHECKSUM_ALGORITHMS, text);
}

function parametrised(description: string, parameters: CrcParameters): ChecksumAlgorithm {
  return {
    sizeBytes: parameters.width / 8,
    description,
    compute: (bytes) => crc(parameters, bytes),
  };
}

function sumAlgorithm(description: string, parameters: SumParameters): ChecksumAlgorithm {
  const sizeBytes = parameters.width / 8;
  return { sizeBytes, description, compute: (bytes) => sum(parameters, bytes) };
}

/** FIPS 180-4, synchronous: a promise would not settle inside a virtual-time run. */
function hashAlgorithm(sizeBytes: number, description: string): ChecksumAlgorithm {
  const name = description.replace("-", "").toLowerCase();
  return {
    sizeBytes,
    description,
    compute: (bytes) => new Uint8Array(createHash(name).update(bytes).digest()),
  };
}

function crcAlgorithm(
  sizeBytes: number,
  description: string,
  crc: (bytes: Uint8Array) => number,
): ChecksumAlgorithm {
  return { sizeBytes, description, compute: (bytes) => uintToBytesBe(crc(bytes), sizeBytes) };
}
