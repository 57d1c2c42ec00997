import { type CanBitRates, type FrameBits, INTERMISSION_BITS } from "../can/mod.ts";
import type { BusStatistics } from "./wire_record.ts";

/** Adds up what a wire carries, in whole bits. */
export class WireAccount {
  readonly #bitRates: CanBitRates;
  readonly #createdMs: number;
  #frames = 0;
  #bits = 0;
  #errorFrames = 0;
  #errorBits = 0;
  #busyNominalBits = 0;
  #busyDataPhaseBits = 0;

  /**
   * Nothing carried yet.
   *
   * @param bitRates The bus's bit rates.
   * @param createdMs Since when its time counts.
   */
  constructor(bitRates: CanBitRates, createdMs: number) {
    this.#bitRates = bitRates;
    this.#createdMs = createdMs;
  }

  /**
   * Adds one attempt.
   *
   * @param bits What of the frame was on the wire.
   * @param errorBits The error frame behind it; 0 for an intact frame.
   */
  add(bits: FrameBits, errorBits: number): void {
    const { nominalBits, dataPhaseBits } = bits;
    this.#busyNominalBits += nominalBits + errorBits + INTERMISSION_BITS;
    this.#busyDataPhaseBits += dataPhaseBits;
    if (errorBits === 0) {
      this.#frames++;
      this.#bits += nominalBits + dataPhaseBits;
    } else {
      this.#errorFrames++;
      this.#errorBits += nominalBits + dataPhaseBits + errorBits;
    }
  }

  /**
   * Tells the sums.
   *
   * @param nowMs Until when the wire's time counts.
   * @returns The sums.
   */
  statistics(nowMs: number): BusStatistics {
    const { bitrateBps, dataBitrateBps = bitrateBps } = this.#bitRates;
    const busyMs = this.#busyNominalBits * 1000 / bitrateBps +
      this.#busyDataPhaseBits * 1000 / dataBitrateBps;
    const elapsedMs = nowMs - this.#createdMs;
    return {
      frames: this.#frames,
      bits: this.#bits,
      errorFrames: this.#errorFrames,
      errorBits: this.#errorBits,
      busyMs,
      // The intermission behind the last frame may not be over yet.
      busyRatio: elapsedMs > 0 ? Math.min(1, busyMs / elapsedMs) : 0,
    };
  }
}
