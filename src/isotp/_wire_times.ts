import {
  bitsDurationMs,
  type CanBitRates,
  type CanFrame,
  frameDurationMs,
  INTERMISSION_BITS,
  meanFrameBits,
} from "../can/mod.ts";

/** A full classic frame at 500 kbit/s, for a port that does not know its bit rates, in ms. */
const UNKNOWN_FRAME_MS = 0.25;

/** How long frames occupy one bus, the intermission behind them included. */
export class WireTimes {
  /** A full frame with random content, in ms. */
  readonly fullFrameMs: number;
  /** One bit at the nominal bit rate, in ms. */
  readonly bitMs: number;
  readonly #bitRates: CanBitRates | undefined;

  /**
   * @param bitRates The bus's, where known.
   */
  constructor(bitRates: CanBitRates | undefined) {
    this.#bitRates = bitRates;
    this.fullFrameMs = bitRates === undefined ? UNKNOWN_FRAME_MS : meanFullFrameMs(bitRates);
    this.bitMs = 1000 / (bitRates?.bitrateBps ?? 500_000);
  }

  /**
   * Counts the bits of a frame, stuff bits included.
   *
   * @param frame The frame.
   * @returns How long it occupies the wire, in ms.
   */
  frameMs(frame: CanFrame): number {
    if (this.#bitRates === undefined) return UNKNOWN_FRAME_MS;
    return frameDurationMs(frame, this.#bitRates) + INTERMISSION_BITS * this.bitMs;
  }
}

function meanFullFrameMs(bitRates: CanBitRates): number {
  const fd = bitRates.dataBitrateBps !== undefined;
  const shape = { extended: false, fd, bitRateSwitch: fd, lengthBytes: fd ? 64 : 8 };
  const { nominalBits, dataPhaseBits } = meanFrameBits(shape);
  const bits = { nominalBits: nominalBits + INTERMISSION_BITS, dataPhaseBits };
  return bitsDurationMs(bits, bitRates);
}
