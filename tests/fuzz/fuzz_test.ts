import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { FuzzDecoder } from "./decoder.ts";
import { DECODER_NAMES, loadDecoder } from "./decoders.ts";
import { fuzz, inputAt } from "./fuzz.ts";

const INPUTS = 200;
const SEED = 20_261_126;

for (const name of DECODER_NAMES) {
  Deno.test(`fuzz() finds nothing in ${INPUTS} inputs of ${name}`, async () => {
    const decoder = (await loadDecoder(name))!;
    ok(decoder.seeds.every((seed) => decoder.attempt(seed)), "real inputs are taken");
    const { findings, taken } = fuzz(decoder, { seed: SEED, first: 0, count: INPUTS });
    deepStrictEqual(findings.map(({ index, what }) => `${index}: ${what}`), []);
    ok(taken < INPUTS, "some are refused");
  });
}

Deno.test("fuzz() finds what a rare input does, and the same input again by its number", () => {
  const decoder: FuzzDecoder = {
    seeds: [Uint8Array.of(1, 2, 3, 4)],
    words: [Uint8Array.of(0xBA, 0xD0)],
    inputBytesMax: 100,
    attempt: (input) => {
      if (input.length > 20 && input[3] === 0xBA) throw new Error("crash");
      return input.length > 3;
    },
  };
  const { findings, tried, taken } = fuzz(decoder, { seed: 3, first: 0, count: 5000 });
  strictEqual(tried, 5000);
  ok(findings.length > 0 && taken > 1000 && taken < 5000);
  for (const { index, input } of findings) deepStrictEqual(inputAt(decoder, 3, index), input);
});
