import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { equalUnits, KIB, relocatableTable } from "./_parts.ts";

const DS12110 = {
  read: "text of the ST datasheet, tables 53 and 54, parallelism x64",
  document: "DS12110 Rev 10 (STM32H742, STM32H743)",
} as const;

const H7_HEADERS = { read: "STM32H7 register headers: FLASH_OPTSR_CUR, SWAP_BANK_OPT" } as const;

const H7 = {
  core: "Cortex-M7",
  flashStart: 0x08000000,
  eraseTimes: [{ sizeBytes: 128 * KIB, typicalMs: 1000, maxMs: 2000 }],
  program: { unitBytes: 32, hasEcc: true, secondProgram: "never", typicalUs: 100, maxUs: 200 },
  erasedValue: 0xff,
  enduranceCycles: 10_000,
  can: "FDCAN",
} as const;

const SOURCES = {
  ...ASSUMED,
  core: zephyrDts("h7/stm32h7.dtsi"),
  eraseUnits: STM32_DATA,
  programUnit: STM32_DATA,
  erasedValue: STM32_DATA,
  banks: STM32_DATA,
  ram: STM32_DATA,
  can: zephyrDts("h7/stm32h7.dtsi"),
} as const;

const DTCM = { name: "DTCM", start: 0x20000000, end: 0x20020000 } as const;
const SWAP = { name: "SWAP_BANK_OPT", meaning: "1: bank 2 stands at the start of flash" } as const;
const DUAL = { count: 2, swappedBy: SWAP, readWhileWrite: true } as const;

const H723 = {
  ...H7,
  eraseTimes: [{ sizeBytes: 128 * KIB, typicalMs: 1000, maxMs: 4000 }],
  banks: { count: 1, readWhileWrite: false },
  ram: [
    DTCM,
    { name: "AXI SRAM", start: 0x24000000, end: 0x24050000 },
    { name: "SRAM1 and SRAM2", start: 0x30000000, end: 0x30008000 },
    { name: "SRAM4", start: 0x38000000, end: 0x38004000 },
  ],
  vectorTable: relocatableTable(163),
  sources: {
    ...SOURCES,
    eraseMax: zephyrDts("h7/stm32h723.dtsi"),
    vectorTable: zephyrSoc("stm32h7x/Kconfig.defconfig.stm32h723xx"),
  },
} as const;

const H7A3 = {
  ...H7,
  eraseTimes: [{ sizeBytes: 8 * KIB, typicalMs: 2, maxMs: 3 }],
  program: { unitBytes: 16, hasEcc: true, secondProgram: "never", typicalUs: 100, maxUs: 200 },
  ram: [
    DTCM,
    { name: "AXI SRAM", start: 0x24000000, end: 0x24100000 },
    { name: "AHB SRAM", start: 0x30000000, end: 0x30020000 },
    { name: "SRD SRAM", start: 0x38000000, end: 0x38008000 },
  ],
  vectorTable: relocatableTable(155),
  sources: {
    ...SOURCES,
    eraseUnits: zephyrDts("h7/stm32h7a3.dtsi"),
    eraseMax: zephyrDts("h7/stm32h7a3.dtsi"),
    programUnit: zephyrDts("h7/stm32h7a3.dtsi"),
    ram: zephyrDts("h7/stm32h7a3.dtsi"),
    vectorTable: zephyrSoc("stm32h7x/Kconfig.defconfig.stm32h7a3xx"),
  },
} as const;

/**
 * STM32H7 parts: 256 bits with ECC and sectors of 128 KiB; on H7A3 128 bits and 8 KiB.
 *
 * STM32H743xG and STM32H7A3xG are not here: their second bank starts behind a hole.
 */
export const H7_DEVICES: readonly FlashGeometry[] = [
  { ...H723, part: "STM32H723xE", flashSizeBytes: 512 * KIB, eraseUnitRuns: equalUnits(128, 512) },
  {
    ...H723,
    part: "STM32H723xG",
    flashSizeBytes: 1024 * KIB,
    eraseUnitRuns: equalUnits(128, 1024),
  },
  {
    ...H7,
    part: "STM32H743xI",
    flashSizeBytes: 2048 * KIB,
    eraseUnitRuns: equalUnits(128, 2048),
    banks: DUAL,
    ram: [
      DTCM,
      { name: "AXI SRAM", start: 0x24000000, end: 0x24080000 },
      { name: "SRAM1 to SRAM3", start: 0x30000000, end: 0x30048000 },
      { name: "SRAM4", start: 0x38000000, end: 0x38010000 },
    ],
    vectorTable: relocatableTable(150),
    sources: {
      ...SOURCES,
      eraseTypical: DS12110,
      eraseMax: DS12110,
      programUnit: DS12110,
      ecc: DS12110,
      programTypical: DS12110,
      programMax: DS12110,
      bankSwap: H7_HEADERS,
      enduranceCycles: DS12110,
      vectorTable: zephyrSoc("stm32h7x/Kconfig.defconfig.stm32h743xx"),
    },
  },
  {
    ...H7A3,
    part: "STM32H7A3xI",
    flashSizeBytes: 2048 * KIB,
    eraseUnitRuns: equalUnits(8, 2048),
    banks: DUAL,
  },
] as const satisfies readonly FlashGeometry[];
