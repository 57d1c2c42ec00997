import type { FlashGeometry } from "../geometry.ts";
import {
  ASSUMED,
  OPENOCD_L4,
  STM32_DATA,
  ZEPHYR_FLASH_L5,
  zephyrDts,
  zephyrSoc,
} from "../sources.ts";
import { equalUnits, KIB, relocatableTable } from "./_parts.ts";

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
  vectorTable: relocatableTable(125),
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
    vectorTable: zephyrSoc("stm32u5x/Kconfig.defconfig.stm32u575xx"),
    can: zephyrDts("u5/stm32u5.dtsi"),
  },
} as const;

const DUALBANK = {
  name: "DUALBANK",
  meaning: "0: one bank; 1: two banks; parts of 2 MiB always have two",
} as const;
const SWAP = { name: "SWAP_BANK", meaning: "1: bank 2 stands at the start of flash" } as const;
const DUAL = { count: 2, swappedBy: SWAP, readWhileWrite: true } as const;
const SIZE_G = { flashSizeBytes: 1024 * KIB, eraseUnitRuns: equalUnits(8, 1024) } as const;

/** STM32U575 parts: 128 bits with ECC, pages of 8 KiB. Non-secure addresses. */
export const U5_DEVICES: readonly FlashGeometry[] = [
  {
    ...U575,
    ...SIZE_G,
    part: "STM32U575xG",
    bankMode: "dual-bank",
    banks: { ...DUAL, decidedBy: DUALBANK },
  },
  {
    ...U575,
    ...SIZE_G,
    part: "STM32U575xG",
    bankMode: "single-bank",
    banks: { count: 1, decidedBy: DUALBANK, readWhileWrite: false },
  },
  {
    ...U575,
    part: "STM32U575xI",
    flashSizeBytes: 2048 * KIB,
    eraseUnitRuns: equalUnits(8, 2048),
    banks: DUAL,
  },
] as const satisfies readonly FlashGeometry[];
