/**
 * GF(256), Reed-Solomon and CRC-16 of the rogue node, in ways of its own: products bit by bit, parity
 * as Lagrange's interpolation, mending by the inverse of a matrix. No logarithms.
 *
 * Source: docs/group-download.md, sections 4.1 and 4.2.
 */

/** The polynomial x^8 + x^4 + x^3 + x^2 + 1. */
const POLYNOMIAL = 0x11D;

/** The product of two elements, by shifts and additions. */
function productBitByBit(a: number, b: number): number {
  let sum = 0;
  for (let factor = a, bits = b; bits > 0; bits >>= 1) {
    if ((bits & 1) === 1) sum ^= factor;
    factor <<= 1;
    if (factor > 0xFF) factor ^= POLYNOMIAL;
  }
  return sum;
}

/** All products: row a holds a times 0..255. */
const PRODUCTS: readonly Uint8Array[] = Array.from(
  { length: 256 },
  (_, a) => Uint8Array.from({ length: 256 }, (_, b) => productBitByBit(a, b)),
);

/** The product of two elements. */
export function product(a: number, b: number): number {
  return PRODUCTS[a]![b]!;
}

/** What times an element is 1: it is looked for. */
export function inverse(a: number): number {
  if (a === 0) throw new RangeError("0 has no inverse");
  return PRODUCTS[a]!.indexOf(1);
}

/** The points of the 255 symbols: alpha to the power of their number. */
const POINTS: readonly number[] = [...Array(254)].reduce<number[]>(
  (points) => [...points, product(points.at(-1)!, 2)],
  [1],
);

/**
 * How much of source symbol i is in parity symbol j: the i-th polynomial of Lagrange for the points
 * of the sources, at the point of the parity.
 */
export function coefficient(sourceCount: number, i: number, j: number): number {
  const at = POINTS[sourceCount + j]!;
  const own = POINTS[i]!;
  let above = 1;
  let below = 1;
  for (let m = 0; m < sourceCount; m++) {
    if (m === i) continue;
    above = product(above, at ^ POINTS[m]!);
    below = product(below, own ^ POINTS[m]!);
  }
  return product(above, inverse(below));
}

/** Adds a multiple of a block to a sum; a block that is shorter is filled up with 00. */
export function addMultiple(sum: Uint8Array, factor: number, block: Uint8Array): void {
  const row = PRODUCTS[factor]!;
  for (let n = 0; n < block.length; n++) sum[n]! ^= row[block[n]!]!;
}

/** Parity block j of blocks. */
export function parityBlock(
  blocks: readonly Uint8Array[],
  j: number,
  blockBytes: number,
): Uint8Array {
  const sum = new Uint8Array(blockBytes);
  for (const [i, block] of blocks.entries()) {
    addMultiple(sum, coefficient(blocks.length, i, j), block);
  }
  return sum;
}

/** The inverse of a square matrix. */
export function inverseMatrix(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((row, r) => [...row, ...row.map((_, c) => r === c ? 1 : 0)]);
  for (let c = 0; c < size; c++) {
    const from = rows.findIndex((row, r) => r >= c && row[c] !== 0);
    if (from < 0) throw new RangeError("The matrix is singular");
    const pivotRow = rows[from]!;
    rows[from] = rows[c]!;
    const scale = inverse(pivotRow[c]!);
    const pivot = rows[c] = pivotRow.map((value) => product(value, scale));
    for (const [r, row] of rows.entries()) {
      const factor = row[c]!;
      if (r === c || factor === 0) continue;
      rows[r] = row.map((value, n) => value ^ product(factor, pivot[n]!));
    }
  }
  return rows.map((row) => row.slice(size));
}

/**
 * Solves for the missing blocks in place: `sums[r]` is what is left of the parity block of row r once
 * all known blocks are taken out of it, and holds missing block r afterwards.
 */
export function solveInPlace(
  matrix: readonly (readonly number[])[],
  sums: readonly Uint8Array[],
): void {
  const solution = inverseMatrix(matrix);
  const column = new Uint8Array(sums.length);
  for (let n = 0; n < sums[0]!.length; n++) {
    for (const [r, sum] of sums.entries()) column[r] = sum[n]!;
    for (const [r, row] of solution.entries()) {
      let value = 0;
      for (const [c, factor] of row.entries()) value ^= product(factor, column[c]!);
      sums[r]![n] = value;
    }
  }
}

/** CRC-16/CCITT-FALSE, bit by bit, going on from `crc`. */
export function rogueCrc16(data: Uint8Array, crc = 0xFFFF): number {
  for (const byte of data) {
    for (let bit = 7; bit >= 0; bit--) {
      const isOdd = (crc >> 15 ^ byte >> bit & 1) === 1;
      crc = crc << 1 & 0xFFFF;
      if (isOdd) crc ^= 0x1021;
    }
  }
  return crc;
}
