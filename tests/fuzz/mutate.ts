import { concatBytes, type Prng } from "../../src/core/mod.ts";
import type { FuzzDecoder } from "./decoder.ts";

const CHANGES_MAX = 6;
const PIECE_BYTES_MAX = 48;
/** Borders of numbers, and of ASCII. */
const EDGES = [0x00, 0x01, 0x0A, 0x20, 0x2D, 0x30, 0x39, 0x3A, 0x41, 0x7F, 0x80, 0xFE, 0xFF];

/**
 * Makes an input: mostly a real one with a few changes, sometimes noise.
 *
 * @param decoder Whose inputs.
 * @param prng Which.
 * @returns The input.
 */
export function drawInput(decoder: FuzzDecoder, prng: Prng): Uint8Array {
  const { seeds, inputBytesMax, mend } = decoder;
  if (prng.chance(0.01)) return prng.bytes(prng.below(64));
  let bytes = seeds[prng.below(seeds.length)]!;
  for (let changes = 1 + prng.below(CHANGES_MAX); changes > 0; changes--) {
    bytes = changed(bytes, decoder, prng);
  }
  if (bytes.length > inputBytesMax) bytes = bytes.subarray(0, inputBytesMax);
  return mend !== undefined && prng.chance(0.5) ? mend(bytes) : bytes;
}

function changed(bytes: Uint8Array, { seeds, words }: FuzzDecoder, prng: Prng): Uint8Array {
  const at = prng.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + prng.below(PIECE_BYTES_MAX));
  switch (prng.below(11)) {
    case 0:
      return withByte(bytes, at, (byte) => byte ^ (1 << prng.below(8)));
    case 1:
      return withByte(bytes, at, () => EDGES[prng.below(EDGES.length)]!);
    case 2:
      return withByte(bytes, at, (byte) => byte + 1 - 2 * prng.below(2));
    case 3:
      return withByte(bytes, at, () => prng.below(256));
    case 4: // The end is missing.
      return bytes.subarray(0, at);
    case 5: // Something is missing.
      return spliced(bytes, at, end, new Uint8Array(0));
    case 6: // Something comes twice.
      return spliced(bytes, end, end, bytes.subarray(at, end));
    case 7: // Noise.
      return spliced(bytes, at, prng.chance(0.5) ? at : end, prng.bytes(prng.below(9)));
    case 8: // One byte over and over.
      return spliced(bytes, at, at, new Uint8Array(prng.below(200)).fill(prng.below(256)));
    case 9: { // Something of another input.
      const other = seeds[prng.below(seeds.length)]!;
      const from = prng.below(other.length + 1);
      const piece = other.subarray(from, from + prng.below(PIECE_BYTES_MAX));
      return spliced(bytes, at, prng.chance(0.5) ? at : end, piece);
    }
    default: { // A word.
      if (words.length === 0) return bytes;
      const word = words[prng.below(words.length)]!;
      return spliced(bytes, at, prng.chance(0.5) ? at : at + word.length, word);
    }
  }
}

function withByte(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  if (at >= bytes.length) return bytes;
  const copy = bytes.slice();
  copy[at] = change(copy[at]!);
  return copy;
}

function spliced(bytes: Uint8Array, start: number, end: number, middle: Uint8Array): Uint8Array {
  return concatBytes([bytes.subarray(0, start), middle, bytes.subarray(end)]);
}
