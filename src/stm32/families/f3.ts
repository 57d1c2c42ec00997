import type { FlashGeometry, RamRegion } from "../geometry.ts";
import { ASSUMED, STM32_DATA, zephyrDts, zephyrSoc } from "../sources.ts";
import { KIB, type LineBase, pages, relocatableTable, rows, sram, unread } from "./_parts.ts";

const F303: LineBase = {
  core: "Cortex-M4",
  flashStart: 0x08000000,
  eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 30, maxMs: 40 }],
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
  vectorTable: relocatableTable(82),
  can: "bxCAN",
  ram: [sram(40), ccm(8)],
  unitsOf: pages(2),
  sources: {
    ...ASSUMED,
    core: zephyrDts("f3/stm32f3.dtsi"),
    eraseUnits: STM32_DATA,
    eraseMax: zephyrDts("f3/stm32f3.dtsi"),
    programUnit: zephyrDts("f3/stm32f3.dtsi"),
    erasedValue: STM32_DATA,
    banks: STM32_DATA,
    ram: STM32_DATA,
    can: zephyrDts("f3/stm32f3.dtsi"),
  },
};

const F303_LARGE: LineBase = {
  ...F303,
  ram: [sram(64), ccm(16)],
  vectorTable: relocatableTable(85),
  sources: {
    ...F303.sources,
    vectorTable: zephyrSoc("stm32f3x/Kconfig.defconfig.stm32f303xe"),
  },
};

/** F302 and F373 parts have no CCM SRAM. */
function f302(kib: number, soc: string): LineBase {
  const vectorTable = zephyrSoc(`stm32f3x/Kconfig.defconfig.${soc}`);
  return { ...F303, ram: [sram(kib)], sources: { ...F303.sources, vectorTable } };
}

const F303_SMALL: LineBase = {
  ...F303,
  ram: [sram(12), ccm(4)],
  sources: {
    ...F303.sources,
    vectorTable: zephyrSoc("stm32f3x/Kconfig.defconfig.stm32f303x8"),
  },
};
const F334: LineBase = {
  ...F303_SMALL,
  sources: {
    ...F303.sources,
    vectorTable: zephyrSoc("stm32f3x/Kconfig.defconfig.stm32f334x8"),
  },
};
const F302_LARGE = unread({ ...F303_LARGE, ram: [sram(64)] }, "vectorTable", "can");

/** STM32F3 parts with CAN: half-words, pages of 2 KiB. F301 and F318 have no CAN. */
export const F3_DEVICES: readonly FlashGeometry[] = [
  ...rows("F302", "68", f302(16, "stm32f302x8")),
  ...rows("F302", "B", f302(32, "stm32f302xc")),
  ...rows("F302", "C", f302(40, "stm32f302xc")),
  ...rows("F302", "DE", F302_LARGE),
  ...rows("F303", "68", F303_SMALL),
  ...rows("F303", "B", { ...F303, ram: [sram(32), ccm(8)] }),
  ...rows("F303", "C", F303),
  ...rows("F303", "DE", F303_LARGE),
  ...rows("F328", "8", unread(F334, "vectorTable", "can")),
  ...rows("F334", "468", F334),
  ...rows("F358", "C", unread(F303, "can")),
  ...rows("F373", "8", f302(16, "stm32f373xc")),
  ...rows("F373", "B", f302(24, "stm32f373xc")),
  ...rows("F373", "C", f302(32, "stm32f373xc")),
  ...rows("F378", "C", unread(f302(32, "stm32f373xc"), "vectorTable", "can")),
  ...rows("F398", "E", unread(F303_LARGE, "vectorTable", "can")),
];

function ccm(kib: number): RamRegion {
  return { name: "CCM SRAM", start: 0x10000000, end: 0x10000000 + kib * KIB };
}
