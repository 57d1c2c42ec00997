import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { equalUnits, KIB, sram } from "./_parts.ts";

const READ_COMMENT = {
  read: "comment in the flash driver of a public STM32F0 boot loader: 53.5 us, 30 ms",
  document: "STM32F0 datasheet, flash memory characteristics",
} as const;

const F0 = {
  core: "Cortex-M0",
  flashStart: 0x08000000,
  program: {
    unitBytes: 2,
    hasEcc: false,
    secondProgram: "onlyToZero",
    typicalUs: 53.5,
    maxUs: 60,
  },
  erasedValue: 0xff,
  banks: { count: 1, readWhileWrite: false },
  enduranceCycles: 10_000,
  vectorTable: { hasVtor: false, vectorCount: 48, alignmentBytes: 4 },
  can: "bxCAN",
} as const;

const SOURCES = {
  ...ASSUMED,
  core: zephyrDts("f0/stm32f0.dtsi"),
  eraseUnits: STM32_DATA,
  eraseTypical: READ_COMMENT,
  eraseMax: zephyrDts("f0/stm32f0.dtsi"),
  programUnit: zephyrDts("f0/stm32f0.dtsi"),
  programTypical: READ_COMMENT,
  erasedValue: STM32_DATA,
  banks: STM32_DATA,
  ram: STM32_DATA,
  vectorTable: zephyrSoc("stm32f0x/Kconfig.defconfig.stm32f072xb"),
} as const;

const F042 = {
  ...F0,
  eraseTimes: [{ sizeBytes: 1 * KIB, typicalMs: 30, maxMs: 40 }],
  ram: [sram(6)],
  sources: { ...SOURCES, can: zephyrDts("f0/stm32f042.dtsi") },
} as const;

const F072 = {
  ...F0,
  eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 30, maxMs: 40 }],
  ram: [sram(16)],
  sources: { ...SOURCES, can: zephyrDts("f0/stm32f072.dtsi") },
} as const;

const F091 = {
  ...F072,
  ram: [sram(32)],
  sources: { ...SOURCES, can: zephyrDts("f0/stm32f091.dtsi") },
} as const;

/** STM32F0 parts with CAN: half-words, pages of 1 or 2 KiB, no VTOR. */
export const F0_DEVICES: readonly FlashGeometry[] = [
  { ...F042, part: "STM32F042x4", flashSizeBytes: 16 * KIB, eraseUnitRuns: equalUnits(1, 16) },
  { ...F042, part: "STM32F042x6", flashSizeBytes: 32 * KIB, eraseUnitRuns: equalUnits(1, 32) },
  { ...F072, part: "STM32F072x8", flashSizeBytes: 64 * KIB, eraseUnitRuns: equalUnits(2, 64) },
  { ...F072, part: "STM32F072xB", flashSizeBytes: 128 * KIB, eraseUnitRuns: equalUnits(2, 128) },
  { ...F091, part: "STM32F091xB", flashSizeBytes: 128 * KIB, eraseUnitRuns: equalUnits(2, 128) },
  { ...F091, part: "STM32F091xC", flashSizeBytes: 256 * KIB, eraseUnitRuns: equalUnits(2, 256) },
] as const satisfies readonly FlashGeometry[];
