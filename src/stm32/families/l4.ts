import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, OPENOCD_L4, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { equalUnits, KIB, relocatableTable } from "./_parts.ts";

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

const L432 = {
  ...L4,
  banks: SINGLE,
  ram: [
    { name: "SRAM1 and SRAM2", start: 0x20000000, end: 0x20010000 },
    { name: "SRAM2 (I-Code)", start: 0x10000000, end: 0x10004000 },
  ],
  vectorTable: relocatableTable(83),
  sources: { ...SOURCES, can: zephyrDts("l4/stm32l432.dtsi") },
} as const;

const L476 = {
  ...L4,
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
} as const;

const L496 = {
  ...L4,
  ram: [
    { name: "SRAM1 and SRAM2", start: 0x20000000, end: 0x20050000 },
    { name: "SRAM2 (I-Code)", start: 0x10000000, end: 0x10010000 },
  ],
  vectorTable: relocatableTable(91),
  sources: SOURCES,
} as const;

const SIZE_E = { flashSizeBytes: 512 * KIB, eraseUnitRuns: equalUnits(2, 512) } as const;
const SIZE_G = { flashSizeBytes: 1024 * KIB, eraseUnitRuns: equalUnits(2, 1024) } as const;
const DUAL_MODE = { bankMode: "dual-bank", banks: { ...DUAL, decidedBy: DUAL_BANK } } as const;
const SINGLE_MODE = {
  bankMode: "single-bank",
  banks: { ...SINGLE, decidedBy: DUAL_BANK },
} as const;

/** STM32L4 parts: 64 bits with ECC, pages of 2 KiB, classic CAN only. */
export const L4_DEVICES: readonly FlashGeometry[] = [
  { ...L432, part: "STM32L432xB", flashSizeBytes: 128 * KIB, eraseUnitRuns: equalUnits(2, 128) },
  { ...L432, part: "STM32L432xC", flashSizeBytes: 256 * KIB, eraseUnitRuns: equalUnits(2, 256) },
  { ...L476, ...SIZE_E, ...DUAL_MODE, part: "STM32L476xE" },
  { ...L476, ...SIZE_E, ...SINGLE_MODE, part: "STM32L476xE" },
  { ...L476, ...SIZE_G, part: "STM32L476xG", banks: DUAL },
  { ...L496, ...SIZE_E, ...DUAL_MODE, part: "STM32L496xE" },
  { ...L496, ...SIZE_E, ...SINGLE_MODE, part: "STM32L496xE" },
  { ...L496, ...SIZE_G, part: "STM32L496xG", banks: DUAL },
] as const satisfies readonly FlashGeometry[];
