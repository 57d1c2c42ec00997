import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { equalUnits, KIB, relocatableTable, sram } from "./_parts.ts";

const DS5319 = {
  read: 'text of the ST datasheet, table 28 "Flash memory characteristics"',
  document: "DS5319 (STM32F103x8, STM32F103xB)",
} as const;

const DS5319_ENDURANCE = {
  read: "flash timing contract of a public STM32F103 project, quoting the datasheet",
  document: "DS5319 (STM32F103x8, STM32F103xB)",
} as const;

const F1 = {
  core: "Cortex-M3",
  flashStart: 0x08000000,
  program: {
    unitBytes: 2,
    hasEcc: false,
    secondProgram: "onlyToZero",
    typicalUs: 52.5,
    maxUs: 70,
  },
  erasedValue: 0xff,
  banks: { count: 1, readWhileWrite: false },
  enduranceCycles: 10_000,
  can: "bxCAN",
} as const;

const SOURCES = {
  ...ASSUMED,
  core: zephyrDts("f1/stm32f1.dtsi"),
  eraseUnits: STM32_DATA,
  eraseMax: zephyrDts("f1/stm32f1.dtsi"),
  programUnit: zephyrDts("f1/stm32f1.dtsi"),
  erasedValue: STM32_DATA,
  banks: STM32_DATA,
  ram: STM32_DATA,
} as const;

/** 1 KiB pages: the datasheet has 20 ms at least and 40 ms at most, but no typical time. */
const MEDIUM_DENSITY = {
  ...F1,
  eraseTimes: [{ sizeBytes: 1 * KIB, typicalMs: 30, maxMs: 40 }],
  vectorTable: relocatableTable(43),
  sources: {
    ...SOURCES,
    eraseMax: DS5319,
    programTypical: DS5319,
    programMax: DS5319,
    enduranceCycles: DS5319_ENDURANCE,
  },
} as const;

const HIGH_DENSITY = {
  ...F1,
  eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 30, maxMs: 40 }],
  vectorTable: relocatableTable(60),
  sources: SOURCES,
} as const;

const CONNECTIVITY = {
  ...HIGH_DENSITY,
  ram: [sram(64)],
  vectorTable: relocatableTable(68),
  sources: {
    ...SOURCES,
    eraseUnits: zephyrDts("f1/stm32f105.dtsi"),
    vectorTable: zephyrSoc("stm32f1x/Kconfig.defconfig.stm32f105xx"),
    can: zephyrDts("f1/stm32f105.dtsi"),
  },
} as const;

/** STM32F1 parts with CAN: half-words; pages of 1 KiB up to 128 KiB of flash, else of 2 KiB. */
export const F1_DEVICES: readonly FlashGeometry[] = [
  {
    ...MEDIUM_DENSITY,
    part: "STM32F103x8",
    flashSizeBytes: 64 * KIB,
    eraseUnitRuns: equalUnits(1, 64),
    ram: [sram(20)],
  },
  {
    ...MEDIUM_DENSITY,
    part: "STM32F103xB",
    flashSizeBytes: 128 * KIB,
    eraseUnitRuns: equalUnits(1, 128),
    ram: [sram(20)],
  },
  {
    ...HIGH_DENSITY,
    part: "STM32F103xC",
    flashSizeBytes: 256 * KIB,
    eraseUnitRuns: equalUnits(2, 256),
    ram: [sram(48)],
  },
  {
    ...HIGH_DENSITY,
    part: "STM32F103xD",
    flashSizeBytes: 384 * KIB,
    eraseUnitRuns: equalUnits(2, 384),
    ram: [sram(64)],
  },
  {
    ...HIGH_DENSITY,
    part: "STM32F103xE",
    flashSizeBytes: 512 * KIB,
    eraseUnitRuns: equalUnits(2, 512),
    ram: [sram(64)],
  },
  {
    ...CONNECTIVITY,
    part: "STM32F105x8",
    flashSizeBytes: 64 * KIB,
    eraseUnitRuns: equalUnits(2, 64),
  },
  {
    ...CONNECTIVITY,
    part: "STM32F105xB",
    flashSizeBytes: 128 * KIB,
    eraseUnitRuns: equalUnits(2, 128),
  },
  {
    ...CONNECTIVITY,
    part: "STM32F105xC",
    flashSizeBytes: 256 * KIB,
    eraseUnitRuns: equalUnits(2, 256),
  },
] as const satisfies readonly FlashGeometry[];
