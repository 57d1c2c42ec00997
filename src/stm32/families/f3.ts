import type { FlashGeometry, RamRegion } from "../geometry.ts";
import { ASSUMED, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { equalUnits, KIB, relocatableTable, sram } from "./_parts.ts";

const F303 = {
  core: "Cortex-M4",
  flashStart: 0x08000000,
  eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 30, maxMs: 40 }],
  program: {
    unitBytes: 2,
    hasEcc: false,
    secondProgram: "onlyToZero",
    typicalUs: 53.5,
    maxUs: 60,
  },
  erasedValue: 0xff,
  banks: { count: 1, readWhileWrite: false },
  enduranceCycles: 10_000,
  vectorTable: relocatableTable(82),
  can: "bxCAN",
  sources: {
    ...ASSUMED,
    core: zephyrDts("f3/stm32f3.dtsi"),
    eraseUnits: STM32_DATA,
    eraseMax: zephyrDts("f3/stm32f3.dtsi"),
    programUnit: zephyrDts("f3/stm32f3.dtsi"),
    erasedValue: STM32_DATA,
    banks: STM32_DATA,
    ram: STM32_DATA,
    can: zephyrDts("f3/stm32f3.dtsi"),
  },
} as const;

const F303_LARGE = {
  ...F303,
  ram: [sram(64), ccm(16)],
  vectorTable: relocatableTable(85),
  sources: {
    ...F303.sources,
    vectorTable: zephyrSoc("stm32f3x/Kconfig.defconfig.stm32f303xe"),
  },
} as const;

/** STM32F303 parts: half-words, pages of 2 KiB. */
export const F3_DEVICES: readonly FlashGeometry[] = [
  {
    ...F303,
    part: "STM32F303xB",
    flashSizeBytes: 128 * KIB,
    eraseUnitRuns: equalUnits(2, 128),
    ram: [sram(32), ccm(8)],
  },
  {
    ...F303,
    part: "STM32F303xC",
    flashSizeBytes: 256 * KIB,
    eraseUnitRuns: equalUnits(2, 256),
    ram: [sram(40), ccm(8)],
  },
  {
    ...F303_LARGE,
    part: "STM32F303xD",
    flashSizeBytes: 384 * KIB,
    eraseUnitRuns: equalUnits(2, 384),
  },
  {
    ...F303_LARGE,
    part: "STM32F303xE",
    flashSizeBytes: 512 * KIB,
    eraseUnitRuns: equalUnits(2, 512),
  },
] as const satisfies readonly FlashGeometry[];

function ccm(kib: number): RamRegion {
  return { name: "CCM SRAM", start: 0x10000000, end: 0x10000000 + kib * KIB };
}
