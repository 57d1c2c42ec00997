import type { AddressRange } from "../core/mod.ts";
import { rangeIntersection } from "../core/mod.ts";

/** What an address is, on STM32 in general. */
export type MemoryAreaKind =
  | "flash"
  | "flash-alias"
  | "option-bytes"
  | "otp"
  | "system-memory"
  | "ram"
  | "external"
  | "peripherals";

/** A stretch of the address space. */
export interface MemoryArea extends AddressRange {
  /** What it is. */
  readonly kind: MemoryAreaKind;
  /** In words, with the lines for which they hold. */
  readonly name: string;
}

function area(start: number, end: number, kind: MemoryAreaKind, name: string): MemoryArea {
  return { start, end, kind, name };
}

/**
 * The address space by what lies there, by address and without a gap. Where lines differ, each is
 * named. The names are for people: nothing is refused or written because of them.
 *
 * Source: as the memory maps of the lines' reference manuals are commonly quoted (RM0090 for F4's option
 * bytes at 0x1FFFC000); not compared with the text of every manual.
 */
const AREAS: readonly MemoryArea[] = [
  area(0x0000_0000, 0x0800_0000, "flash-alias", "alias of the boot memory, or RAM of the core"),
  area(0x0800_0000, 0x08FF_F000, "flash", "flash"),
  area(0x08FF_F000, 0x0900_0000, "otp", "OTP (H5, H7)"),
  area(0x0900_0000, 0x0902_0000, "flash", "data flash (H5)"),
  area(0x0902_0000, 0x0BF8_0000, "flash", "flash"),
  area(0x0BF8_0000, 0x0BFA_0000, "system-memory", "system memory"),
  area(0x0BFA_0000, 0x0BFA_0200, "otp", "OTP (L5, U5)"),
  area(0x0BFA_0200, 0x0C00_0000, "system-memory", "system memory"),
  area(0x0C00_0000, 0x1000_0000, "flash-alias", "secure alias of flash (L5, U5, H5)"),
  area(0x1000_0000, 0x1010_0000, "ram", "RAM (CCM or SRAM2)"),
  area(0x1010_0000, 0x1FF0_7800, "system-memory", "system memory"),
  area(0x1FF0_7800, 0x1FF0_7A10, "otp", "OTP (F72, F73)"),
  area(0x1FF0_7A10, 0x1FF0_F000, "system-memory", "system memory"),
  area(0x1FF0_F000, 0x1FF0_F420, "otp", "OTP (F74 to F77)"),
  area(0x1FF0_F420, 0x1FFE_C000, "system-memory", "system memory"),
  area(0x1FFE_C000, 0x1FFE_C010, "option-bytes", "option bytes (second bank of F42, F43)"),
  area(0x1FFE_C010, 0x1FFF_0000, "system-memory", "system memory"),
  area(0x1FFF_0000, 0x1FFF_0020, "option-bytes", "option bytes (F7), system memory elsewhere"),
  area(0x1FFF_0020, 0x1FFF_7000, "system-memory", "system memory"),
  area(0x1FFF_7000, 0x1FFF_7400, "otp", "OTP (L4, G0, G4, C0), system memory elsewhere"),
  area(0x1FFF_7400, 0x1FFF_7800, "system-memory", "system memory"),
  area(0x1FFF_7800, 0x1FFF_7A10, "option-bytes", "option bytes (L4, G0, G4, C0) or OTP (F2, F4)"),
  area(0x1FFF_7A10, 0x1FFF_8000, "system-memory", "system memory"),
  area(0x1FFF_8000, 0x1FFF_8080, "option-bytes", "option bytes (WB), system memory elsewhere"),
  area(0x1FFF_8080, 0x1FFF_C000, "system-memory", "system memory"),
  area(0x1FFF_C000, 0x1FFF_C010, "option-bytes", "option bytes (F2, F4), system memory elsewhere"),
  area(0x1FFF_C010, 0x1FFF_F800, "system-memory", "system memory"),
  area(
    0x1FFF_F800,
    0x1FFF_F840,
    "option-bytes",
    "option bytes (F0, F1, F3; second bank of L4, G4)",
  ),
  area(0x1FFF_F840, 0x2000_0000, "system-memory", "system memory"),
  area(0x2000_0000, 0x4000_0000, "ram", "RAM"),
  area(0x4000_0000, 0x6000_0000, "peripherals", "peripherals"),
  area(0x6000_0000, 0x7000_0000, "external", "external memory (FMC)"),
  area(0x7000_0000, 0x8000_0000, "external", "external memory (OCTOSPI2 or FMC)"),
  area(0x8000_0000, 0x9000_0000, "external", "external memory (FMC)"),
  area(0x9000_0000, 0xA000_0000, "external", "external memory (QUADSPI, OCTOSPI1)"),
  area(0xA000_0000, 0xC000_0000, "external", "external memory controllers"),
  area(0xC000_0000, 0xE000_0000, "external", "external memory (SDRAM)"),
  area(0xE000_0000, 0x1_0000_0000, "peripherals", "registers of the core"),
];

/**
 * Says what lies at a range of addresses.
 *
 * @param range The range.
 * @returns Its parts by what they are, in order; together they are the range.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { memoryAreas } from "./memory_areas.ts";
 *
 * const [flash, more] = memoryAreas({ start: 0x08000000, end: 0x08000400 });
 * deepStrictEqual([flash?.kind, more], ["flash", undefined]);
 * ```
 */
export function memoryAreas(range: AddressRange): readonly MemoryArea[] {
  return AREAS.flatMap((known) => {
    const common = rangeIntersection(known, range);
    return common === undefined ? [] : [{ ...known, ...common }];
  });
}
