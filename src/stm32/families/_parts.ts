import type { EraseUnitRun, FlashGeometry, RamRegion, VectorTableRule } from "../geometry.ts";
import { type Figure, zephyrSoc } from "../sources.ts";

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

/** What the parts of a line share in one bank mode: all but name, flash size and erase units. */
export interface LineBase extends Omit<FlashGeometry, "part" | "flashSizeBytes" | "eraseUnitRuns"> {
  /** Erase units of a part with that much flash, in KiB. */
  readonly unitsOf: (totalKib: number) => readonly EraseUnitRun[];
}

/** KiB of flash by the size letter of ST's part numbers. */
const KIB_OF_SIZE: Readonly<Record<string, number>> = {
  4: 16,
  6: 32,
  8: 64,
  B: 128,
  C: 256,
  D: 384,
  E: 512,
  F: 768,
  G: 1024,
  H: 1536,
  I: 2048,
  J: 4096,
};

/**
 * @param lines Lines that differ in nothing that counts here: `F405 F407`.
 * @param sizes Their size letters, smallest first: `EG`.
 * @param modes What they share, by bank mode, the one that they are shipped in first.
 * @returns A row for each line, size and mode, in this order.
 */
export function rows(
  lines: string,
  sizes: string,
  ...modes: readonly LineBase[]
): readonly FlashGeometry[] {
  return lines.split(" ").flatMap((line) =>
    [...sizes].flatMap((size) =>
      modes.map(({ unitsOf, ...base }): FlashGeometry => {
        const totalKib = KIB_OF_SIZE[size]!;
        return {
          ...base,
          part: `STM32${line}x${size}`,
          flashSizeBytes: totalKib * KIB,
          eraseUnitRuns: unitsOf(totalKib),
        };
      })
    )
  );
}

/**
 * @param base Figures of a line whose documents were read.
 * @param figures Those of which nothing was read for other lines of the same silicon.
 * @returns The same for these lines: the figures are assumed.
 */
export function unread(base: LineBase, ...figures: readonly Figure[]): LineBase {
  const assumed = Object.fromEntries(figures.map((figure) => [figure, "assumed" as const]));
  return { ...base, sources: { ...base.sources, ...assumed } };
}

/**
 * @param base Figures of a line.
 * @param file Path below `soc/st/stm32/stm32` of what has the number of interrupts of another line.
 * @returns The same for that line.
 */
export function interruptsOf(base: LineBase, file: string): LineBase {
  const vectorTable = zephyrSoc(`stm32${file}`);
  return { ...base, sources: { ...base.sources, vectorTable } };
}

/**
 * @param unitKib Size of each page or sector, in KiB.
 * @returns Tables of equal units.
 */
export function pages(unitKib: number): LineBase["unitsOf"] {
  return (totalKib) => equalUnits(unitKib, totalKib);
}

/**
 * Sectors of F2, F4 and F7: four small ones, one of four times that, the rest of eight times that,
 * as far as the flash goes.
 *
 * @param smallKib Size of the first sectors, in KiB.
 * @param bankCount How many banks of equal size are laid out so.
 * @returns Tables of such sectors.
 */
export function sectors(smallKib: number, bankCount: 1 | 2 = 1): LineBase["unitsOf"] {
  return (totalKib) => {
    let restKib = totalKib / bankCount;
    const runs: EraseUnitRun[] = [];
    for (const [factor, countMax] of [[1, 4], [4, 1], [8, Infinity]] as const) {
      const unitKib = smallKib * factor;
      const count = Math.min(countMax, restKib / unitKib);
      if (count > 0) runs.push({ sizeBytes: unitKib * KIB, count });
      restKib -= unitKib * count;
    }
    return bankCount === 1 ? runs : [...runs, ...runs];
  };
}
