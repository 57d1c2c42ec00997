/**
 * Reproducible pseudo-random numbers (sfc32): the only source of chance in canvoy's simulations.
 * Not for cryptography.
 *
 * Source: PractRand, "sfc32" by Chris Doty-Humphrey (public domain description).
 */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /**
   * Starts a sequence.
   *
   * @param seed Any integer; its low 32 bits count.
   * @param stream Another number gives an independent sequence under the same seed.
   */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = (seed / 2 ** 32) | 0;
    for (let i = 0; i < 15; i++) this.uint32();
  }

  /** The next 32 bits, as an unsigned integer. */
  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A number in [0, 1). */
  next(): number {
    return this.uint32() / 2 ** 32;
  }

  /**
   * Draws an integer below a bound.
   *
   * @param bound At least 1.
   * @returns An integer in [0, `bound`).
   */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /**
   * Draws whether something happens.
   *
   * @param ratio 0 never, 1 always; 0 and less draws nothing from the sequence.
   * @returns Whether it happens this time.
   */
  chance(ratio: number): boolean {
    return ratio > 0 && this.next() < ratio;
  }

  /**
   * Draws bytes.
   *
   * @param lengthBytes How many.
   * @returns That many random bytes.
   */
  bytes(lengthBytes: number): Uint8Array {
    const bytes = new Uint8Array(lengthBytes);
    for (let i = 0; i < lengthBytes; i++) bytes[i] = this.uint32() >>> 24;
    return bytes;
  }
}
