import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, OPENOCD_F2, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import {
  interruptsOf,
  KIB,
  type LineBase,
  relocatableTable,
  rows,
  sectors,
  unread,
} from "./_parts.ts";

const PROGRAMMER_HEADER = {
  read: "time limits in the header of a public STM32F7 programmer, parallelism x8",
} as const;

const F7 = {
  core: "Cortex-M7",
  flashStart: 0x08000000,
  program: { unitBytes: 4, hasEcc: false, secondProgram: "clearBits", typicalUs: 16, maxUs: 100 },
  erasedValue: 0xff,
  banks: { count: 1, readWhileWrite: false },
  enduranceCycles: 10_000,
  can: "bxCAN",
} as const;

/** Longest times at x8 parallelism, the slowest; typical ones at x32. */
const LARGE_SECTORS = {
  eraseTimes: [
    { sizeBytes: 32 * KIB, typicalMs: 250, maxMs: 800 },
    { sizeBytes: 128 * KIB, typicalMs: 550, maxMs: 2400 },
    { sizeBytes: 256 * KIB, typicalMs: 1000, maxMs: 4000 },
  ],
  unitsOf: sectors(32),
} as const;

/** Those of the large sectors: no source says them, and they are not shorter than they may be. */
const SMALL_SECTORS = {
  eraseTimes: [
    { sizeBytes: 16 * KIB, typicalMs: 250, maxMs: 800 },
    { sizeBytes: 64 * KIB, typicalMs: 550, maxMs: 2400 },
    { sizeBytes: 128 * KIB, typicalMs: 1000, maxMs: 4000 },
  ],
} as const;

const SOURCES = {
  ...ASSUMED,
  core: zephyrDts("f7/stm32f7.dtsi"),
  eraseUnits: STM32_DATA,
  programMax: PROGRAMMER_HEADER,
  erasedValue: STM32_DATA,
  banks: OPENOCD_F2,
  ram: STM32_DATA,
  can: zephyrDts("f7/stm32f7.dtsi"),
} as const;

const F722: LineBase = {
  ...F7,
  ...SMALL_SECTORS,
  unitsOf: sectors(16),
  ram: [
    { name: "DTCM", start: 0x20000000, end: 0x20010000 },
    { name: "SRAM1 and SRAM2", start: 0x20010000, end: 0x20040000 },
  ],
  vectorTable: relocatableTable(104),
  sources: {
    ...SOURCES,
    vectorTable: zephyrSoc("stm32f7x/Kconfig.defconfig.stm32f722xx"),
  },
};

const F746: LineBase = {
  ...F7,
  ...LARGE_SECTORS,
  ram: [
    { name: "DTCM", start: 0x20000000, end: 0x20010000 },
    { name: "SRAM1 and SRAM2", start: 0x20010000, end: 0x20050000 },
  ],
  vectorTable: relocatableTable(98),
  sources: {
    ...SOURCES,
    eraseMax: PROGRAMMER_HEADER,
    vectorTable: zephyrSoc("stm32f7x/Kconfig.defconfig.stm32f756xx"),
  },
};

const F767: LineBase = {
  ...F746,
  ram: [
    { name: "DTCM", start: 0x20000000, end: 0x20020000 },
    { name: "SRAM1 and SRAM2", start: 0x20020000, end: 0x20080000 },
  ],
  vectorTable: relocatableTable(110),
  sources: { ...SOURCES, eraseMax: PROGRAMMER_HEADER },
};

const NDBANK = {
  name: "nDBANK",
  meaning: "1: one bank; 0: two banks, of sectors of half the size",
} as const;

/** As nDBANK says; what boots from the second bank is not told here, so no update exchanges them. */
const BANK_MODES: readonly LineBase[] = [
  {
    ...F767,
    bankMode: "single-bank",
    banks: { count: 1, decidedBy: NDBANK, readWhileWrite: false },
  },
  {
    ...unread(F767, "eraseMax"),
    ...SMALL_SECTORS,
    unitsOf: sectors(16, 2),
    bankMode: "dual-bank",
    banks: { count: 2, decidedBy: NDBANK, readWhileWrite: true },
  },
];

/** STM32F7 parts: sectors of 32, 128 and 256 KiB, or of half that. */
export const F7_DEVICES: readonly FlashGeometry[] = [
  ...rows("F722", "CE", F722),
  ...rows("F723", "CE", unread(F722, "vectorTable")),
  ...rows("F730", "8", interruptsOf(F722, "f7x/Kconfig.defconfig.stm32f730xx")),
  ...rows("F732 F733", "E", unread(F722, "vectorTable")),
  ...rows("F745 F746", "EG", unread(F746, "vectorTable")),
  ...rows("F750", "8", interruptsOf(F746, "f7x/Kconfig.defconfig.stm32f750xx")),
  ...rows("F756", "G", F746),
  ...rows("F765 F767", "GI", ...BANK_MODES),
  ...rows("F768", "I", ...BANK_MODES),
  ...rows("F769", "GI", ...BANK_MODES),
  ...rows("F777 F778 F779", "I", ...BANK_MODES),
];
