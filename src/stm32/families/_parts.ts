import type { EraseUnitRun, RamRegion, VectorTableRule } from "../geometry.ts";

/** Bytes in one KiB. */
export const KIB = 1024;

/**
 * @param kib Size of the one SRAM at 0x20000000, in KiB.
 * @returns It, as a region.
 */
export function sram(kib: number): RamRegion {
  return { name: "SRAM", start: 0x20000000, end: 0x20000000 + kib * KIB };
}

/**
 * @param unitKib Size of each page or sector, in KiB.
 * @param totalKib Size of the flash, in KiB.
 * @returns A table of equal units.
 */
export function equalUnits(unitKib: number, totalKib: number): readonly EraseUnitRun[] {
  return [{ sizeBytes: unitKib * KIB, count: totalKib / unitKib }];
}

/**
 * The table of a core with VTOR, which has no bits for the low part of an address.
 *
 * @param interruptCount How many interrupts the part has, the core's own 16 vectors apart.
 * @param alignmentBytesMin 128, or 256 on Cortex-M0+.
 * @returns Its rule: aligned to a power of two that holds all vectors.
 */
export function relocatableTable(
  interruptCount: number,
  alignmentBytesMin: 128 | 256 = 128,
): VectorTableRule {
  const vectorCount = 16 + interruptCount;
  let alignmentBytes: number = alignmentBytesMin;
  while (alignmentBytes < 4 * vectorCount) alignmentBytes *= 2;
  return { hasVtor: true, vectorCount, alignmentBytes };
}
