import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { KIB, type LineBase, pages, relocatableTable, rows, sram } from "./_parts.ts";

const DS5319 = {
  read: 'text of the ST datasheet, table 28 "Flash memory characteristics"',
  document: "DS5319 (STM32F103x8, STM32F103xB)",
} as const;

const DS5319_ENDURANCE = {
  read: "flash timing contract of a public STM32F103 project, quoting the datasheet",
  document: "DS5319 (STM32F103x8, STM32F103xB)",
} as const;

const F1 = {
  core: "Cortex-M3",
  flashStart: 0x08000000,
  program: {
    unitBytes: 2,
    hasEcc: false,
    secondProgram: "onlyToZero",
    typicalUs: 52.5,
    maxUs: 70,
  },
  erasedValue: 0xff,
  banks: { count: 1, readWhileWrite: false },
  enduranceCycles: 10_000,
  can: "bxCAN",
} as const;

const SOURCES = {
  ...ASSUMED,
  core: zephyrDts("f1/stm32f1.dtsi"),
  eraseUnits: STM32_DATA,
  eraseMax: zephyrDts("f1/stm32f1.dtsi"),
  programUnit: zephyrDts("f1/stm32f1.dtsi"),
  erasedValue: STM32_DATA,
  banks: STM32_DATA,
  ram: STM32_DATA,
} as const;

/** 1 KiB pages: the datasheet has 20 ms at least and 40 ms at most, but no typical time. */
const MEDIUM_DENSITY: Omit<LineBase, "ram"> = {
  ...F1,
  unitsOf: pages(1),
  eraseTimes: [{ sizeBytes: 1 * KIB, typicalMs: 30, maxMs: 40 }],
  vectorTable: relocatableTable(43),
  sources: {
    ...SOURCES,
    eraseMax: DS5319,
    programTypical: DS5319,
    programMax: DS5319,
    enduranceCycles: DS5319_ENDURANCE,
    can: zephyrDts("f1/stm32f103X8.dtsi"),
  },
};

const HIGH_DENSITY: Omit<LineBase, "ram"> = {
  ...F1,
  unitsOf: pages(2),
  eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 30, maxMs: 40 }],
  vectorTable: relocatableTable(60),
  sources: SOURCES,
};

const CONNECTIVITY: LineBase = {
  ...HIGH_DENSITY,
  ram: [sram(64)],
  vectorTable: relocatableTable(68),
  sources: {
    ...SOURCES,
    eraseUnits: zephyrDts("f1/stm32f105.dtsi"),
    vectorTable: zephyrSoc("stm32f1x/Kconfig.defconfig.stm32f105xx"),
    can: zephyrDts("f1/stm32f105.dtsi"),
  },
};

/** XL density: the second bank holds 256 or 512 KiB, and nothing puts it at the start of flash. */
const XL_BANKS = { count: 2, readWhileWrite: true } as const;

/**
 * STM32F1 parts with CAN: half-words; pages of 1 KiB up to 128 KiB of flash, else of 2 KiB, and of
 * 2 KiB on the connectivity line. F100 to F102 have no CAN.
 *
 * The banks of STM32F103xF differ in size; as they cannot be exchanged, it is told as one.
 */
export const F1_DEVICES: readonly FlashGeometry[] = [
  ...rows("F103", "4", { ...MEDIUM_DENSITY, ram: [sram(6)] }),
  ...rows("F103", "6", { ...MEDIUM_DENSITY, ram: [sram(10)] }),
  ...rows("F103", "8B", { ...MEDIUM_DENSITY, ram: [sram(20)] }),
  ...rows("F103", "C", { ...HIGH_DENSITY, ram: [sram(48)] }),
  ...rows("F103", "DE", { ...HIGH_DENSITY, ram: [sram(64)] }),
  ...rows("F103", "F", { ...HIGH_DENSITY, ram: [sram(96)] }),
  ...rows("F103", "G", { ...HIGH_DENSITY, ram: [sram(96)], banks: XL_BANKS }),
  ...rows("F105", "8BC", CONNECTIVITY),
  ...rows("F107", "BC", CONNECTIVITY),
];
