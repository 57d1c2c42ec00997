import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, OPENOCD_L4, STM32_DATA, zephyrDts } from "../sources.ts";
import { KIB, type LineBase, pages, relocatableTable, rows, sram, unread } from "./_parts.ts";

const G0B1: LineBase = {
  core: "Cortex-M0+",
  flashStart: 0x08000000,
  eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 22, maxMs: 40 }],
  program: { unitBytes: 8, hasEcc: true, secondProgram: "never", typicalUs: 85, maxUs: 125 },
  erasedValue: 0xff,
  enduranceCycles: 10_000,
  ram: [sram(144)],
  vectorTable: relocatableTable(31, 256),
  can: "FDCAN",
  banks: { count: 1, readWhileWrite: false },
  unitsOf: pages(2),
  sources: {
    ...ASSUMED,
    core: zephyrDts("g0/stm32g0.dtsi"),
    eraseUnits: STM32_DATA,
    eraseMax: zephyrDts("g0/stm32g0.dtsi"),
    programUnit: zephyrDts("g0/stm32g0.dtsi"),
    ecc: {
      read: 'text of the ST reference manual, "FLASH memory organization"',
      document: "RM0444 Rev 5",
    },
    erasedValue: STM32_DATA,
    banks: OPENOCD_L4,
    bankSwap: { read: "STM32G0 HAL: Inc/stm32g0xx_hal_flash.h" },
    ram: STM32_DATA,
    can: zephyrDts("g0/stm32g0b1.dtsi"),
  },
};

const DUAL_BANK = { name: "DUAL_BANK", meaning: "0: one bank; 1: two banks" } as const;
const SWAP = { name: "nSWAP_BANK", meaning: "0: bank 2 stands at the start of flash" } as const;
const DUAL = {
  bankMode: "dual-bank",
  banks: { count: 2, decidedBy: DUAL_BANK, swappedBy: SWAP, readWhileWrite: true },
} as const;
const SINGLE = {
  bankMode: "single-bank",
  banks: { count: 1, decidedBy: DUAL_BANK, readWhileWrite: false },
} as const;
const MODES: readonly LineBase[] = [{ ...G0B1, ...DUAL }, { ...G0B1, ...SINGLE }];

/**
 * STM32G0 parts with CAN: 64 bits with ECC, pages of 2 KiB. RAM with its parity bits in use as RAM.
 *
 * Of the parts of 128 KiB the sources disagree whether they can have two banks. Their pages are the
 * same either way; here they have one, so that no update exchanges banks.
 */
export const G0_DEVICES: readonly FlashGeometry[] = [
  ...rows("G0B1", "B", unread(G0B1, "banks")),
  ...rows("G0B1", "CE", ...MODES),
  ...rows("G0C1", "CE", ...MODES.map((mode) => unread(mode, "can"))),
];
