import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { KIB, type LineBase, pages, rows, sram, unread } from "./_parts.ts";

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

const F042: LineBase = {
  ...F0,
  eraseTimes: [{ sizeBytes: 1 * KIB, typicalMs: 30, maxMs: 40 }],
  ram: [sram(6)],
  unitsOf: pages(1),
  sources: { ...SOURCES, can: zephyrDts("f0/stm32f042.dtsi") },
};

const F072: LineBase = {
  ...F0,
  eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 30, maxMs: 40 }],
  ram: [sram(16)],
  unitsOf: pages(2),
  sources: { ...SOURCES, can: zephyrDts("f0/stm32f072.dtsi") },
};

const F091: LineBase = {
  ...F072,
  ram: [sram(32)],
  sources: { ...SOURCES, can: zephyrDts("f0/stm32f091.dtsi") },
};

/** STM32F0 parts with CAN: half-words, pages of 1 or 2 KiB, no VTOR. */
export const F0_DEVICES: readonly FlashGeometry[] = [
  ...rows("F042", "46", F042),
  ...rows("F048", "6", unread(F042, "can")),
  ...rows("F072", "8B", F072),
  ...rows("F078", "B", unread(F072, "can")),
  ...rows("F091", "BC", F091),
  ...rows("F098", "C", unread(F091, "can")),
];
