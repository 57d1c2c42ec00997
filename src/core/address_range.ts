import { hex } from "./hex.ts";

/** A half-open range of addresses: `start` belongs to it, `end` does not. */
export interface AddressRange {
  /** First address. */
  readonly start: number;
  /** One past the last address. */
  readonly end: number;
}

/**
 * Measures a range.
 *
 * @param range The range.
 * @returns How many bytes it holds.
 */
export function rangeSizeBytes(range: AddressRange): number {
  return range.end - range.start;
}

/**
 * Tells whether one range lies within another.
 *
 * @param outer The range that should hold the other.
 * @param inner The other.
 * @returns Whether every address of `inner` is in `outer`.
 */
export function rangeContains(outer: AddressRange, inner: AddressRange): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

/**
 * Finds what two ranges have in common.
 *
 * @param left One range.
 * @param right The other.
 * @returns What both have in common; `undefined` when nothing.
 */
export function rangeIntersection(
  left: AddressRange,
  right: AddressRange,
): AddressRange | undefined {
  const start = Math.max(left.start, right.start);
  const end = Math.min(left.end, right.end);
  return start < end ? { start, end } : undefined;
}

/**
 * Joins ranges that overlap or touch.
 *
 * @param ranges The ranges, in any order.
 * @returns The same addresses in as few ranges as can be, by address.
 */
export function joinRanges(ranges: Iterable<AddressRange>): readonly AddressRange[] {
  const joined: AddressRange[] = [];
  for (const { start, end } of [...ranges].sort((left, right) => left.start - right.start)) {
    const last = joined.at(-1);
    if (last === undefined || start > last.end) joined.push({ start, end });
    else joined.splice(-1, 1, { start: last.start, end: Math.max(last.end, end) });
  }
  return joined;
}

/**
 * Takes ranges away from others.
 *
 * @param ranges The ranges.
 * @param taken What is taken away.
 * @returns What is left, in the order of `ranges`.
 */
export function withoutRanges(
  ranges: Iterable<AddressRange>,
  taken: Iterable<AddressRange>,
): readonly AddressRange[] {
  const gone = joinRanges(taken);
  return [...ranges].flatMap((range) => {
    const left: AddressRange[] = [];
    let { start } = range;
    for (const part of gone) {
      const common = rangeIntersection(range, part);
      if (common === undefined) continue;
      if (start < common.start) left.push({ start, end: common.start });
      start = common.end;
    }
    if (start < range.end) left.push({ start, end: range.end });
    return left;
  });
}

/**
 * Formats a range for people.
 *
 * @param range The range.
 * @returns For messages: `0x08004000..0x08004FFF`, its last address included.
 */
export function formatRange(range: AddressRange): string {
  return `${hex(range.start, 8)}..${hex(range.end - 1, 8)}`;
}
