import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { decodeKeys, scroll, type ScrollKey } from "../../../src/report/mod.ts";

/** What is typed by which keys. */
const TYPED: readonly (readonly [string, readonly ScrollKey[]])[] = [
  ["\x1b[A\x1bOAk", ["up", "up", "up"]],
  ["\x1b[B\x1bOBj", ["down", "down", "down"]],
  ["\x1b[5~\x1b[6~", ["pageUp", "pageDown"]],
  ["\x1b[H\x1bOH\x1b[1~\x1b[7~g", ["home", "home", "home", "home", "home"]],
  ["\x1b[F\x1bOF\x1b[4~\x1b[8~G", ["end", "end", "end", "end", "end"]],
  // Delete, Ctrl-Right, F1, Alt-j, F5, letters, signs of other writing, a paste's brackets.
  ["\x1b[3~\x1b[1;5C\x1bOP\x1bj\x1b[15~qJ\u00e4\x1b[200~", []],
  // A sequence that is none does not take the next one with it.
  ["\x1b[\x1b[A\x1b[0000000000000000000\x1b\x1b[B", ["up", "down"]],
];

Deno.test("decodeKeys() knows the keys that scroll as terminals send them, and no others", () => {
  for (const [typed, keys] of TYPED) {
    deepStrictEqual(decodeKeys(typed), { keys, rest: "" }, JSON.stringify(typed));
  }
});

Deno.test("decodeKeys() finds the same keys wherever reads break them", () => {
  const all = TYPED.map(([typed]) => typed).join("");
  const keys = TYPED.flatMap(([, keys]) => keys);
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 9 })), (lengths) => {
    const found: ScrollKey[] = [];
    let rest = "";
    let at = 0;
    for (const length of [...lengths, all.length]) {
      const decoded = decodeKeys(rest + all.slice(at, at + length));
      found.push(...decoded.keys);
      rest = decoded.rest;
      at += length;
    }
    deepStrictEqual(found, keys);
    strictEqual(rest, "");
  }));
});

Deno.test("scroll() stays between the first row and the last", () => {
  const range = { pageRows: 10, endRows: 25 };
  const cases: readonly (readonly [number, ScrollKey, number])[] = [
    [0, "up", 0],
    [0, "down", 1],
    [25, "down", 25],
    [3, "pageUp", 0],
    [3, "pageDown", 13],
    [20, "pageDown", 25],
    [20, "home", 0],
    [0, "end", 25],
    [40, "up", 25],
  ];
  for (const [rows, key, after] of cases) strictEqual(scroll(rows, key, range), after, key);
});
