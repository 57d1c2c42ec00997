/** The judge's own field and code. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Prng } from "../../src/core/mod.ts";
import { docBlocks } from "../support/doc_blocks.ts";
import {
  addMultiple,
  coefficient,
  inverse,
  parityBlock,
  product,
  rogueCrc16,
  solveInPlace,
} from "./rogue_gf256.ts";
import { bytesOf, textOf } from "./rogue_options.ts";

Deno.test("rogue gf256: products and inverses are those of the field", () => {
  strictEqual(product(0x80, 2), 0x1D);
  for (let a = 1; a < 256; a++) {
    strictEqual(product(a, inverse(a)), 1);
    strictEqual(product(a, 3), product(a, 2) ^ a);
  }
});

Deno.test("rogue gf256: its checksum has the check value of CRC-16/CCITT-FALSE", () => {
  strictEqual(rogueCrc16(new TextEncoder().encode("123456789")), 0x29B1);
});

Deno.test("rogue gf256: its parity is that of the document", () => {
  const text = Deno.readTextFileSync("docs/group-download.md");
  const example = docBlocks(text).find(({ language }) => language === "group-parity")!;
  let sources: Uint8Array[] = [];
  for (const line of example.text.trim().split("\n")) {
    const [word, ...rest] = line.split(" ");
    if (word === "source") sources = rest.map(bytesOf);
    if (word === "g") {
      const coefficients = sources.map((_, i) => coefficient(3, i, Number(rest[0])));
      strictEqual(textOf(Uint8Array.from(coefficients)), rest.slice(1).join(" "));
    }
    if (word === "parity") {
      deepStrictEqual(parityBlock(sources, Number(rest[0]), 4), bytesOf(rest[1]!));
    }
  }
  strictEqual(sources.length, 3);
});

Deno.test("rogue gf256: any missing blocks come back from as many parity blocks", () => {
  const prng = new Prng(3);
  for (let round = 0; round < 60; round++) {
    const count = 1 + prng.below(round < 50 ? 64 : 254);
    const blocks = Array.from({ length: count }, () => prng.bytes(8));
    const lost = Math.min(1 + prng.below(12), count, 255 - count);
    const missing = shuffled(count, prng).slice(0, lost);
    const indexes = shuffled(255 - count, prng).slice(0, lost);
    const sums = indexes.map((j) => parityBlock(blocks, j, 8));
    for (const [i, block] of blocks.entries()) {
      if (missing.includes(i)) continue;
      for (const [n, j] of indexes.entries()) {
        addMultiple(sums[n]!, coefficient(count, i, j), block);
      }
    }
    solveInPlace(indexes.map((j) => missing.map((i) => coefficient(count, i, j))), sums);
    for (const [n, i] of missing.entries()) deepStrictEqual(sums[n], blocks[i]);
  }
});

function shuffled(count: number, prng: Prng): number[] {
  const numbers = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const other = prng.below(i + 1);
    [numbers[i], numbers[other]] = [numbers[other]!, numbers[i]!];
  }
  return numbers;
}
