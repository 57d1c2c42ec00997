/** A number of a fleet file or of a command line. */
const NUMBER = /^(?:0x[0-9A-Fa-f]{1,8}|[1-9][0-9]{0,9}|0)$/;
/** An address of STM32's flash, as data sheets print it without `0x`. */
const FLASH_ADDRESS = /^08[0-9A-Fa-f]{6}$/;

/**
 * Finds the number that was probably meant: with the letters O and l typed for digits, with marks
 * between its digits, with the `h` of assemblers or another `0x`.
 *
 * @param text What was written; any text.
 * @returns The number as it is to be written; `undefined` where none is near, or nothing is wrong.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { meantNumber } from "./meant_number.ts";
 *
 * strictEqual(meantNumber("0x7EO"), "0x7E0");
 * strictEqual(meantNumber("7E0h"), "0x7E0");
 * strictEqual(meantNumber("500_000"), "500000");
 * strictEqual(meantNumber("0x7E0"), undefined);
 * ```
 */
export function meantNumber(text: string): string | undefined {
  const plain = text.trim().replace(/^\+/, "").replaceAll(/(?<=\w)['_](?=\w)/g, "");
  const [, hexDigits] = /^[0Oo][xX]([0-9A-Za-z]+)$/.exec(plain) ?? /^([0-9]\w*)[hH]$/.exec(plain) ??
    [];
  const [, binary] = /^0[bB]([01]{1,32})$/.exec(plain) ?? [];
  const meant = binary !== undefined
    ? `0x${parseInt(binary, 2).toString(16).toUpperCase()}`
    : hexDigits !== undefined
    ? `0x${digitsOf(hexDigits)}`
    : FLASH_ADDRESS.test(digitsOf(plain))
    ? `0x${digitsOf(plain)}`
    : /\d/.test(plain)
    ? digitsOf(plain)
    : "";
  return meant !== text && NUMBER.test(meant) ? meant : undefined;
}

/** Letters that look like digits. */
function digitsOf(text: string): string {
  return text.replaceAll(/[Oo]/g, "0").replaceAll(/[lI]/g, "1");
}

/**
 * Mends the numbers within a text, as {@linkcode meantNumber} does.
 *
 * @param text The text.
 * @returns It with its numbers as they were probably meant.
 */
export function mendNumbers(text: string): string {
  return text.replaceAll(/[\w']+/g, (word) => meantNumber(word) ?? word);
}
