/** A number that may depend on a node's place in its range. */
export type NumberText = number | string;

const FACTOR = String.raw`(?:0x[0-9A-Fa-f]{1,8}|[0-9]{1,10}|\{i\})`;
const TERM = String.raw`${FACTOR}(?:\s*\*\s*${FACTOR})*`;

/** Sums of products of numbers and `{i}`: `0x200 + 2 * {i}`. */
export const NUMBER_EXPRESSION = new RegExp(String.raw`^\s*${TERM}(?:\s*\+\s*${TERM})*\s*$`);

/**
 * Works a number out.
 *
 * @param text A number, or an expression that fits {@linkcode NUMBER_EXPRESSION}.
 * @param i What `{i}` stands for.
 * @returns The number; too large ones lose precision, so the result must be compared with a bound.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { evaluateNumber } from "./_number_expression.ts";
 *
 * strictEqual(evaluateNumber("0x200 + 2 * {i}", 3), 0x206);
 * ```
 */
export function evaluateNumber(text: NumberText, i: number): number {
  if (typeof text === "number") return text;
  let sum = 0;
  for (const term of text.split("+")) {
    let product = 1;
    for (const factor of term.split("*")) {
      const word = factor.trim();
      product *= word === "{i}" ? i : Number(word);
    }
    sum += product;
  }
  return sum;
}

/**
 * Fills `{i}` and `{i:2}` (with leading zeros) into a text.
 *
 * @param text The text.
 * @param i What `{i}` stands for.
 * @returns The text with numbers.
 */
export function fillIndex(text: string, i: number): string {
  return text.replaceAll(
    /\{i(?::([1-9]))?\}/g,
    (_, digits: string | undefined) => String(i).padStart(Number(digits ?? 1), "0"),
  );
}
