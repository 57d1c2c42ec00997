import { uintToBytesBe } from "../core/mod.ts";

/** A CRC as the catalogue of parametrised CRC algorithms writes it down. */
export interface CrcParameters {
  /** Bits of the register. */
  readonly width: 8 | 16 | 24 | 32;
  /** Without its highest term, the most significant bit that of the highest power. */
  readonly polynomial: number;
  /** What the register holds before the first byte; 0 by default. */
  readonly initial?: number;
  /** Whether each byte goes in least significant bit first; not by default. */
  readonly reflectIn?: boolean;
  /** Whether the register is reflected at the end; not by default. */
  readonly reflectOut?: boolean;
  /** What is XORed to the result; 0 by default. */
  readonly finalXor?: number;
}

/**
 * Computes any CRC of whole bytes.
 *
 * Source: the catalogue of parametrised CRC algorithms; Ross N. Williams, "A painless guide to CRC
 * error detection algorithms".
 *
 * @param parameters Which one.
 * @param bytes What to check.
 * @returns The checksum, most significant byte first.
 *
 * @example CRC-16/MODBUS
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { crc } from "./crc.ts";
 *
 * const modbus = {
 *   width: 16,
 *   polynomial: 0x8005,
 *   initial: 0xFFFF,
 *   reflectIn: true,
 *   reflectOut: true,
 * } as const;
 * deepStrictEqual(crc(modbus, new TextEncoder().encode("123456789")), Uint8Array.of(0x4B, 0x37));
 * ```
 */
export function crc(parameters: CrcParameters, bytes: Uint8Array): Uint8Array {
  const { width, initial = 0, reflectIn = false, reflectOut = false, finalXor = 0 } = parameters;
  // The register is kept at the upper end of 32 bits, whatever its width.
  const shift = 32 - width;
  const table = tableOf(parameters.polynomial << shift);
  let register = initial << shift;
  for (let i = 0; i < bytes.length; i++) {
    const byte = reflectIn ? reflected(bytes[i]!, 8) : bytes[i]!;
    register = (register << 8) ^ table[(register >>> 24) ^ byte]!;
  }
  const value = register >>> shift;
  const result = (reflectOut ? reflected(value, width) : value) ^ finalXor;
  return uintToBytesBe(result >>> 0, width / 8);
}

function tableOf(polynomial: number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, index) => {
    let register = index << 24;
    for (let bit = 0; bit < 8; bit++) {
      register = register < 0 ? (register << 1) ^ polynomial : register << 1;
    }
    return register;
  });
}

function reflected(value: number, width: number): number {
  let result = 0;
  for (let bit = 0; bit < width; bit++) result = (result << 1) | ((value >>> bit) & 1);
  return result >>> 0;
}
