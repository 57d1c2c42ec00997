import { CanvoyError } from "../../src/core/mod.ts";

/** Something that reads bytes from a bus, a file or the network, and how it is tried. */
export interface FuzzDecoder {
  /** Real inputs, from which others are made. */
  readonly seeds: readonly Uint8Array[];
  /** Pieces that mean something to it; put in by chance. */
  readonly words: readonly Uint8Array[];
  /**
   * Makes right again what only binds an input together, checksums above all: what lies behind them
   * is reached by inputs that were changed. Called for every other input.
   */
  readonly mend?: (input: Uint8Array) => Uint8Array;
  /** Largest input, in bytes: enough for whatever it has rules for. */
  readonly inputBytesMax: number;

  /**
   * Tries one input.
   *
   * @param input Any bytes.
   * @returns Whether they were taken for what they claim to be.
   * @throws Whatever must not happen.
   */
  attempt(input: Uint8Array): boolean;
}

/**
 * Reads something that may be refused.
 *
 * @param read Reads it.
 * @returns What it read; `undefined` where it was refused with an error that callers are told of.
 */
export function accepted<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CanvoyError) return undefined;
    throw error;
  }
}

/** Bytes of texts. */
export function textWords(...words: readonly string[]): readonly Uint8Array[] {
  const encoder = new TextEncoder();
  return words.map((word) => encoder.encode(word));
}
