import { assert } from "../core/mod.ts";

/**
 * Arithmetic in GF(256): bytes as polynomials over GF(2), modulo x^8 + x^4 + x^3 + x^2 + 1. Adding is
 * XOR; alpha, the element 0x02, generates all but 0.
 *
 * Source: RFC 5510, section 8.1, for m = 8.
 */
const POLYNOMIAL = 0x11D;
const ORDER = 255;

/** `EXP[i]` is alpha^i, written out twice so that a sum of two logarithms needs no modulo. */
const EXP: Uint8Array = new Uint8Array(2 * ORDER);
/** `LOG[x]` is the i with alpha^i = x; `LOG[0]` is never used. */
const LOG: Uint8Array = new Uint8Array(256);
for (let i = 0, x = 1; i < ORDER; i++) {
  EXP[i] = x;
  EXP[i + ORDER] = x;
  LOG[x] = i;
  x <<= 1;
  if (x > 0xFF) x ^= POLYNOMIAL;
}

/**
 * Multiplies.
 *
 * @param left 0..255.
 * @param right 0..255.
 * @returns The product, 0..255.
 */
export function gf256Multiply(left: number, right: number): number {
  return left === 0 || right === 0 ? 0 : EXP[LOG[left]! + LOG[right]!]!;
}

/**
 * Divides.
 *
 * @param left 0..255.
 * @param right 1..255.
 * @returns The quotient, 0..255.
 * @throws {RangeError} If `right` is 0.
 */
export function gf256Divide(left: number, right: number): number {
  if (right === 0) throw new RangeError("Cannot divide by 0 in GF(256)");
  return left === 0 ? 0 : EXP[LOG[left]! + ORDER - LOG[right]!]!;
}

/**
 * Raises alpha to a power.
 *
 * @param exponent 0 and up.
 * @returns alpha^exponent, 1..255.
 */
export function gf256Power(exponent: number): number {
  return EXP[exponent % ORDER]!;
}

/**
 * Adds a multiple of one block to another: `target[i] ^= factor * source[i]`.
 *
 * @param target The block that is changed.
 * @param source The other; not longer. Bytes that it lacks count as 0.
 * @param factor What it is multiplied with, 0..255.
 */
export function gf256AddMultiple(target: Uint8Array, source: Uint8Array, factor: number): void {
  assert(source.length <= target.length, "a block is added to one at least as long");
  if (factor === 0) return;
  const logFactor = LOG[factor]!;
  for (let i = 0; i < source.length; i++) {
    const byte = source[i]!;
    if (byte !== 0) target[i]! ^= EXP[logFactor + LOG[byte]!]!;
  }
}
