import type { CanBitRates } from "../can/mod.ts";

/**
 * Where a wire stands in time, counted in whole ticks that divide the bit times of both rates: no
 * rounding adds up, however many frames follow each other.
 */
export class BusTime {
  readonly #ticksPerSecond: number;
  readonly #ticksPerNominalBit: number;
  readonly #ticksPerDataBit: number;
  #originMs = 0;
  #seconds = 0;
  #ticks = 0;

  /**
   * Stands at 0 until restarted.
   *
   * @param bitRates The bus's bit rates.
   * @throws {RangeError} If they are no positive integers.
   */
  constructor(bitRates: CanBitRates) {
    const { bitrateBps, dataBitrateBps = bitrateBps } = bitRates;
    for (const rate of [bitrateBps, dataBitrateBps]) {
      if (!Number.isInteger(rate) || rate <= 0) {
        throw new RangeError(`Cannot use a bit rate of ${rate} bit/s`);
      }
    }
    const divisor = greatestCommonDivisor(bitrateBps, dataBitrateBps);
    this.#ticksPerNominalBit = dataBitrateBps / divisor;
    this.#ticksPerDataBit = bitrateBps / divisor;
    this.#ticksPerSecond = bitrateBps * this.#ticksPerNominalBit;
  }

  /** Where it stands, in ms. */
  get atMs(): number {
    return this.#originMs + (this.#seconds * 1000 + this.#ticks * 1000 / this.#ticksPerSecond);
  }

  /**
   * Begins anew somewhere between two bits of the past: a frame on an idle wire begins at once.
   *
   * @param atMs Where to stand.
   */
  restart(atMs: number): void {
    this.#originMs = atMs;
    this.#seconds = 0;
    this.#ticks = 0;
  }

  /**
   * Goes on by some bits.
   *
   * @param nominalBits Bits at the nominal bit rate.
   * @param dataPhaseBits Bits at the data bit rate.
   */
  advance(nominalBits: number, dataPhaseBits: number): void {
    this.#ticks += nominalBits * this.#ticksPerNominalBit + dataPhaseBits * this.#ticksPerDataBit;
    while (this.#ticks >= this.#ticksPerSecond) {
      this.#ticks -= this.#ticksPerSecond;
      this.#seconds++;
    }
  }
}

function greatestCommonDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestCommonDivisor(right, left % right);
}
