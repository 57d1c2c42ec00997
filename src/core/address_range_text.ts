import type { AddressRange } from "./address_range.ts";
import { mendNumbers } from "./meant_number.ts";

/** The form of such a text. */
export const ADDRESS_RANGE_TEXT: RegExp =
  /^(0x[0-9a-f]{1,8}|0|[1-9]\d{0,9})\s*(\.\.|-|\+)\s*(0x[0-9a-f]{1,8}|0|[1-9]\d{0,9})\s*([km]?)(?:i?b)?$/i;
const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 * 1024 };
const ADDRESS_SPACE_END = 2 ** 32;

/** How a range of addresses is written. */
export const ADDRESS_RANGE_RULE =
  "FIRST..LAST or START+SIZE, for example 0x08008000..0x0800FFFF or 0x08008000+32K";

/**
 * Reads a range of addresses as {@linkcode formatRange} prints it, first and last address, or as its
 * start and size.
 *
 * @param text For example `0x08008000..0x0800FFFF`, `0x08008000-0x0800FFFF` or `0x08008000+32K`.
 * @returns The range; `undefined` where the text says none, an empty one, or one beyond 32 bits.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { parseAddressRange } from "./address_range_text.ts";
 *
 * const range = { start: 0x08008000, end: 0x08010000 };
 * deepStrictEqual(parseAddressRange("0x08008000..0x0800FFFF"), range);
 * deepStrictEqual(parseAddressRange("0x08008000+32K"), range);
 * ```
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const match = ADDRESS_RANGE_TEXT.exec(text.trim());
  if (match === null) return undefined;
  const [, first, operator, second, unit] = match;
  if (operator !== "+" && unit !== "") return undefined;
  const start = Number(first);
  const end = operator === "+"
    ? start + Number(second) * UNITS[unit!.toLowerCase()]!
    : Number(second) + 1;
  return start < end && end <= ADDRESS_SPACE_END ? { start, end } : undefined;
}

/**
 * Finds the range that was probably meant, with letters for digits or addresses without `0x`.
 *
 * @param text What was written.
 * @returns The range as it is to be written; `undefined` where none is near, or nothing is wrong.
 */
export function meantAddressRange(text: string): string | undefined {
  const mended = mendNumbers(text);
  return mended !== text && parseAddressRange(mended) !== undefined ? mended : undefined;
}
