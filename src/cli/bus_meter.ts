import {
  bitsDurationMs,
  type CanBitRates,
  type CanFrame,
  frameBits,
  INTERMISSION_BITS,
} from "../can/mod.ts";
import type { BusFigures } from "../report/mod.ts";

/** Adds up the frames that one end of a bus sees: its own and those that it hears. */
export class BusMeter {
  readonly #name: string;
  readonly #bitRates: CanBitRates;
  readonly #sinceMs: number;
  #frames = 0;
  #bits = 0;
  #busyMs = 0;

  /**
   * Nothing seen yet.
   *
   * @param name The bus's name in the fleet file.
   * @param bitRates Its bit rates.
   * @param sinceMs Since when its time counts, in ms.
   */
  constructor(name: string, bitRates: CanBitRates, sinceMs: number) {
    this.#name = name;
    this.#bitRates = bitRates;
    this.#sinceMs = sinceMs;
  }

  /**
   * Adds a frame that was on the wire.
   *
   * @param frame The frame.
   */
  count(frame: CanFrame): void {
    const { nominalBits, dataPhaseBits } = frameBits(frame);
    this.#frames++;
    this.#bits += nominalBits + dataPhaseBits;
    const bits = { nominalBits: nominalBits + INTERMISSION_BITS, dataPhaseBits };
    this.#busyMs += bitsDurationMs(bits, this.#bitRates);
  }

  /**
   * Tells the sums.
   *
   * @param nowMs Until when its time counts, in ms.
   * @returns The sums; `busyRatio` is reckoned from the frames' lengths.
   */
  figures(nowMs: number): BusFigures {
    const elapsedMs = nowMs - this.#sinceMs;
    return {
      bus: this.#name,
      frames: this.#frames,
      bits: this.#bits,
      busyRatio: elapsedMs > 0 ? Math.min(1, this.#busyMs / elapsedMs) : 0,
    };
  }
}
