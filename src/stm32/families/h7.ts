import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, OPENOCD_H7, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import {
  interruptsOf,
  KIB,
  type LineBase,
  pages,
  relocatableTable,
  rows,
  unread,
} from "./_parts.ts";

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
  unitsOf: pages(128),
} as const;

const SOURCES = {
  ...ASSUMED,
  core: zephyrDts("h7/stm32h7.dtsi"),
  eraseUnits: STM32_DATA,
  programUnit: STM32_DATA,
  erasedValue: STM32_DATA,
  banks: OPENOCD_H7,
  ram: STM32_DATA,
  can: zephyrDts("h7/stm32h7.dtsi"),
} as const;

const DTCM = { name: "DTCM", start: 0x20000000, end: 0x20020000 } as const;
const SWAP = { name: "SWAP_BANK_OPT", meaning: "1: bank 2 stands at the start of flash" } as const;
/** The second bank starts at 0x08100000, however small the first. */
const DUAL = {
  count: 2,
  swappedBy: SWAP,
  secondStart: 0x08100000,
  readWhileWrite: true,
} as const;
const SINGLE = { count: 1, readWhileWrite: false } as const;

const H723: LineBase = {
  ...H7,
  eraseTimes: [{ sizeBytes: 128 * KIB, typicalMs: 1000, maxMs: 4000 }],
  banks: SINGLE,
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
};

const H7A3: LineBase = {
  ...H7,
  banks: DUAL,
  unitsOf: pages(8),
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
};

const H743: LineBase = {
  ...H7,
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
};

const H742: LineBase = {
  ...H743,
  ram: [
    DTCM,
    { name: "AXI SRAM", start: 0x24000000, end: 0x24060000 },
    { name: "SRAM1", start: 0x30000000, end: 0x30008000 },
    { name: "SRAM2", start: 0x30020000, end: 0x30024000 },
    { name: "SRAM4", start: 0x38000000, end: 0x38010000 },
  ],
  sources: {
    ...H743.sources,
    vectorTable: zephyrSoc("stm32h7x/Kconfig.defconfig.stm32h742xx"),
  },
};

/** The same silicon, of which no data sheet was read: its longest erase is that of x8. */
const H745: LineBase = {
  ...H743,
  eraseTimes: [{ sizeBytes: 128 * KIB, typicalMs: 1000, maxMs: 4000 }],
  sources: {
    ...SOURCES,
    eraseMax: zephyrDts("h7/stm32h745.dtsi"),
    bankSwap: H7_HEADERS,
    vectorTable: zephyrSoc("stm32h7x/Kconfig.defconfig.stm32h745xx"),
  },
};
const H753 = unread(H745, "eraseMax", "vectorTable");

/**
 * STM32H7 parts: 256 bits with ECC and sectors of 128 KiB; on H7A3, H7B0 and H7B3 128 bits and
 * 8 KiB. H745, H747, H755 and H757 have two cores that share the flash: figures are those of the
 * Cortex-M7.
 *
 * Left out: STM32H7R and STM32H7S, whose application lies in external memory.
 */
export const H7_DEVICES: readonly FlashGeometry[] = [
  ...rows("H723", "EG", H723),
  ...rows("H725", "EG", unread(H723, "vectorTable")),
  ...rows("H730", "B", interruptsOf(H723, "h7x/Kconfig.defconfig.stm32h730xx")),
  ...rows("H733", "G", unread(H723, "vectorTable")),
  ...rows("H735", "G", interruptsOf(H723, "h7x/Kconfig.defconfig.stm32h735xx")),
  ...rows("H742", "GI", H742),
  ...rows("H743", "GI", H743),
  ...rows("H745", "GI", H745),
  ...rows("H747", "GI", interruptsOf(H745, "h7x/Kconfig.defconfig.stm32h747xx")),
  ...rows("H750", "B", { ...H753, banks: SINGLE }),
  ...rows("H753 H755 H757", "I", H753),
  ...rows("H7A3", "GI", H7A3),
  ...rows("H7B0", "B", {
    ...interruptsOf(H7A3, "h7x/Kconfig.defconfig.stm32h7b0xx"),
    banks: SINGLE,
  }),
  ...rows("H7B3", "I", unread(H7A3, "vectorTable")),
];
