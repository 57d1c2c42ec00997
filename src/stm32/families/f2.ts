import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { KIB, type LineBase, relocatableTable, rows, sectors, sram } from "./_parts.ts";

/** Typical times at x32 parallelism, longest at x8. */
const F207: LineBase = {
  core: "Cortex-M3",
  flashStart: 0x08000000,
  eraseTimes: [
    { sizeBytes: 16 * KIB, typicalMs: 250, maxMs: 1000 },
    { sizeBytes: 64 * KIB, typicalMs: 550, maxMs: 2400 },
    { sizeBytes: 128 * KIB, typicalMs: 1000, maxMs: 4000 },
  ],
  program: { unitBytes: 4, hasEcc: false, secondProgram: "clearBits", typicalUs: 16, maxUs: 100 },
  erasedValue: 0xff,
  banks: { count: 1, readWhileWrite: false },
  enduranceCycles: 10_000,
  ram: [sram(128)],
  vectorTable: relocatableTable(81),
  can: "bxCAN",
  unitsOf: sectors(16),
  sources: {
    ...ASSUMED,
    core: zephyrDts("f2/stm32f2.dtsi"),
    eraseUnits: STM32_DATA,
    programUnit: STM32_DATA,
    erasedValue: STM32_DATA,
    banks: STM32_DATA,
    ram: STM32_DATA,
    vectorTable: zephyrSoc("stm32f2x/Kconfig.defconfig.stm32f207xx"),
  },
};

/** The small F205 parts have less of SRAM1; SRAM2 stays at 0x2001C000. */
function small(kib: number): LineBase {
  return {
    ...F207,
    ram: [
      { name: "SRAM1", start: 0x20000000, end: 0x20000000 + kib * KIB },
      { name: "SRAM2", start: 0x2001c000, end: 0x20020000 },
    ],
  };
}

/** STM32F2 parts: sectors of 16, 64 and 128 KiB; bits may be cleared one by one. */
export const F2_DEVICES: readonly FlashGeometry[] = [
  ...rows("F205", "B", small(48)),
  ...rows("F205", "C", small(80)),
  ...rows("F205", "EFG", F207),
  ...rows("F207", "CEFG", F207),
  ...rows("F215 F217", "EG", F207),
];
