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
 * Formats a range for people.
 *
 * @param range The range.
 * @returns For messages: `0x08004000..0x08004FFF`, its last address included.
 */
export function formatRange(range: AddressRange): string {
  return `${hex(range.start, 8)}..${hex(range.end - 1, 8)}`;
}
