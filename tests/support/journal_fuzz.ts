import { ok } from "node:assert/strict";
import { CanvoyError, concatBytes, Prng } from "../../src/core/mod.ts";
import { glanceAtJournal, historiesOf, readJournal } from "../../src/journal/mod.ts";
import { MIXED_RUN } from "../unit/report/_support.ts";
import { journalOf } from "../unit/journal/_support.ts";

/** Reads bytes as a journal in every way there is; only a typed error may come of it. */
export function hostileJournal(bytes: Uint8Array): "read" | "refused" {
  glanceAtJournal(bytes);
  try {
    const journal = readJournal(bytes);
    ok(journal.endOffset <= bytes.length);
    historiesOf(journal);
    return "read";
  } catch (error) {
    if (error instanceof CanvoyError) return "refused";
    throw error;
  }
}

/**
 * Breaks whole journals: bits flipped, bytes replaced, cut, doubled, shuffled, grown, and noise.
 *
 * @param inputs How many.
 * @param seed The same seed, the same inputs.
 * @returns How many were tried, and how many of them could still be read.
 */
export function fuzzJournal(
  inputs: number,
  seed: number,
): { readonly inputs: number; readonly read: number } {
  const prng = new Prng(seed);
  const corpus = [
    journalOf(MIXED_RUN.slice(0, 6), { isComplete: true }),
    journalOf(MIXED_RUN.slice(0, 12)),
    journalOf([]),
  ];
  let read = 0;
  for (let i = 0; i < inputs; i++) {
    let bytes: Uint8Array<ArrayBufferLike> = corpus[prng.below(corpus.length)]!.slice();
    for (let changes = 1 + prng.below(4); changes > 0; changes--) bytes = change(bytes, prng);
    try {
      if (hostileJournal(bytes) === "read") read++;
    } catch (error) {
      throw new Error(`seed ${seed}, input ${i}: ${error}`, { cause: error });
    }
  }
  return { inputs, read };
}

function change(bytes: Uint8Array, prng: Prng): Uint8Array {
  const at = prng.below(bytes.length + 1);
  const changed = bytes.slice();
  switch (prng.below(7)) {
    case 0:
      if (at < changed.length) changed[at]! ^= 1 << prng.below(8);
      return changed;
    case 1:
      if (at < changed.length) changed[at] = INTERESTING[prng.below(INTERESTING.length)]!;
      return changed;
    case 2:
      return changed.subarray(0, at);
    case 3:
      return concatBytes([
        changed.subarray(0, at),
        prng.bytes(prng.below(20)),
        changed.subarray(at),
      ]);
    case 4: {
      const end = Math.min(bytes.length, at + prng.below(60));
      return concatBytes([changed.subarray(0, end), changed.subarray(at)]);
    }
    case 5: {
      const end = Math.min(bytes.length, at + prng.below(60));
      return concatBytes([changed.subarray(0, at), changed.subarray(end)]);
    }
    default:
      return concatBytes([changed, new Uint8Array(prng.below(40))]);
  }
}

/** Initial bytes of CBOR items that lead somewhere else. */
const INTERESTING = [0x00, 0x1B, 0x3B, 0x5B, 0x7B, 0x83, 0x9B, 0xA0, 0xBB, 0xC0, 0xFB, 0xFF, 0x5F];

// More of it: deno run -A tests/support/journal_fuzz.ts 1000000 7
if (import.meta.main) {
  const [inputs = "1000000", seed = "1"] = Deno.args;
  // deno-lint-ignore no-console
  console.log(fuzzJournal(Number(inputs), Number(seed)));
}
