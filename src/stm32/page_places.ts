import type { AddressRange } from "../core/mod.ts";
import { type EraseUnit, eraseUnits } from "./erase_units.ts";
import type { FlashGeometry } from "./geometry.ts";

/** How a bootloader names places in its memory, where it is not by address. */
export interface PlaceRule {
  /** The address that offset 0 and page 0 stand for. */
  readonly base: number;
  /** How long a page is, in bytes; by default pages are the part's erase units. */
  readonly pageBytes?: number;
}

/** A range as a bootloader may name it. */
export interface Places {
  /** How far behind the base it begins, in bytes; negative before it. */
  readonly offset: number;
  /** The page that it begins with; absent where it begins within one. */
  readonly page?: number;
  /** How many pages it reaches into; absent where its first page is. */
  readonly pages?: number;
}

/**
 * Names a range by what lies between it and a base.
 *
 * @param range The range, of one byte at least.
 * @param rule What is counted, and from where.
 * @param geometry The part.
 * @returns Its offset, and its pages where it begins with one.
 *
 * @example The second page of 2 KiB
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { findDevice, placesOf } from "./mod.ts";
 *
 * const range = { start: 0x0800_8800, end: 0x0800_9001 };
 * deepStrictEqual(placesOf(range, { base: 0x0800_8000 }, findDevice("STM32G474RE")), {
 *   offset: 0x800,
 *   page: 1,
 *   pages: 2,
 * });
 * ```
 */
export function placesOf(range: AddressRange, rule: PlaceRule, geometry: FlashGeometry): Places {
  const { base, pageBytes } = rule;
  const offset = range.start - base;
  if (pageBytes !== undefined) {
    if (offset % pageBytes !== 0) return { offset };
    const pages = Math.ceil((range.end - range.start) / pageBytes);
    return { offset, page: offset / pageBytes, pages };
  }
  const units = eraseUnits(geometry);
  const first = units.find(({ start }) => start === range.start);
  const last = units.find((unit) => unit.start < range.end && range.end <= unit.end);
  const zero = unitAt(units, base);
  if (first === undefined || last === undefined || zero === undefined) return { offset };
  return { offset, page: first.index - zero.index, pages: last.index - first.index + 1 };
}

/**
 * Finds where pages lie: the bootloader's side of {@linkcode placesOf}.
 *
 * @param named The first page, and how many.
 * @param rule What is counted, and from where.
 * @param geometry The part.
 * @returns The range; `undefined` where the part has no such pages.
 */
export function rangeOfPages(
  { page, pages }: { readonly page: number; readonly pages: number },
  { base, pageBytes }: PlaceRule,
  geometry: FlashGeometry,
): AddressRange | undefined {
  if (pageBytes !== undefined) {
    const start = base + page * pageBytes;
    return { start, end: start + pages * pageBytes };
  }
  const units = eraseUnits(geometry);
  const zero = unitAt(units, base);
  const first = zero && units[zero.index + page];
  const last = zero && units[zero.index + page + pages - 1];
  return first && last && { start: first.start, end: last.end };
}

function unitAt(units: readonly EraseUnit[], address: number): EraseUnit | undefined {
  return units.find(({ start, end }) => start <= address && address < end);
}
