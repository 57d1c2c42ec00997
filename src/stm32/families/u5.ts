import type { FlashGeometry } from "../geometry.ts";
import {
  ASSUMED,
  OPENOCD_L4,
  STM32_DATA,
  ZEPHYR_FLASH_L5,
  zephyrDts,
  zephyrSoc,
} from "../sources.ts";
import {
  interruptsOf,
  KIB,
  type LineBase,
  pages,
  relocatableTable,
  rows,
  sram,
  unread,
} from "./_parts.ts";

/** Interrupt 125 is that of the clock security of LSE and MSI: the last one. */
const RM0456 = {
  read: "notes of a public STM32U585 project, quoting tables 118, 186 and 189 of the manual",
  document: "RM0456 Rev 7",
} as const;

const U575 = {
  core: "Cortex-M33",
  flashStart: 0x08000000,
  eraseTimes: [{ sizeBytes: 8 * KIB, typicalMs: 1.5, maxMs: 5 }],
  program: {
    unitBytes: 16,
    hasEcc: true,
    secondProgram: "onlyToZero",
    typicalUs: 118,
    maxUs: 118,
  },
  erasedValue: 0xff,
  enduranceCycles: 10_000,
  ram: [{ name: "SRAM1 to SRAM3", start: 0x20000000, end: 0x200c0000 }],
  unitsOf: pages(8),
  vectorTable: relocatableTable(126),
  can: "FDCAN",
  sources: {
    ...ASSUMED,
    core: zephyrDts("u5/stm32u5.dtsi"),
    eraseUnits: STM32_DATA,
    eraseMax: zephyrDts("u5/stm32u5.dtsi"),
    programUnit: zephyrDts("u5/stm32u5.dtsi"),
    secondProgram: ZEPHYR_FLASH_L5,
    erasedValue: STM32_DATA,
    banks: OPENOCD_L4,
    ram: STM32_DATA,
    vectorTable: RM0456,
    can: zephyrDts("u5/stm32u5.dtsi"),
  },
} as const;

const U535 = {
  ...U575,
  ram: [sram(256)],
  sources: {
    ...U575.sources,
    vectorTable: zephyrSoc("stm32u5x/Kconfig.defconfig.stm32u535xx"),
  },
} as const;

const U595 = {
  ...U575,
  ram: [{ name: "SRAM1 to SRAM5", start: 0x20000000, end: 0x20270000 }],
  vectorTable: relocatableTable(139),
  sources: {
    ...U575.sources,
    vectorTable: zephyrSoc("stm32u5x/Kconfig.defconfig.stm32u599xx"),
  },
} as const;

const U5F9 = {
  ...U575,
  ram: [{ name: "SRAM1 to SRAM6", start: 0x20000000, end: 0x202f0000 }],
  vectorTable: relocatableTable(141),
  sources: {
    ...U575.sources,
    vectorTable: zephyrSoc("stm32u5x/Kconfig.defconfig.stm32u5f9xx"),
  },
} as const;

const SWAP = { name: "SWAP_BANK", meaning: "1: bank 2 stands at the start of flash" } as const;

/** The largest part of a line always has two banks. */
function always(base: Omit<LineBase, "banks">): LineBase {
  return { ...base, banks: { count: 2, swappedBy: SWAP, readWhileWrite: true } };
}

/** Smaller parts have two banks or one, as DUALBANK says. */
function byDualBank(base: Omit<LineBase, "banks">, largest: string): readonly LineBase[] {
  const meaning = `0: one bank; 1: two banks; parts of ${largest} always have two`;
  const decidedBy = { name: "DUALBANK", meaning };
  return [
    {
      ...base,
      bankMode: "dual-bank",
      banks: { count: 2, decidedBy, swappedBy: SWAP, readWhileWrite: true },
    },
    {
      ...base,
      bankMode: "single-bank",
      banks: { count: 1, decidedBy, readWhileWrite: false },
    },
  ];
}

/**
 * STM32U5 parts: 128 bits with ECC, pages of 8 KiB. Non-secure addresses.
 *
 * Left out: STM32U5F7xI and STM32U5F9xI, of which the sources disagree where bank 2 starts.
 */
export const U5_DEVICES: readonly FlashGeometry[] = [
  ...rows("U535", "BC", ...byDualBank(U535, "512 KiB")),
  ...rows("U535", "E", always(U535)),
  ...rows("U545", "E", interruptsOf(always(U535), "u5x/Kconfig.defconfig.stm32u545xx")),
  ...rows("U575", "G", ...byDualBank(U575, "2 MiB")),
  ...rows("U575", "I", always(U575)),
  ...rows("U585", "I", always(U575)),
  ...rows("U595", "I", ...byDualBank(U595, "4 MiB").map((mode) => unread(mode, "vectorTable"))),
  ...rows("U595", "J", unread(always(U595), "vectorTable")),
  ...rows("U599", "I", ...byDualBank(U595, "4 MiB")),
  ...rows("U599", "J", always(U595)),
  ...rows("U5A5", "J", interruptsOf(always(U595), "u5x/Kconfig.defconfig.stm32u5a5xx")),
  ...rows("U5A9", "J", unread(always(U595), "vectorTable")),
  ...rows("U5F7", "J", unread(always(U5F9), "vectorTable")),
  ...rows("U5F9", "J", always(U5F9)),
  ...rows("U5G7", "J", unread(always(U5F9), "vectorTable")),
  ...rows("U5G9", "J", interruptsOf(always(U5F9), "u5x/Kconfig.defconfig.stm32u5g9xx")),
];
