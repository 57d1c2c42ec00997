import { uintToBytesBe } from "../core/mod.ts";
import { crc16Ccitt, crc16Dnp, crc16X25, crc16Xmodem } from "./crc16.ts";
import { crc32 } from "./crc32.ts";
import { crc32Mpeg2, crc32Stm32 } from "./crc32_mpeg2.ts";
import { sha256 } from "./sha256.ts";

/** One checksum that a profile may name. */
export interface ChecksumAlgorithm {
  /** How many bytes a result has. */
  readonly sizeBytes: number;
  /** What it is, for people. */
  readonly description: string;
  /** From any bytes to `sizeBytes` bytes, most significant byte first. */
  readonly compute: (bytes: Uint8Array) => Uint8Array;
}

/** The checksums that fleet files, plans and `image info` name. */
export const CHECKSUM_ALGORITHMS: Readonly<Record<ChecksumName, ChecksumAlgorithm>> = {
  "crc32": crcAlgorithm(4, "CRC-32 (IEEE 802.3, zip)", crc32),
  "crc32-mpeg2": crcAlgorithm(4, "CRC-32/MPEG-2, byte by byte", crc32Mpeg2),
  "crc32-mpeg2-stm32": crcAlgorithm(4, "CRC-32/MPEG-2, in the STM32 CRC unit's words", crc32Stm32),
  "crc16-ccitt": crcAlgorithm(2, "CRC-16/CCITT-FALSE", crc16Ccitt),
  "crc16-xmodem": crcAlgorithm(2, "CRC-16/XMODEM", crc16Xmodem),
  "crc16-x25": crcAlgorithm(2, "CRC-16/X-25", crc16X25),
  "crc16-dnp": crcAlgorithm(2, "CRC-16/DNP", crc16Dnp),
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
  | "sha256";

/** All names, in the order in which they are shown. */
export const CHECKSUM_NAMES: readonly ChecksumName[] = Object.keys(
  CHECKSUM_ALGORITHMS,
) as ChecksumName[];

/**
 * Computes a checksum by its name.
 *
 * @param name Which one.
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
export function checksum(name: ChecksumName, bytes: Uint8Array): Uint8Array {
  return CHECKSUM_ALGORITHMS[name].compute(bytes);
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

function crcAlgorithm(
  sizeBytes: number,
  description: string,
  crc: (bytes: Uint8Array) => number,
): ChecksumAlgorithm {
  return { sizeBytes, description, compute: (bytes) => uintToBytesBe(crc(bytes), sizeBytes) };
}
