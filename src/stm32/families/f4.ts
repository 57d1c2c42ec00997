import type { EraseUnitRun, FlashGeometry } from "../geometry.ts";
import { ASSUMED, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { KIB, relocatableTable, sram } from "./_parts.ts";

const DS9405 = {
  read: "text of the ST datasheet, tables 48 and 50, parallelism x32",
  document: "DS9405 Rev 13 (STM32F427, STM32F429)",
} as const;

const DS8626 = {
  read: "safety model of a public STM32F405 project, quoting table 40 of the datasheet",
  document: "DS8626 Rev 12 (STM32F405, STM32F407)",
} as const;

const RM0090 = {
  read: 'text of the ST reference manual, "Embedded Flash memory interface"',
  document: "RM0090 Rev 4 and Rev 11",
} as const;

/** Times at x32 parallelism, which needs 2.7 to 3.6 V; x8 doubles them. */
const F4 = {
  core: "Cortex-M4",
  flashStart: 0x08000000,
  eraseTimes: [
    { sizeBytes: 16 * KIB, typicalMs: 250, maxMs: 500 },
    { sizeBytes: 64 * KIB, typicalMs: 550, maxMs: 1100 },
    { sizeBytes: 128 * KIB, typicalMs: 1000, maxMs: 2000 },
  ],
  program: { unitBytes: 4, hasEcc: false, secondProgram: "clearBits", typicalUs: 16, maxUs: 100 },
  erasedValue: 0xff,
  banks: { count: 1, readWhileWrite: false },
  enduranceCycles: 10_000,
  can: "bxCAN",
} as const;

const SOURCES = {
  ...ASSUMED,
  core: zephyrDts("f4/stm32f4.dtsi"),
  eraseUnits: STM32_DATA,
  programUnit: STM32_DATA,
  erasedValue: STM32_DATA,
  banks: STM32_DATA,
  ram: STM32_DATA,
} as const;

const CCM = { name: "CCM data RAM", start: 0x10000000, end: 0x10010000 } as const;

const F407 = {
  ...F4,
  ram: [sram(128), CCM],
  vectorTable: relocatableTable(82),
  sources: {
    ...SOURCES,
    secondProgram: RM0090,
    programMax: DS8626,
    vectorTable: zephyrSoc("stm32f4x/Kconfig.defconfig.stm32f407xx"),
    can: zephyrDts("f4/stm32f405.dtsi"),
  },
} as const;

const F446 = {
  ...F4,
  ram: [sram(128)],
  vectorTable: relocatableTable(97),
  sources: { ...SOURCES, vectorTable: zephyrSoc("stm32f4x/Kconfig.defconfig.stm32f446xx") },
} as const;

const F429 = {
  ...F4,
  ram: [sram(192), CCM],
  vectorTable: relocatableTable(91),
  sources: {
    ...SOURCES,
    eraseTypical: DS9405,
    eraseMax: DS9405,
    secondProgram: RM0090,
    programTypical: DS9405,
    programMax: DS9405,
    enduranceCycles: DS9405,
    banks: RM0090,
    vectorTable: zephyrSoc("stm32f4x/Kconfig.defconfig.stm32f429xx"),
  },
} as const;

const BFB2 = { name: "BFB2", meaning: "1: the boot loader in ROM starts bank 2" } as const;
const DB1M = {
  name: "DB1M",
  meaning: "0: one bank of 12 sectors; 1: two banks of 512 KiB",
} as const;

/** STM32F4 parts with CAN: sectors of 16, 64 and 128 KiB; bits may be cleared one by one. */
export const F4_DEVICES: readonly FlashGeometry[] = [
  {
    ...F407,
    part: "STM32F407xE",
    flashSizeBytes: 512 * KIB,
    eraseUnitRuns: sectors(3),
  },
  {
    ...F407,
    part: "STM32F407xG",
    flashSizeBytes: 1024 * KIB,
    eraseUnitRuns: sectors(7),
  },
  {
    ...F446,
    part: "STM32F446xC",
    flashSizeBytes: 256 * KIB,
    eraseUnitRuns: sectors(1),
  },
  {
    ...F446,
    part: "STM32F446xE",
    flashSizeBytes: 512 * KIB,
    eraseUnitRuns: sectors(3),
  },
  {
    ...F429,
    part: "STM32F429xE",
    flashSizeBytes: 512 * KIB,
    eraseUnitRuns: sectors(3),
  },
  {
    ...F429,
    part: "STM32F429xG",
    bankMode: "single-bank",
    flashSizeBytes: 1024 * KIB,
    eraseUnitRuns: sectors(7),
    banks: { count: 1, decidedBy: DB1M, readWhileWrite: false },
  },
  {
    ...F429,
    part: "STM32F429xG",
    bankMode: "dual-bank",
    flashSizeBytes: 1024 * KIB,
    eraseUnitRuns: [...sectors(3), ...sectors(3)],
    banks: { count: 2, decidedBy: DB1M, swappedBy: BFB2, readWhileWrite: true },
  },
  {
    ...F429,
    part: "STM32F429xI",
    flashSizeBytes: 2048 * KIB,
    eraseUnitRuns: [...sectors(7), ...sectors(7)],
    banks: { count: 2, swappedBy: BFB2, readWhileWrite: true },
  },
] as const satisfies readonly FlashGeometry[];

/** One bank: four small sectors, one of 64 KiB, and `largeCount` of 128 KiB. */
function sectors(largeCount: number): readonly EraseUnitRun[] {
  return [
    { sizeBytes: 16 * KIB, count: 4 },
    { sizeBytes: 64 * KIB, count: 1 },
    { sizeBytes: 128 * KIB, count: largeCount },
  ];
}
