import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  cborDiagnostic,
  CborFormatError,
  type CborKey,
  CborTag,
  type CborValue,
  decodeCbor,
  decodeCborSequence,
  encodeCbor,
  encodeCborSequence,
} from "../../../src/codec/mod.ts";
import { bytesToHex, hexToBytes } from "../../../src/core/mod.ts";

const OPTIONS = { tags: [18, 32], floats: true };

/** RFC 8949, "Examples of Encoded CBOR Data Items": those that the deterministic form has. */
const EXAMPLES: readonly (readonly [CborValue, string])[] = [
  [0, "00"],
  [10, "0A"],
  [23, "17"],
  [24, "1818"],
  [100, "1864"],
  [1000, "1903E8"],
  [1000000, "1A000F4240"],
  [1000000000000, "1B000000E8D4A51000"],
  [18446744073709551615n, "1BFFFFFFFFFFFFFFFF"],
  [-1, "20"],
  [-10, "29"],
  [-100, "3863"],
  [-1000, "3903E7"],
  [1.1, "FB3FF199999999999A"],
  [1.0e300, "FB7E37E43C8800759C"],
  [-4.1, "FBC010666666666666"],
  [false, "F4"],
  [true, "F5"],
  [null, "F6"],
  [hexToBytes(""), "40"],
  [hexToBytes("01020304"), "4401020304"],
  ["", "60"],
  ["IETF", "6449455446"],
  ['"\\', "62225C"],
  ["\u00fc", "62C3BC"],
  ["\u6c34", "63E6B0B4"],
  ["\ud800\udd51", "64F0908591"],
  [[], "80"],
  [[1, [2, 3], [4, 5]], "8301820203820405"],
  [
    Array.from({ length: 25 }, (_, i) => i + 1),
    "98190102030405060708090A0B0C0D0E0F101112131415161718181819",
  ],
  [new Map(), "A0"],
  [new Map([[1, 2], [3, 4]]), "A201020304"],
  [new Map<string, CborValue>([["a", 1], ["b", [2, 3]]]), "A26161016162820203"],
  [["a", new Map([["b", "c"]])], "826161A161626163"],
  [
    new CborTag(32, "http://www.example.com"),
    "D82076687474703A2F2F7777772E6578616D706C652E636F6D",
  ],
];

for (const [value, encoded] of EXAMPLES) {
  Deno.test(`encodeCbor() and decodeCbor() meet RFC 8949's example ${encoded.slice(0, 24)}`, () => {
    strictEqual(bytesToHex(encodeCbor(value, OPTIONS), ""), encoded);
    deepStrictEqual(decodeCbor(hexToBytes(encoded), OPTIONS), value);
  });
}

Deno.test("encodeCbor() sorts keys as RFC 8949's example of bytewise order", () => {
  const keys = ["aa", "z", -1, 100, 10];
  const encoded = encodeCbor(new Map(keys.map((key) => [key, null])));
  strictEqual(bytesToHex(encoded, ""), "A5" + "0AF6" + "1864F6" + "20F6" + "617AF6" + "626161F6");
  deepStrictEqual([...(decodeCbor(encoded) as Map<string, null>).keys()], [10, 100, -1, "z", "aa"]);
});

Deno.test("encodeCbor() sorts texts by their UTF-8 bytes, negative integers downwards", () => {
  const keys = ["\uffff", "\ud800\udc00", "\u00e9", "zz", -500, -2, 2n ** 40n];
  const encoded = encodeCbor(new Map(keys.map((key) => [key, 0])));
  deepStrictEqual(
    [...(decodeCbor(encoded) as Map<string, null>).keys()],
    [2 ** 40, -2, -500, "zz", "\u00e9", "\uffff", "\ud800\udc00"],
  );
});

Deno.test("encodeCbor() writes equal integers alike, as number or bigint", () => {
  for (const n of [0, 255, 2 ** 32 - 1, 2 ** 32, -(2 ** 32), -(2 ** 32) - 1, -(2 ** 53) + 1]) {
    deepStrictEqual(encodeCbor(n), encodeCbor(BigInt(n)), String(n));
    strictEqual(decodeCbor(encodeCbor(n)), n);
  }
  strictEqual(bytesToHex(encodeCbor(-(2 ** 32) - 1), ""), "3B0000000100000000");
});

