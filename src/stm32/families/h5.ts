import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, STM32_DATA, ZEPHYR_FLASH_L5, zephyrDts, zephyrSoc } from "../sources.ts";
import {
  interruptsOf,
  KIB,
  type LineBase,
  pages,
  relocatableTable,
  rows,
  unread,
} from "./_parts.ts";

const RM0481 = {
  read: "firmware update specification of a public STM32H5 project, quoting the documents",
  document: "RM0481 Rev 5, DS14258 Rev 6 (STM32H562, STM32H563)",
} as const;

const H563: LineBase = {
  core: "Cortex-M33",
  flashStart: 0x08000000,
  eraseTimes: [{ sizeBytes: 8 * KIB, typicalMs: 2, maxMs: 10 }],
  program: {
    unitBytes: 16,
    hasEcc: true,
    secondProgram: "onlyToZero",
    typicalUs: 118,
    maxUs: 118,
  },
  erasedValue: 0xff,
  banks: {
    count: 2,
    swappedBy: { name: "SWAP_BANK", meaning: "1: bank 2 stands at the start of flash" },
    readWhileWrite: true,
  },
  enduranceCycles: 10_000,
  ram: [{ name: "SRAM1 to SRAM3", start: 0x20000000, end: 0x200a0000 }],
  vectorTable: relocatableTable(131),
  can: "FDCAN",
  unitsOf: pages(8),
  sources: {
    ...ASSUMED,
    core: zephyrDts("h5/stm32h5.dtsi"),
    eraseUnits: STM32_DATA,
    programUnit: RM0481,
    secondProgram: ZEPHYR_FLASH_L5,
    erasedValue: STM32_DATA,
    banks: RM0481,
    bankSwap: RM0481,
    ram: STM32_DATA,
    vectorTable: zephyrSoc("stm32h5x/Kconfig.defconfig.stm32h563xx"),
    can: zephyrDts("h5/stm32h5.dtsi"),
  },
};

/** What holds for the family; RM0481 is that of H523 to H573. */
const SOURCES = unread(H563, "vectorTable").sources;

const H503: LineBase = {
  ...H563,
  ram: [{ name: "SRAM1 and SRAM2", start: 0x20000000, end: 0x20008000 }],
  vectorTable: relocatableTable(134),
  sources: { ...SOURCES, programUnit: STM32_DATA, banks: STM32_DATA, bankSwap: "assumed" },
};

const H523: LineBase = {
  ...H563,
  ram: [{ name: "SRAM1 to SRAM3", start: 0x20000000, end: 0x20044000 }],
  vectorTable: relocatableTable(133),
  sources: {
    ...SOURCES,
    vectorTable: zephyrSoc("stm32h5x/Kconfig.defconfig.stm32h523xx"),
  },
};

/**
 * STM32H5 parts: 128 bits with ECC, sectors of 8 KiB, always two banks. Non-secure addresses.
 *
 * Left out: STM32H5E and STM32H5F, of which no memory map was read.
 */
export const H5_DEVICES: readonly FlashGeometry[] = [
  ...rows("H503", "B", H503),
  ...rows("H523", "CE", H523),
  ...rows("H533", "E", interruptsOf(H523, "h5x/Kconfig.defconfig.stm32h533xx")),
  ...rows("H562", "GI", interruptsOf(H563, "h5x/Kconfig.defconfig.stm32h562xx")),
  ...rows("H563", "GI", H563),
  ...rows("H573", "I", unread(H563, "vectorTable")),
];
