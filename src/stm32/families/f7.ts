import type { EraseUnitRun, FlashGeometry } from "../geometry.ts";
import { ASSUMED, STM32_DATA, zephyrDts } from "../sources.ts";
import { KIB, relocatableTable } from "./_parts.ts";

const PROGRAMMER_HEADER = {
  read: "time limits in the header of a public STM32F7 programmer, parallelism x8",
} as const;

/** Longest times at x8 parallelism, the slowest; typical ones at x32. */
const F746 = {
  core: "Cortex-M7",
  flashStart: 0x08000000,
  eraseTimes: [
    { sizeBytes: 32 * KIB, typicalMs: 250, maxMs: 800 },
    { sizeBytes: 128 * KIB, typicalMs: 550, maxMs: 2400 },
    { sizeBytes: 256 * KIB, typicalMs: 1000, maxMs: 4000 },
  ],
  program: { unitBytes: 4, hasEcc: false, secondProgram: "clearBits", typicalUs: 16, maxUs: 100 },
  erasedValue: 0xff,
  banks: { count: 1, readWhileWrite: false },
  enduranceCycles: 10_000,
  ram: [
    { name: "DTCM", start: 0x20000000, end: 0x20010000 },
    { name: "SRAM1 and SRAM2", start: 0x20010000, end: 0x20050000 },
  ],
  vectorTable: relocatableTable(98),
  can: "bxCAN",
  sources: {
    ...ASSUMED,
    core: zephyrDts("f7/stm32f7.dtsi"),
    eraseUnits: STM32_DATA,
    eraseMax: PROGRAMMER_HEADER,
    programMax: PROGRAMMER_HEADER,
    erasedValue: STM32_DATA,
    banks: STM32_DATA,
    ram: STM32_DATA,
    can: zephyrDts("f7/stm32f7.dtsi"),
  },
} as const;

/** STM32F746 parts: sectors of 32, 128 and 256 KiB. */
export const F7_DEVICES: readonly FlashGeometry[] = [
  { ...F746, part: "STM32F746xE", flashSizeBytes: 512 * KIB, eraseUnitRuns: sectors(1) },
  { ...F746, part: "STM32F746xG", flashSizeBytes: 1024 * KIB, eraseUnitRuns: sectors(3) },
] as const satisfies readonly FlashGeometry[];

function sectors(largeCount: number): readonly EraseUnitRun[] {
  return [
    { sizeBytes: 32 * KIB, count: 4 },
    { sizeBytes: 128 * KIB, count: 1 },
    { sizeBytes: 256 * KIB, count: largeCount },
  ];
}