Deno.test("encodeCbor() takes plain objects, leaves out what is undefined, copies bytes", () => {
  const record = { b: undefined, a: new Uint8Array(8).subarray(2, 4) };
  strictEqual(bytesToHex(encodeCbor(record), ""), "A16161420000");
  const bytes = encodeCbor([1]);
  strictEqual(bytes.buffer.byteLength, 2);
});

Deno.test("encodeCbor() refuses what has no form", () => {
  for (const value of [undefined, () => 1, Symbol("s"), new Date(0), new Map([[[1], 1]]), [,]]) {
    throws(() => encodeCbor(value), TypeError);
  }
  const tooDeep: unknown[] = [];
  tooDeep.push(tooDeep);
  for (
    const value of [
      1.5,
      NaN,
      2 ** 53,
      2n ** 64n,
      -(2n ** 64n),
      "\ud800",
      new CborTag(1, 0),
      new Map<number | bigint, number>([[1, 0], [1n, 0]]),
      tooDeep,
    ]
  ) throws(() => encodeCbor(value), RangeError);
  throws(() => encodeCbor(Infinity, { floats: true }), RangeError);
  throws(() => encodeCbor(new Map([[1.5, 0]]), { floats: true }), RangeError);
});

/** Well-formed or not: none of these is what `encodeCbor` writes. */
const REFUSED: readonly (readonly [string, string, string])[] = [
  ["", "nothing", "Cannot decode CBOR at byte 0: the bytes end within an item"],
  ["1817", "a long integer", "Cannot decode CBOR at byte 0: 23 in 1 bytes, expected fewer"],
  ["1900FF", "a long integer", "Cannot decode CBOR at byte 0: 255 in 2 bytes, expected fewer"],
  [
    "1A0000FFFF",
    "a long integer",
    "Cannot decode CBOR at byte 0: 65535 in 4 bytes, expected fewer",
  ],
  [
    "1B00000000FFFFFFFF",
    "a long integer",
    "Cannot decode CBOR at byte 0: 4294967295 in 8 bytes, expected fewer",
  ],
  ["780161", "a long length", "Cannot decode CBOR at byte 0: 1 in 1 bytes, expected fewer"],
  ["1903", "a cut integer", "Cannot decode CBOR at byte 2: the bytes end within an item"],
  ["430102", "cut bytes", "Cannot decode CBOR at byte 3: the bytes end within an item"],
  ["5B7FFFFFFFFFFFFFFF00", "a lie", "Cannot decode CBOR at byte 10: the bytes end within an item"],
  ["9AFFFFFFFF00", "a lie", "Cannot decode CBOR at byte 6: the bytes end within an item"],
  ["A101", "half a pair", "Cannot decode CBOR at byte 2: the bytes end within an item"],
  [
    "5F42010243030405FF",
    "bytes in chunks",
    "Cannot decode CBOR at byte 0: indefinite or reserved length",
  ],
  ["9FFF", "an endless array", "Cannot decode CBOR at byte 0: indefinite or reserved length"],
  ["FF", "a lone break", "Cannot decode CBOR at byte 0: initial byte 0xff is not allowed here"],
  ["F7", "undefined", "Cannot decode CBOR at byte 0: initial byte 0xf7 is not allowed here"],
  ["F90000", "a half float", "Cannot decode CBOR at byte 0: initial byte 0xf9 is not allowed here"],
  ["FA47C35000", "a float", "Cannot decode CBOR at byte 0: initial byte 0xfa is not allowed here"],
  [
    "FB3FF0000000000000",
    "the float 1",
    "Cannot decode CBOR at byte 0: float 1, expected a finite number, no integer",
  ],
  [
    "FB7FF8000000000000",
    "NaN",
    "Cannot decode CBOR at byte 0: float NaN, expected a finite number, no integer",
  ],
  ["FB3FF0", "a cut float", "Cannot decode CBOR at byte 3: the bytes end within an item"],
  ["3BFFFFFFFFFFFFFFFF", "-2^64", "Cannot decode CBOR at byte 0: integer -2^64, expected more"],
  ["61FF", "no UTF-8", "Cannot decode CBOR at byte 0: text that is not UTF-8"],
  ["A201000100", "a key twice", "Cannot decode CBOR at byte 3: map key that occurs twice"],
  ["A202000100", "keys out of order", "Cannot decode CBOR at byte 3: map keys out of order"],
  [
    "A1F400",
    "a key of another type",
    "Cannot decode CBOR at byte 1: map key that is neither integer nor text",
  ],
  ["C100", "a tag", "Cannot decode CBOR at byte 0: tag 1 is not allowed here"],
  ["0000", "more behind it", "Cannot decode CBOR at byte 1: the item should end here"],
  ["81".repeat(33) + "00", "deep nesting", "Cannot decode CBOR at byte 32: nested deeper than 32"],
];

