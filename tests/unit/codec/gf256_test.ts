import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { hexToBytes, Prng } from "../../../src/core/mod.ts";
import { gf256Divide, gf256Multiply, Gf256Parity, gf256Power } from "../../../src/codec/mod.ts";
import vectors from "../../vectors/group/gf256.json" with { type: "json" };

Deno.test("gf256Multiply() and gf256Divide() give what galois gives", () => {
  for (const [left, right, product, quotient] of vectors.products) {
    strictEqual(gf256Multiply(left!, right!), product);
    strictEqual(gf256Divide(left!, right!), quotient);
  }
});

Deno.test("gf256Divide() refuses to divide by 0", () => {
  throws(() => gf256Divide(7, 0), RangeError);
});

Deno.test("gf256Power() runs through every element but 0", () => {
  const elements = new Set(Array.from({ length: 255 }, (_, i) => gf256Power(i)));
  strictEqual(elements.size, 255);
  strictEqual(elements.has(0), false);
  strictEqual(gf256Power(255), 1);
});

for (const { k, firstColumn, source, parity } of vectors.codes) {
  Deno.test(`Gf256Parity() of ${k} blocks makes the parity of RFC 5510's matrix`, () => {
    const code = new Gf256Parity(k);
    const blocks = source.map((block) => hexToBytes(block));
    deepStrictEqual([...code.factors(0)], firstColumn);
    const made = parity.map((_, index) => code.encode(index, blocks, blocks[0]!.length));
    deepStrictEqual(made, parity.map((block) => hexToBytes(block)));
  });
}

Deno.test("Gf256Parity() restores any missing blocks from any parity blocks", () => {
  const cases = fc.record({
    k: fc.integer({ min: 1, max: 40 }),
    seed: fc.integer(),
    lastBytes: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(fc.property(cases, ({ k, seed, lastBytes }) => {
    const prng = new Prng(seed);
    const code = new Gf256Parity(k);
    const blocks = Array.from({ length: k }, (_, i) => prng.bytes(i === k - 1 ? lastBytes : 9));
    const missing = blocks.map((_, i) => i).filter(() => prng.chance(0.3));
    const indexes = new Set<number>();
    while (indexes.size < missing.length) indexes.add(prng.below(code.parityBlocksMax));
    const parity = [...indexes].map((index) => ({ index, data: code.encode(index, blocks, 9) }));
    const restored = code.restore(missing, parity, (i) => {
      strictEqual(missing.includes(i), false);
      return blocks[i]!;
    });
    for (const [row, i] of missing.entries()) {
      const { length } = blocks[i]!;
      deepStrictEqual(restored[row]!.subarray(0, length), blocks[i]);
    }
  }));
});

Deno.test("Gf256Parity() refuses sizes and indexes that RFC 5510's code has not", () => {
  for (const k of [0, 255, 1.5]) throws(() => new Gf256Parity(k), RangeError);
  const code = new Gf256Parity(64);
  strictEqual(code.parityBlocksMax, 191);
  for (const index of [-1, 191]) throws(() => code.factors(index), RangeError);
  throws(() => code.restore([1, 2], [], () => new Uint8Array(1)), RangeError);
});
