import { deepStrictEqual, ok, throws } from "node:assert/strict";
import { cdeDecodeOptions, decode, Tag } from "cbor2";
import { suitExamples } from "../../support/suit_vectors.ts";

const STRICT = { ...cdeDecodeOptions, rejectUndefined: true };

Deno.test("cbor2 accepts the specification's examples as deterministic CBOR", () => {
  for (const { name, bytes } of suitExamples()) {
    const tagged = decode(new Uint8Array(bytes), STRICT);
    ok(tagged instanceof Tag && tagged.tag === 107, name);
  }
});

Deno.test("cbor2 refuses what is not deterministic: it is a strict oracle", () => {
  for (const bytes of ["1800", "A201000100", "A202000100", "9F01FF", "5F4101FF"]) {
    throws(() => decode(Uint8Array.fromHex(bytes), STRICT), bytes);
  }
  deepStrictEqual(decode(Uint8Array.fromHex("A201000200"), STRICT), new Map([[1, 0], [2, 0]]));
});
