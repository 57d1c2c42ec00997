import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  evaluateNumber,
  fillIndex,
  NUMBER_EXPRESSION,
} from "../../src/fleet/_number_expression.ts";

const factor = fc.oneof(
  fc.integer({ min: 0, max: 0xFFFF }).map((n) => [`0x${n.toString(16)}`, n] as const),
  fc.integer({ min: 0, max: 9999 }).map((n) => [`${n}`, n] as const),
  fc.constant(["{i}", undefined] as const),
);
const sum = fc.array(fc.array(factor, { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 4,
});

Deno.test("evaluateNumber() gives what sums of products are", () => {
  fc.assert(fc.property(sum, fc.nat(127), fc.constantFrom("", " ", "  "), (terms, i, space) => {
    const text = terms.map((term) => term.map(([word]) => word).join(`${space}*${space}`))
      .join(`${space}+${space}`);
    const expected = terms.reduce(
      (all, term) => all + term.reduce((product, [, n]) => product * (n ?? i), 1),
      0,
    );
    ok(NUMBER_EXPRESSION.test(text), text);
    strictEqual(evaluateNumber(text, i), expected);
  }));
});

Deno.test("NUMBER_EXPRESSION tells any text in bounded time, and what it takes is a number", () => {
  const pieces = fc.array(
    fc.constantFrom("0x", "1", "f", "{i}", "{", "+", "*", " ", "\n", "-", "99"),
    { maxLength: 200 },
  ).map((words) => words.join(""));
  fc.assert(fc.property(fc.oneof(pieces, fc.string()), (text) => {
    if (NUMBER_EXPRESSION.test(text)) ok(Number.isFinite(evaluateNumber(text, 3)), text);
    fillIndex(text, 3);
  }));
  ok(!NUMBER_EXPRESSION.test(`${"1 * ".repeat(50_000)}!`), "no backtracking without end");
});
