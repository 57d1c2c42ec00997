import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, OPENOCD_L4, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { KIB, type LineBase, pages, relocatableTable, rows, unread } from "./_parts.ts";
import { L4_PLUS_DEVICES } from "./l4_plus.ts";

const RM0351 = {
  read: "flash driver of a public STM32L476 project, quoting sections of the manual",
  document: "RM0351 Rev 9",
} as const;

const L4 = {
  core: "Cortex-M4",
  flashStart: 0x08000000,
  eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 22.02, maxMs: 25 }],
  program: {
    unitBytes: 8,
    hasEcc: true,
    secondProgram: "onlyToZero",
    typicalUs: 81.7,
    maxUs: 91,
  },
  erasedValue: 0xff,
  enduranceCycles: 10_000,
  can: "bxCAN",
  unitsOf: pages(2),
} as const;

const SOURCES = {
  ...ASSUMED,
  core: zephyrDts("l4/stm32l4.dtsi"),
  eraseUnits: STM32_DATA,
  eraseMax: zephyrDts("l4/stm32l4.dtsi"),
  programUnit: zephyrDts("l4/stm32l4.dtsi"),
  ecc: { read: "ST's training presentation on the STM32L4 flash memory" },
  secondProgram: {
    read: "zephyrproject-rtos/zephyr: drivers/flash/flash_stm32l4x.c",
    document: "STM32L4 reference manual, 3.3.7",
  },
  programMax: RM0351,
  erasedValue: STM32_DATA,
  banks: OPENOCD_L4,
  bankSwap: RM0351,
  ram: STM32_DATA,
} as const;

const SINGLE = { count: 1, readWhileWrite: false } as const;
const BFB2 = { name: "BFB2", meaning: "1: the boot loader in ROM starts bank 2" } as const;
const DUAL_BANK = {
  name: "DUALBANK",
  meaning: "0: one bank; 1: two banks; parts of 1 MiB always have two",
} as const;
const DUAL = { count: 2, swappedBy: BFB2, readWhileWrite: true } as const;

const L431: LineBase = {
  ...L4,
  banks: SINGLE,
  ram: [
    { name: "SRAM1 and SRAM2", start: 0x20000000, end: 0x20010000 },
    { name: "SRAM2 (I-Code)", start: 0x10000000, end: 0x10004000 },
  ],
  vectorTable: relocatableTable(83),
  sources: {
    ...SOURCES,
    vectorTable: zephyrSoc("stm32l4x/Kconfig.defconfig.stm32l431xx"),
    can: zephyrDts("l4/stm32l431.dtsi"),
  },
};
const L432: LineBase = {
  ...L431,
  sources: { ...SOURCES, can: zephyrDts("l4/stm32l432.dtsi") },
};

const L451: LineBase = {
  ...L4,
  banks: SINGLE,
  ram: [
    { name: "SRAM1 and SRAM2", start: 0x20000000, end: 0x20028000 },
    { name: "SRAM2 (I-Code)", start: 0x10000000, end: 0x10008000 },
  ],
  vectorTable: relocatableTable(85),
  sources: {
    ...SOURCES,
    vectorTable: zephyrSoc("stm32l4x/Kconfig.defconfig.stm32l451xx"),
    can: zephyrDts("l4/stm32l451.dtsi"),
  },
};
const L462: LineBase = {
  ...L451,
  sources: { ...SOURCES, vectorTable: zephyrSoc("stm32l4x/Kconfig.defconfig.stm32l462xx") },
};

const L476: LineBase = {
  ...L4,
  banks: DUAL,
  ram: [
    { name: "SRAM1", start: 0x20000000, end: 0x20018000 },
    { name: "SRAM2", start: 0x10000000, end: 0x10008000 },
  ],
  vectorTable: relocatableTable(82),
  sources: {
    ...SOURCES,
    vectorTable: zephyrSoc("stm32l4x/Kconfig.defconfig.stm32l476xx"),
    can: zephyrDts("l4/stm32l471.dtsi"),
  },
};

const L475 = unread(L476, "vectorTable");

const L496: LineBase = {
  ...L4,
  banks: DUAL,
  ram: [
    { name: "SRAM1 and SRAM2", start: 0x20000000, end: 0x20050000 },
    { name: "SRAM2 (I-Code)", start: 0x10000000, end: 0x10010000 },
  ],
  vectorTable: relocatableTable(91),
  sources: { ...SOURCES, vectorTable: zephyrSoc("stm32l4x/Kconfig.defconfig.stm32l4a6xx") },
};

/** Below 1 MiB: two banks or one, as DUALBANK says. */
function byDualBank(base: LineBase): readonly [LineBase, LineBase] {
  return [
    { ...base, bankMode: "dual-bank", banks: { ...DUAL, decidedBy: DUAL_BANK } },
    { ...base, bankMode: "single-bank", banks: { ...SINGLE, decidedBy: DUAL_BANK } },
  ];
}

/** STM32L4 parts with CAN: 64 bits with ECC, pages of 2 KiB. L412 and L422 have no CAN. */
const L4_SMALL: readonly FlashGeometry[] = [
  ...rows("L431", "BC", L431),
  ...rows("L432", "BC", L432),
  ...rows("L433", "BC", unread(L431, "vectorTable", "can")),
  ...rows("L442 L443", "C", unread(L431, "vectorTable", "can")),
  ...rows("L451", "CE", L451),
  ...rows("L452", "CE", unread(L451, "vectorTable", "can")),
  ...rows("L462", "E", L462),
  ...rows("L471", "E", ...byDualBank(L475)),
  ...rows("L471", "G", L475),
  ...rows("L475", "CE", ...byDualBank(L475)),
  ...rows("L475", "G", L475),
  ...rows("L476", "CE", ...byDualBank(L476)),
  ...rows("L476", "G", L476),
  ...rows("L486", "G", unread(L476, "vectorTable")),
  ...rows("L496", "E", ...byDualBank(unread(L496, "vectorTable"))),
  ...rows("L496", "G", unread(L496, "vectorTable")),
  ...rows("L4A6", "G", L496),
];

/** L4 and L4+ parts. Left out: STM32L485, of which no source has the sizes. */
export const L4_DEVICES: readonly FlashGeometry[] = [...L4_SMALL, ...L4_PLUS_DEVICES];
