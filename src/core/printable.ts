/**
 * What a terminal obeys, or what shows a text otherwise than it is: controls, characters of format
 * (bidirectional ones among them), separators of lines, lone surrogates.
 *
 * Source: Unicode Standard 17.0, general categories Cc, Cf, Zl, Zp and Cs.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Makes a text from outside safe to show, on one line: it may come from a node, a file, another
 * process, and hold anything.
 *
 * @param text The text.
 * @returns The text with `?` for each character that is none to see.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { printable } from "./printable.ts";
 *
 * strictEqual(printable("a\x1b[2J\u202Eb"), "a?[2J?b");
 * ```
 */
export function printable(text: string): string {
  return text.replace(HIDDEN, "?");
}

/**
 * Makes a text of several lines safe to show; what it quotes must be on one line already.
 *
 * @param text The text.
 * @returns The text with `?` for each character that is none to see, line feeds kept.
 */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/**
 * Makes all texts of a record safe to show, on one line each.
 *
 * @param value A value as JSON has it.
 * @returns The same with other texts.
 */
export function printableValue<Value>(value: Value): Value {
  if (typeof value === "string") return printable(value) as Value;
  if (Array.isArray(value)) return value.map(printableValue) as Value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, printableValue(one)]),
  ) as Value;
}

/**
 * Writes a value as JSON that a terminal shows as it is: what is none to see is escaped, so that
 * whoever parses it gets all of it.
 *
 * @param value The value.
 * @returns One line of JSON, without its end.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(
    HIDDEN,
    (sign) => [...Array(sign.length).keys()].map((i) => escaped(sign.charCodeAt(i))).join(""),
  );
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}
