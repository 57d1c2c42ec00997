import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, modmDevices, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { KIB, type LineBase, relocatableTable, rows, sectors, sram, unread } from "./_parts.ts";

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
  unitsOf: sectors(16),
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

const F407: LineBase = {
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
};

/** The same, with a cryptographic processor or without. */
const F417: LineBase = {
  ...F407,
  sources: {
    ...F407.sources,
    vectorTable: modmDevices("stm32f4-05_07_15_17.xml"),
    can: modmDevices("stm32f4-05_07_15_17.xml"),
  },
};

const F412: LineBase = {
  ...F4,
  ram: [sram(256)],
  vectorTable: relocatableTable(97),
  sources: {
    ...SOURCES,
    vectorTable: zephyrSoc("stm32f4x/Kconfig.defconfig.stm32f412xx"),
    can: zephyrDts("f4/stm32f412.dtsi"),
  },
};

/** SRAM2 stands behind SRAM1, and at 0x10000000 for the core's other bus. */
const F413: LineBase = {
  ...F4,
  ram: [
    { name: "SRAM1 and SRAM2", start: 0x20000000, end: 0x20050000 },
    { name: "SRAM2 (I-Code)", start: 0x10000000, end: 0x10010000 },
  ],
  vectorTable: relocatableTable(102),
  sources: {
    ...SOURCES,
    vectorTable: zephyrSoc("stm32f4x/Kconfig.defconfig.stm32f413xx"),
  },
};

const F446: LineBase = {
  ...F4,
  ram: [sram(128)],
  vectorTable: relocatableTable(97),
  sources: { ...SOURCES, vectorTable: zephyrSoc("stm32f4x/Kconfig.defconfig.stm32f446xx") },
};

const F429: LineBase = {
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
};

/** The same with a cryptographic processor: its times and interrupts are those of F429. */
const F437: LineBase = {
  ...F429,
  sources: {
    ...SOURCES,
    secondProgram: RM0090,
    banks: RM0090,
    vectorTable: zephyrSoc("stm32f4x/Kconfig.defconfig.stm32f437xx"),
  },
};

const F469: LineBase = {
  ...F4,
  ram: [sram(320), CCM],
  vectorTable: relocatableTable(93),
  sources: {
    ...SOURCES,
    vectorTable: zephyrSoc("stm32f4x/Kconfig.defconfig.stm32f479xx"),
  },
};

const BFB2 = { name: "BFB2", meaning: "1: the boot loader in ROM starts bank 2" } as const;
const DB1M = {
  name: "DB1M",
  meaning: "0: one bank of 12 sectors; 1: two banks of 512 KiB",
} as const;

const TWO_BANKS = { count: 2, swappedBy: BFB2, readWhileWrite: true } as const;

/** 1 MiB: one bank or two, as DB1M says. */
function byDb1m(base: LineBase): readonly [LineBase, LineBase] {
  return [
    {
      ...base,
      bankMode: "single-bank",
      banks: { count: 1, decidedBy: DB1M, readWhileWrite: false },
    },
    {
      ...base,
      bankMode: "dual-bank",
      banks: { ...TWO_BANKS, decidedBy: DB1M },
      unitsOf: sectors(16, 2),
    },
  ];
}

/** 2 MiB: always two banks. */
function twoBanks(base: LineBase): LineBase {
  return { ...base, banks: TWO_BANKS, unitsOf: sectors(16, 2) };
}

/**
 * STM32F4 parts with CAN: sectors of 16, 64 and 128 KiB; bits may be cleared one by one. F401, F410
 * and F411 have no CAN.
 */
export const F4_DEVICES: readonly FlashGeometry[] = [
  ...rows("F405", "EG", F417),
  ...rows("F407", "EG", F407),
  ...rows("F412", "EG", F412),
  ...rows("F413", "GH", F413),
  ...rows("F415", "G", F417),
  ...rows("F417", "EG", F417),
  ...rows("F423", "H", unread(F413, "vectorTable")),
  ...rows("F427", "G", ...byDb1m(F429)),
  ...rows("F427", "I", twoBanks(F429)),
  ...rows("F429", "E", F429),
  ...rows("F429", "G", ...byDb1m(F429)),
  ...rows("F429", "I", twoBanks(F429)),
  ...rows("F437", "G", ...byDb1m(F437)),
  ...rows("F437", "I", twoBanks(F437)),
  ...rows("F439", "G", ...byDb1m(unread(F437, "vectorTable"))),
  ...rows("F439", "I", twoBanks(unread(F437, "vectorTable"))),
  ...rows("F446", "CE", F446),
  ...rows("F469", "E", unread(F469, "vectorTable")),
  ...rows("F469", "G", ...byDb1m(unread(F469, "vectorTable"))),
  ...rows("F469", "I", twoBanks(unread(F469, "vectorTable"))),
  ...rows("F479", "G", ...byDb1m(F469)),
  ...rows("F479", "I", twoBanks(F469)),
];
