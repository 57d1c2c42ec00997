import type { AddressRange } from "../core/mod.ts";
import type { FlashGeometry } from "./geometry.ts";

/** One page or sector: what an erase takes at once. */
export interface EraseUnit extends AddressRange {
  /** 0-based, counted from the start of flash over both banks. */
  readonly index: number;
  /** 0-based bank. */
  readonly bankIndex: 0 | 1;
}

/**
 * Says where the flash of a part lies.
 *
 * @param geometry The part.
 * @returns Its main flash; with the hole between its banks, if it has one.
 */
export function flashRange(geometry: FlashGeometry): AddressRange {
  const { flashStart, flashSizeBytes } = geometry;
  const hole = flashHole(geometry);
  const holeBytes = hole === undefined ? 0 : hole.end - hole.start;
  return { start: flashStart, end: flashStart + flashSizeBytes + holeBytes };
}

/**
 * Says where there is no flash although there is some before and behind.
 *
 * @param geometry The part.
 * @returns The hole between its banks; `undefined` where they touch, or there is but one.
 */
export function flashHole(
  { flashStart, flashSizeBytes, banks }: FlashGeometry,
): AddressRange | undefined {
  const start = flashStart + flashSizeBytes / 2;
  if (banks.count === 1 || banks.secondStart === undefined) return undefined;
  return banks.secondStart > start ? { start, end: banks.secondStart } : undefined;
}

/**
 * Writes the run-length table of a part out.
 *
 * @param geometry The part.
 * @returns Every erase unit, by address.
 */
export function eraseUnits(geometry: FlashGeometry): readonly EraseUnit[] {
  const bankSizeBytes = geometry.flashSizeBytes / geometry.banks.count;
  const hole = flashHole(geometry);
  const units: EraseUnit[] = [];
  let start = geometry.flashStart;
  for (const { sizeBytes, count } of geometry.eraseUnitRuns) {
    for (let i = 0; i < count; i++) {
      if (start === hole?.start) start = hole.end;
      const bankIndex = start - geometry.flashStart < bankSizeBytes ? 0 : 1;
      units.push({ index: units.length, start, end: start + sizeBytes, bankIndex });
      start += sizeBytes;
    }
  }
  return units;
}

/**
 * Says what must be erased before a range can be written.
 *
 * @param geometry The part.
 * @param range Any addresses.
 * @returns The erase units that have at least one address in `range`, by address.
 */
export function eraseUnitsTouching(
  geometry: FlashGeometry,
  range: AddressRange,
): readonly EraseUnit[] {
  return eraseUnits(geometry).filter((unit) => unit.start < range.end && range.start < unit.end);
}