for (const [encoded, what, message] of REFUSED) {
  Deno.test(`decodeCbor() refuses ${what}: ${encoded.slice(0, 20)}`, () => {
    throws(() => decodeCbor(hexToBytes(encoded), OPTIONS), { name: "CborFormatError", message });
  });
}

Deno.test("decodeCbor() refuses floats unless asked", () => {
  throws(() => decodeCbor(hexToBytes("FB3FF199999999999A")), CborFormatError);
});

Deno.test("decodeCbor() calls a tag that cbor-x interprets the caller's mistake", () => {
  throws(() => decodeCbor(hexToBytes("C100"), { tags: [1] }), TypeError);
});

Deno.test("decodeCborSequence() reads whole items and tells where a torn tail begins", () => {
  const whole = encodeCborSequence([{ a: 1 }, [2], "three"]);
  deepStrictEqual(decodeCborSequence(whole), {
    values: [new Map([["a", 1]]), [2], "three"],
    endOffset: whole.length,
    error: undefined,
  });
  const torn = decodeCborSequence(whole.subarray(0, whole.length - 1));
  deepStrictEqual(torn.values, [new Map([["a", 1]]), [2]]);
  strictEqual(torn.endOffset, whole.length - 6);
  strictEqual(torn.error?.isTruncated, true);
});

Deno.test("decodeCborSequence() tells a wrong item from a cut one", () => {
  const { values, endOffset, error } = decodeCborSequence(hexToBytes("01 02 FF 03"));
  deepStrictEqual(values, [1, 2]);
  strictEqual(endOffset, 2);
  strictEqual(error?.isTruncated, false);
});

Deno.test("encodeCbor() sorts array keys behind texts, by their bytes, where they are allowed", () => {
  const options = { arrayKeys: true };
  const map = new Map<CborKey, number>([[["b"], 1], [[], 2], ["z", 3], [1, 4], [["a"], 5]]);
  const encoded = encodeCbor(map, options);
  strictEqual(bytesToHex(encoded, ""), "A50104617A0380028161610581616201");
  deepStrictEqual(
    [...(decodeCbor(encoded, options) as ReadonlyMap<CborKey, number>).keys()],
    [1, "z", [], ["a"], ["b"]],
  );
  throws(() => decodeCbor(encoded), CborFormatError);
  throws(() => encodeCbor(map), TypeError);
  throws(() => encodeCbor(new Map([[["a"], 1], [["a"], 2]]), options), RangeError);
  throws(() => decodeCbor(hexToBytes("A280018002"), options), CborFormatError);
});

Deno.test("decodeCbor() takes 2^20 items in one and not one more: a byte each would fill memory", () => {
  const itemCount = 1 << 20;
  const bytes = new Uint8Array(5 + itemCount).fill(0x80);
  bytes.set(hexToBytes("9A 00 10 00 00"));
  throws(() => decodeCbor(bytes), { code: "CBOR_FORMAT", message: /more than 1048576 items/ });
  bytes.set(hexToBytes("9A 00 0F FF FF"));
  strictEqual((decodeCbor(bytes.subarray(0, -1)) as unknown[]).length, itemCount - 1);
});

Deno.test("cborDiagnostic() escapes what a terminal may obey", () => {
  const text = 'a"\n\u001b[2J\u009b2J\u202e\u200b\u2028\u{E0001}\u00e4';
  const shown = cborDiagnostic(text);
  strictEqual(
    shown,
    '"a\\"\\n\\u001b[2J\\u009b2J\\u202e\\u200b\\u2028\\udb40\\udc01\u00e4"',
  );
  strictEqual(JSON.parse(shown), text);
});
