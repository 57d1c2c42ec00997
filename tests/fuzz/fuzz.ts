import { Prng } from "../../src/core/mod.ts";
import type { FuzzDecoder } from "./decoder.ts";
import { drawInput } from "./mutate.ts";

/** Which inputs are tried: from the same name, seed and number comes the same input. */
export interface FuzzRange {
  readonly seed: number;
  readonly first: number;
  readonly count: number;
}

/** Something that must not happen, and the input that makes it. */
export interface FuzzFinding {
  readonly index: number;
  readonly input: Uint8Array;
  readonly what: string;
}

/** What came of a range. */
export interface FuzzResult {
  readonly tried: number;
  /** How many were taken for what they claim to be. */
  readonly taken: number;
  readonly findings: readonly FuzzFinding[];
  /** The input that took longest, and how long, in ms. */
  readonly slowest: { readonly index: number; readonly ms: number };
}

/** The input of a number. */
export function inputAt(decoder: FuzzDecoder, seed: number, index: number): Uint8Array {
  return drawInput(decoder, new Prng(seed, index));
}

/**
 * Tries a range of inputs.
 *
 * @param decoder What is tried.
 * @param range Which inputs.
 * @param onBegin Told the number of each before it is tried: who watches knows where it hangs.
 */
export function fuzz(
  decoder: FuzzDecoder,
  range: FuzzRange,
  onBegin: (index: number) => void = () => {},
): FuzzResult {
  const findings: FuzzFinding[] = [];
  let taken = 0;
  let slowest = { index: range.first, ms: 0 };
  for (let index = range.first; index < range.first + range.count; index++) {
    onBegin(index);
    const input = inputAt(decoder, range.seed, index);
    const beganMs = performance.now();
    try {
      if (decoder.attempt(input)) taken++;
    } catch (error) {
      const what = error instanceof Error ? error.stack ?? error.message : String(error);
      findings.push({ index, input, what });
    }
    const ms = performance.now() - beganMs;
    if (ms > slowest.ms) slowest = { index, ms };
  }
  return { tried: range.count, taken, findings, slowest };
}
