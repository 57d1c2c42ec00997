import type { FlashGeometry } from "../geometry.ts";
import {
  ASSUMED,
  OPENOCD_L4,
  STM32_DATA,
  ZEPHYR_FLASH_L5,
  zephyrDts,
  zephyrSoc,
} from "../sources.ts";
import { KIB, type LineBase, pages, relocatableTable, rows, sram, unread } from "./_parts.ts";

const L552 = {
  core: "Cortex-M33",
  flashStart: 0x08000000,
  program: {
    unitBytes: 8,
    hasEcc: true,
    secondProgram: "onlyToZero",
    typicalUs: 81.7,
    maxUs: 83.35,
  },
  erasedValue: 0xff,
  enduranceCycles: 10_000,
  ram: [sram(256)],
  vectorTable: relocatableTable(108),
  can: "FDCAN",
  sources: {
    ...ASSUMED,
    core: zephyrDts("l5/stm32l5.dtsi"),
    eraseUnits: STM32_DATA,
    programUnit: STM32_DATA,
    secondProgram: ZEPHYR_FLASH_L5,
    erasedValue: STM32_DATA,
    banks: OPENOCD_L4,
    ram: STM32_DATA,
    vectorTable: zephyrSoc("stm32l5x/Kconfig.defconfig.stm32l552xx"),
    can: { read: "public AUTOSAR-style CAN driver for the STM32L552's FDCAN1" },
  },
} as const;

const DBANK = {
  name: "DBANK",
  meaning: "0: one bank of 4 KiB pages; 1: two banks of 2 KiB pages",
} as const;
const SWAP = { name: "SWAP_BANK", meaning: "1: bank 2 stands at the start of flash" } as const;

const MODES: readonly LineBase[] = [
  {
    ...L552,
    bankMode: "dual-bank",
    unitsOf: pages(2),
    eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 22.02, maxMs: 24.47 }],
    banks: { count: 2, decidedBy: DBANK, swappedBy: SWAP, readWhileWrite: true },
  },
  {
    ...L552,
    bankMode: "single-bank",
    unitsOf: pages(4),
    eraseTimes: [{ sizeBytes: 4 * KIB, typicalMs: 22.02, maxMs: 24.47 }],
    banks: { count: 1, decidedBy: DBANK, readWhileWrite: false },
  },
];

/**
 * STM32L5 parts: 64 bits with ECC, pages of 2 or 4 KiB. Non-secure addresses.
 *
 * Left out: STM32L552xC, on which two option bits decide pages and banks, and the sources disagree.
 */
export const L5_DEVICES: readonly FlashGeometry[] = [
  ...rows("L552", "E", ...MODES),
  ...rows("L562", "E", ...MODES.map((mode) => unread(mode, "vectorTable", "can"))),
];
