import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, modmDevices, OPENOCD_L4, STM32_DATA, zephyrDts } from "../sources.ts";
import { KIB, pages, relocatableTable, rows, sram } from "./_parts.ts";

const C092 = {
  core: "Cortex-M0+",
  flashStart: 0x08000000,
  eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 22, maxMs: 40 }],
  program: { unitBytes: 8, hasEcc: true, secondProgram: "never", typicalUs: 85, maxUs: 125 },
  erasedValue: 0xff,
  banks: { count: 1, readWhileWrite: false },
  enduranceCycles: 10_000,
  ram: [sram(30)],
  vectorTable: relocatableTable(32, 256),
  can: "FDCAN",
  unitsOf: pages(2),
  sources: {
    ...ASSUMED,
    core: zephyrDts("c0/stm32c0.dtsi"),
    eraseUnits: STM32_DATA,
    eraseMax: zephyrDts("c0/stm32c0.dtsi"),
    programUnit: zephyrDts("c0/stm32c0.dtsi"),
    erasedValue: STM32_DATA,
    banks: OPENOCD_L4,
    ram: STM32_DATA,
    vectorTable: modmDevices("stm32c0-91_92.xml"),
    can: zephyrDts("c0/stm32c092.dtsi"),
  },
} as const;

/** STM32C092 parts: 64 bits with ECC, pages of 2 KiB. C01x to C091 have no CAN. */
export const C0_DEVICES: readonly FlashGeometry[] = rows("C092", "BC", C092);
