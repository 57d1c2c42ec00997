import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, OPENOCD_L4, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { equalUnits, KIB, relocatableTable } from "./_parts.ts";

const DS12589 = {
  read: 'text of the ST datasheet, table 46 "Flash memory characteristics"',
  document: "DS12589 Rev 6 (STM32G431)",
} as const;

const DS12288 = {
  read: "text of the ST datasheet, tables 47, 48 and 35",
  document: "DS12288 Rev 6 (STM32G474)",
} as const;

const ZEPHYR_FLASH_G4 = {
  read: "zephyrproject-rtos/zephyr: drivers/flash/flash_stm32g4x.c",
} as const;

const G4 = {
  core: "Cortex-M4",
  flashStart: 0x08000000,
  program: {
    unitBytes: 8,
    hasEcc: true,
    secondProgram: "never",
    typicalUs: 81.7,
    maxUs: 83.35,
  },
  erasedValue: 0xff,
  enduranceCycles: 10_000,
  vectorTable: relocatableTable(102),
  can: "FDCAN",
} as const;

const SOURCES = {
  ...ASSUMED,
  core: zephyrDts("g4/stm32g4.dtsi"),
  eraseUnits: STM32_DATA,
  programUnit: zephyrDts("g4/stm32g4.dtsi"),
  secondProgram: ZEPHYR_FLASH_G4,
  erasedValue: STM32_DATA,
  banks: OPENOCD_L4,
  ram: STM32_DATA,
} as const;

const G431 = {
  ...G4,
  eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 22.02, maxMs: 24.47 }],
  banks: { count: 1, readWhileWrite: false },
  ram: [
    { name: "SRAM1, SRAM2 and CCM SRAM", start: 0x20000000, end: 0x20008000 },
    { name: "CCM SRAM", start: 0x10000000, end: 0x10002800 },
  ],
  sources: {
    ...SOURCES,
    eraseTypical: DS12589,
    eraseMax: DS12589,
    programTypical: DS12589,
    programMax: DS12589,
    ecc: { ...DS12589, read: "text of the ST datasheet, list of features" },
    vectorTable: zephyrSoc("stm32g4x/Kconfig.defconfig.stm32g431xx"),
  },
} as const;

const G474 = {
  ...G4,
  part: "STM32G474xE",
  flashSizeBytes: 512 * KIB,
  ram: [
    { name: "SRAM1, SRAM2 and CCM SRAM", start: 0x20000000, end: 0x20020000 },
    { name: "CCM SRAM", start: 0x10000000, end: 0x10008000 },
  ],
  sources: {
    ...SOURCES,
    eraseTypical: DS12288,
    eraseMax: DS12288,
    programTypical: DS12288,
    programMax: DS12288,
    enduranceCycles: DS12288,
    bankSwap: ZEPHYR_FLASH_G4,
    vectorTable: zephyrSoc("stm32g4x/Kconfig.defconfig.stm32g474xx"),
    can: DS12288,
  },
} as const;

const DBANK = {
  name: "DBANK",
  meaning: "0: one bank of 4 KiB pages; 1: two banks of 2 KiB pages",
} as const;
const BFB2 = { name: "BFB2", meaning: "1: the boot loader in ROM starts bank 2" } as const;

/**
 * STM32G4 parts: 64 bits with ECC, pages of 2 or 4 KiB.
 *
 * STM32G474xB and STM32G474xC are not here: their second bank starts behind a hole.
 */
export const G4_DEVICES: readonly FlashGeometry[] = [
  { ...G431, part: "STM32G431x6", flashSizeBytes: 32 * KIB, eraseUnitRuns: equalUnits(2, 32) },
  { ...G431, part: "STM32G431x8", flashSizeBytes: 64 * KIB, eraseUnitRuns: equalUnits(2, 64) },
  { ...G431, part: "STM32G431xB", flashSizeBytes: 128 * KIB, eraseUnitRuns: equalUnits(2, 128) },
  {
    ...G474,
    bankMode: "dual-bank",
    eraseUnitRuns: equalUnits(2, 512),
    eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 22.02, maxMs: 24.47 }],
    banks: { count: 2, decidedBy: DBANK, swappedBy: BFB2, readWhileWrite: true },
  },
  {
    ...G474,
    bankMode: "single-bank",
    eraseUnitRuns: equalUnits(4, 512),
    eraseTimes: [{ sizeBytes: 4 * KIB, typicalMs: 22.02, maxMs: 24.47 }],
    banks: { count: 1, decidedBy: DBANK, readWhileWrite: false },
    sources: { ...G474.sources, eraseTypical: "assumed", eraseMax: "assumed" },
  },
] as const satisfies readonly FlashGeometry[];
