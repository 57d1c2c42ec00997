import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  CborFormatError,
  type CborKey,
  CborTag,
  type CborValue,
  checksum,
  CHECKSUM_NAMES,
  decodeCbor,
  decodeCborSequence,
  encodeCbor,
  encodeCborSequence,
} from "../../src/codec/mod.ts";
import { concatBytes } from "../../src/core/mod.ts";

const OPTIONS = { tags: [18, 107], floats: true };

const INTEGERS = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 64n) + 1n, max: 2n ** 64n - 1n }).map(exact),
  fc.constantFrom(23, 24, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, -24, -25, -(2 ** 32)),
);
const TEXTS = fc.string({ unit: "grapheme", maxLength: 80 });

/** Integers as decoding gives them. */
function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const { value: VALUES } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    INTEGERS,
    TEXTS,
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((float) => float === 0 ? 0 : float),
    fc.array(tie("value"), { maxLength: 30 }),
    fc.array(fc.tuple(fc.oneof<fc.Arbitrary<CborKey>[]>(INTEGERS, TEXTS), tie("value")), {
      maxLength: 30,
    }).map((pairs) => new Map(pairs)),
    fc.tuple(fc.constantFrom(...OPTIONS.tags), tie("value"))
      .map(([tag, value]) => new CborTag(tag, value)),
  ),
}));

Deno.test("decodeCbor() gives back what encodeCbor() was given", () => {
  fc.assert(fc.property(VALUES, (value) => {
    deepStrictEqual(decodeCbor(encodeCbor(value, OPTIONS), OPTIONS), value);
  }));
});

Deno.test("encodeCbor() does not depend on the order of map entries", () => {
  const pairs = fc.uniqueArray(fc.tuple(INTEGERS, TEXTS), { selector: ([key]) => key });
  const both = pairs.chain((entries) =>
    fc.tuple(
      fc.constant(entries),
      fc.shuffledSubarray([...entries], { minLength: entries.length }),
    )
  );
  fc.assert(fc.property(both, ([entries, shuffled]) => {
    deepStrictEqual(encodeCbor(new Map(shuffled)), encodeCbor(new Map(entries)));
  }));
});

/** What decoding may do with any bytes; what it takes is the one encoding of a value. */
function checkDecode(bytes: Uint8Array): void {
  let value: CborValue;
  try {
    value = decodeCbor(bytes, OPTIONS);
  } catch (error) {
    if (!(error instanceof CborFormatError)) throw error;
    ok(error.offset >= 0 && error.offset <= bytes.length);
    return;
  }
  deepStrictEqual(encodeCbor(value, OPTIONS), bytes);
}

Deno.test("decodeCbor() gives a value or CborFormatError for any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), checkDecode), { numRuns: 2000 });
});

Deno.test("decodeCbor() gives a value or CborFormatError for damaged items", () => {
  const damaged = fc.tuple(VALUES, fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
    const bytes = encodeCbor(value, OPTIONS);
    bytes[at % bytes.length] = byte;
    return bytes;
  });
  fc.assert(fc.property(damaged, checkDecode), { numRuns: 500 });
});

Deno.test("decodeCborSequence() reads the whole items before any cut", () => {
  const cases = fc.tuple(fc.array(VALUES, { minLength: 1, maxLength: 6 }), fc.nat());
  fc.assert(fc.property(cases, ([values, cutSeed]) => {
    const items = values.map((value) => encodeCbor(value, OPTIONS));
    const whole = encodeCborSequence(values, OPTIONS);
    deepStrictEqual(whole, concatBytes(items));
    const cut = cutSeed % (whole.length + 1);
    const { values: read, endOffset, error } = decodeCborSequence(whole.subarray(0, cut), OPTIONS);
    deepStrictEqual(read, values.slice(0, read.length));
    strictEqual(endOffset, concatBytes(items.slice(0, read.length)).length);
    strictEqual(error === undefined, endOffset === cut);
    if (error !== undefined) strictEqual(error.isTruncated, true);
  }));
});

Deno.test("checksum() tells apart bytes that differ in one bit", () => {
  const cases = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat());
  fc.assert(fc.property(cases, ([bytes, bitSeed]) => {
    const flipped = bytes.slice();
    const bit = bitSeed % (8 * bytes.length);
    flipped[bit >>> 3]! ^= 1 << (bit & 7);
    for (const name of CHECKSUM_NAMES) {
      ok(checksum(name, bytes).some((byte, i) => byte !== checksum(name, flipped)[i]), name);
    }
  }));
});
