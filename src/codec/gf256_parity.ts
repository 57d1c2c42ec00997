import { gf256AddMultiple, gf256Divide, gf256Multiply, gf256Power } from "./gf256.ts";

/** Source and parity blocks of one generation together are at most so many. */
export const GF256_BLOCKS_MAX = 255;

/** One parity block with its index. */
export interface ParityBlock {
  /** j: which parity block, from 0; `k + j` is below 255. */
  readonly index: number;
  /** Its bytes. */
  readonly data: Uint8Array;
}

/**
 * The systematic Reed-Solomon code of RFC 5510 over GF(256), for `k` source blocks.
 *
 * Its generator matrix is `V(k,k)^-1 * V(k,n)` with `V[i][j] = alpha^(i*j)`. What source block i
 * counts for in parity block j is therefore the Lagrange polynomial of point `alpha^i` among
 * `alpha^0 .. alpha^(k-1)`, taken at `alpha^(k+j)`: no matrix has to be inverted to know it. Any e
 * parity blocks restore any e source blocks.
 *
 * Source: RFC 5510, section 8.2, "Reed-Solomon Encoding Algorithm".
 */
export class Gf256Parity {
  /** How many source blocks there are. */
  readonly k: number;
  /** `prod over m != i of (alpha^i + alpha^m)`, for each i. */
  readonly #weights: Uint8Array;

  /**
   * Prepares the code.
   *
   * @param k 1..254.
   * @throws {RangeError} If `k` leaves no room for parity.
   */
  constructor(k: number) {
    if (!Number.isInteger(k) || k < 1 || k >= GF256_BLOCKS_MAX) {
      throw new RangeError(`Cannot code ${k} blocks: not 1..${GF256_BLOCKS_MAX - 1}`);
    }
    this.k = k;
    this.#weights = new Uint8Array(k);
    for (let i = 0; i < k; i++) {
      let product = 1;
      for (let m = 0; m < k; m++) {
        if (m !== i) product = gf256Multiply(product, gf256Power(i) ^ gf256Power(m));
      }
      this.#weights[i] = product;
    }
  }

  /** How many different parity blocks there are. */
  get parityBlocksMax(): number {
    return GF256_BLOCKS_MAX - this.k;
  }

  /**
   * Tells what the source blocks count for in a parity block.
   *
   * @param index j: which parity block, 0 up to `parityBlocksMax` - 1.
   * @returns One factor for each source block, none of them 0.
   * @throws {RangeError} If there is no such parity block.
   */
  factors(index: number): Uint8Array {
    if (!Number.isInteger(index) || index < 0 || index >= this.parityBlocksMax) {
      throw new RangeError(`Cannot make parity block ${index}: not below ${this.parityBlocksMax}`);
    }
    const point = gf256Power(this.k + index);
    let product = 1;
    for (let m = 0; m < this.k; m++) product = gf256Multiply(product, point ^ gf256Power(m));
    return this.#weights.map((weight, i) =>
      gf256Divide(product, gf256Multiply(weight, point ^ gf256Power(i)))
    );
  }

  /**
   * Makes a parity block.
   *
   * @param index j: which one.
   * @param sources All `k` source blocks; a shorter one counts as filled up with 0.
   * @param lengthBytes Size of a block.
   * @returns The parity block, `lengthBytes` long.
   * @throws {RangeError} If there is no such parity block.
   */
  encode(index: number, sources: readonly Uint8Array[], lengthBytes: number): Uint8Array {
    const factors = this.factors(index);
    const parity = new Uint8Array(lengthBytes);
    for (let i = 0; i < this.k; i++) gf256AddMultiple(parity, sources[i]!, factors[i]!);
    return parity;
  }

  /**
   * Restores source blocks that are missing.
   *
   * The parity blocks are worked on in place and end as the missing blocks: a receiver needs no more
   * memory than theirs, the source blocks that it has are read one at a time.
   *
   * @param missing Indexes of the missing source blocks, each once.
   * @param parity As many different parity blocks; their bytes are changed.
   * @param present Reads a source block that is not missing; may be shorter than a parity block.
   * @returns The missing blocks, in the order of `missing`; they are the arrays of `parity`.
   * @throws {RangeError} If there are not as many parity blocks as blocks are missing.
   */
  restore(
    missing: readonly number[],
    parity: readonly ParityBlock[],
    present: (index: number) => Uint8Array,
  ): readonly Uint8Array[] {
    if (missing.length !== parity.length) {
      throw new RangeError(`Cannot restore ${missing.length} blocks from ${parity.length}`);
    }
    const rows = parity.map(({ index }) => this.factors(index));
    const isMissing = new Set(missing);
    for (let i = 0; i < this.k; i++) {
      if (isMissing.has(i)) continue;
      const block = present(i);
      for (const [row, { data }] of parity.entries()) {
        gf256AddMultiple(data, block, rows[row]![i]!);
      }
    }
    const matrix = rows.map((factors) => Uint8Array.from(missing, (i) => factors[i]!));
    const right = parity.map(({ data }) => data);
    solve(matrix, right);
    return right;
  }
}

/** Gauss-Jordan elimination; `right` ends as the solution, and any such matrix has one. */
function solve(matrix: Uint8Array[], right: Uint8Array[]): void {
  const size = matrix.length;
  for (let column = 0; column < size; column++) {
    // Every minor of the parity part is non-zero (the code is MDS), so no pivot is ever 0.
    const pivot = matrix[column]![column]!;
    scale(matrix[column]!, pivot);
    scale(right[column]!, pivot);
    for (let row = 0; row < size; row++) {
      const factor = matrix[row]![column]!;
      if (row === column || factor === 0) continue;
      gf256AddMultiple(matrix[row]!, matrix[column]!, factor);
      gf256AddMultiple(right[row]!, right[column]!, factor);
    }
  }
}

function scale(block: Uint8Array, divisor: number): void {
  for (let i = 0; i < block.length; i++) block[i] = gf256Divide(block[i]!, divisor);
}
