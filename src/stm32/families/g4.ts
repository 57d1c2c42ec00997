import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, OPENOCD_L4, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { KIB, type LineBase, pages, relocatableTable, rows, unread } from "./_parts.ts";

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

const G431: LineBase = {
  ...G4,
  unitsOf: pages(2),
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
};

const G474 = {
  ...G4,
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

/** Two banks of 2 KiB pages; the second one starts at 0x08040000, however small the first. */
const DUAL: LineBase = {
  ...G474,
  bankMode: "dual-bank",
  unitsOf: pages(2),
  eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 22.02, maxMs: 24.47 }],
  banks: {
    count: 2,
    decidedBy: DBANK,
    swappedBy: BFB2,
    secondStart: 0x08040000,
    readWhileWrite: true,
  },
};
const SINGLE: LineBase = {
  ...G474,
  bankMode: "single-bank",
  unitsOf: pages(4),
  eraseTimes: [{ sizeBytes: 4 * KIB, typicalMs: 22.02, maxMs: 24.47 }],
  banks: { count: 1, decidedBy: DBANK, readWhileWrite: false },
  sources: { ...G474.sources, eraseTypical: "assumed", eraseMax: "assumed" },
};

/** The same silicon, of which no data sheet was read. */
function like(base: LineBase, soc: string): LineBase {
  const vectorTable = zephyrSoc(`stm32g4x/Kconfig.defconfig.${soc}`);
  return { ...base, sources: { ...SOURCES, bankSwap: ZEPHYR_FLASH_G4, vectorTable } };
}

const G491: LineBase = {
  ...G431,
  ram: [
    { name: "SRAM1, SRAM2 and CCM SRAM", start: 0x20000000, end: 0x2001c000 },
    { name: "CCM SRAM", start: 0x10000000, end: 0x10004000 },
  ],
  sources: {
    ...SOURCES,
    vectorTable: zephyrSoc("stm32g4x/Kconfig.defconfig.stm32g491xx"),
    can: zephyrDts("g4/stm32g491.dtsi"),
  },
};

const G473 = [like(DUAL, "stm32g473xx"), like(SINGLE, "stm32g473xx")] as const;
const G483 = [like(DUAL, "stm32g483xx"), like(SINGLE, "stm32g483xx")] as const;
const G484 = G483.map((mode) => unread(mode, "vectorTable"));

/**
 * STM32G4 parts: 64 bits with ECC, pages of 2 or 4 KiB.
 *
 * Left out: STM32G471, of which the sources disagree on RAM; STM32G411, STM32G414 and STM32GBK1, of
 * which none was read.
 */
export const G4_DEVICES: readonly FlashGeometry[] = [
  ...rows("G431", "68B", G431),
  ...rows("G441", "B", like(G431, "stm32g441xx")),
  ...rows("G473", "BCE", ...G473),
  ...rows("G474", "BCE", DUAL, SINGLE),
  ...rows("G483", "E", ...G483),
  ...rows("G484", "E", ...G484),
  ...rows("G491", "CE", G491),
  ...rows("G4A1", "E", like(G491, "stm32g4a1xx")),
];
