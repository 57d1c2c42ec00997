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
 * @returns Its main flash.
 */
export function flashRange(geometry: FlashGeometry): AddressRange {
  return { start: geometry.flashStart, end: geometry.flashStart + geometry.flashSizeBytes };
}

/**
 * Writes the run-length table of a part out.
 *
 * @param geometry The part.
 * @returns Every erase unit, by address.
 */
export function eraseUnits(geometry: FlashGeometry): readonly EraseUnit[] {
  const bankSizeBytes = geometry.flashSizeBytes / geometry.banks.count;
  const units: EraseUnit[] = [];
  let start = geometry.flashStart;
  for (const { sizeBytes, count } of geometry.eraseUnitRuns) {
    for (let i = 0; i < count; i++) {
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
