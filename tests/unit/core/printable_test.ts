import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import * as fc from "fast-check";
import { jsonText, printable, printableLines, printableValue } from "../../../src/core/mod.ts";

/** Controls, bidirectional and other format characters, separators, halves of characters. */
const HIDDEN = [
  ..."\0\t\n\r\x1b\x7f\x85\x9b\u00AD\u061C\u200B\u200D\u200E\u200F\u2028\u2029\u202A\u202E",
  ..."\u2060\u2066\u2069\uFEFF\uFFF9\u{E0041}",
  "\uD800",
  "\uDC00",
];

Deno.test("printable() shows everything that is to see, and a question mark for the rest", () => {
  for (const sign of HIDDEN) {
    strictEqual(printable(`a${sign}b`), "a?b", sign.codePointAt(0)!.toString(16));
  }
  for (const text of ["", "Grüße 你好 עברית", "€😀|\\\"'<=>"]) strictEqual(printable(text), text);
  strictEqual(printableLines("a\nb\r\x1bc\n"), "a\nb??c\n");
  deepStrictEqual(printableValue({ a: ["\x1b", { b: "\u202E" }], c: 1, d: null }), {
    a: ["?", { b: "?" }],
    c: 1,
    d: null,
  });
});

Deno.test("jsonText() loses nothing, and holds nothing that a terminal obeys", () => {
  const text = fc.array(fc.oneof(fc.constantFrom(...HIDDEN), fc.string({ unit: "binary" })))
    .map((parts) => parts.join(""));
  fc.assert(fc.property(text, (told) => {
    const json = jsonText({ told });
    strictEqual(printable(json), json);
    strictEqual(JSON.parse(json).told, told);
    const shown = printable(told);
    strictEqual(printable(shown), shown);
    ok(shown.isWellFormed());
  }));
});
