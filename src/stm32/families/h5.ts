import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, STM32_DATA, ZEPHYR_FLASH_L5, zephyrDts, zephyrSoc } from "../sources.ts";
import { equalUnits, KIB, relocatableTable } from "./_parts.ts";

const RM0481 = {
  read: "firmware update specification of a public STM32H5 project, quoting the documents",
  document: "RM0481 Rev 5, DS14258 Rev 6 (STM32H562, STM32H563)",
} as const;

const H563 = {
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
} as const;

/** STM32H563 parts: 128 bits with ECC, sectors of 8 KiB, always two banks. */
export const H5_DEVICES: readonly FlashGeometry[] = [
  { ...H563, part: "STM32H563xG", flashSizeBytes: 1024 * KIB, eraseUnitRuns: equalUnits(8, 1024) },
  { ...H563, part: "STM32H563xI", flashSizeBytes: 2048 * KIB, eraseUnitRuns: equalUnits(8, 2048) },
] as const satisfies readonly FlashGeometry[];
