import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, OPENOCD_L4, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { KIB, type LineBase, pages, relocatableTable, rows, sram, unread } from "./_parts.ts";

const L4P5 = {
  core: "Cortex-M4",
  flashStart: 0x08000000,
  program: {
    unitBytes: 8,
    hasEcc: true,
    secondProgram: "onlyToZero",
    typicalUs: 81.7,
    maxUs: 91,
  },
  erasedValue: 0xff,
  enduranceCycles: 10_000,
  ram: [sram(320)],
  vectorTable: relocatableTable(95),
  can: "bxCAN",
  sources: {
    ...ASSUMED,
    core: zephyrDts("l4/stm32l4.dtsi"),
    eraseUnits: STM32_DATA,
    programUnit: zephyrDts("l4/stm32l4.dtsi"),
    erasedValue: STM32_DATA,
    banks: OPENOCD_L4,
    ram: STM32_DATA,
    vectorTable: zephyrSoc("stm32l4x/Kconfig.defconfig.stm32l4p5xx"),
    can: zephyrDts("l4/stm32l4p5.dtsi"),
  },
} as const;

const L4R5 = {
  ...L4P5,
  ram: [
    { name: "SRAM1 to SRAM3", start: 0x20000000, end: 0x200a0000 },
    { name: "SRAM2 (I-Code)", start: 0x10000000, end: 0x10010000 },
  ],
  sources: {
    ...L4P5.sources,
    vectorTable: zephyrSoc("stm32l4x/Kconfig.defconfig.stm32l4r5xx"),
    can: zephyrDts("l4/stm32l4r5.dtsi"),
  },
} as const;

const BFB2 = { name: "BFB2", meaning: "1: the boot loader in ROM starts bank 2" } as const;

/** Which option bit decides depends on the size: DBANK on the largest of a line, else the other. */
function byBit(
  name: string,
  base: Omit<LineBase, "unitsOf" | "eraseTimes" | "banks">,
): readonly LineBase[] {
  const decidedBy = { name, meaning: "0: one bank of 8 KiB pages; 1: two banks of 4 KiB pages" };
  return [
    {
      ...base,
      bankMode: "dual-bank",
      unitsOf: pages(4),
      eraseTimes: [{ sizeBytes: 4 * KIB, typicalMs: 22.02, maxMs: 25 }],
      banks: { count: 2, decidedBy, swappedBy: BFB2, readWhileWrite: true },
    },
    {
      ...base,
      bankMode: "single-bank",
      unitsOf: pages(8),
      eraseTimes: [{ sizeBytes: 8 * KIB, typicalMs: 22.02, maxMs: 25 }],
      banks: { count: 1, decidedBy, readWhileWrite: false },
    },
  ];
}

const L4P5_LARGE = byBit("DBANK", L4P5);
const L4R5_LARGE = byBit("DBANK", L4R5);
const L4R9_LARGE = L4R5_LARGE.map((mode) => unread(mode, "vectorTable", "can"));
const L4R9_SMALL = byBit("DB1M", L4R5).map((mode) => unread(mode, "vectorTable", "can"));

/** STM32L4+ parts: 64 bits with ECC, pages of 4 or 8 KiB. */
export const L4_PLUS_DEVICES: readonly FlashGeometry[] = [
  ...rows("L4P5", "E", ...byBit("DB512K", L4P5)),
  ...rows("L4P5", "G", ...L4P5_LARGE),
  ...rows("L4Q5", "G", ...L4P5_LARGE.map((mode) => unread(mode, "vectorTable", "can"))),
  ...rows("L4R5", "G", ...byBit("DB1M", L4R5)),
  ...rows("L4R5", "I", ...L4R5_LARGE),
  ...rows("L4R7", "I", ...L4R9_LARGE),
  ...rows("L4R9", "G", ...L4R9_SMALL),
  ...rows("L4R9", "I", ...L4R9_LARGE),
  ...rows("L4S5 L4S7 L4S9", "I", ...L4R9_LARGE),
];
