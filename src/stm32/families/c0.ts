import type { FlashGeometry } from "../geometry.ts";
import { ASSUMED, OPENOCD_L4, STM32_DATA, zephyrDts } from "../sources.ts";
import { equalUnits, KIB, relocatableTable, sram } from "./_parts.ts";

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
  sources: {
    ...ASSUMED,
    core: zephyrDts("c0/stm32c0.dtsi"),
    eraseUnits: STM32_DATA,
    eraseMax: zephyrDts("c0/stm32c0.dtsi"),
    programUnit: zephyrDts("c0/stm32c0.dtsi"),
    erasedValue: STM32_DATA,
    banks: OPENOCD_L4,
    ram: STM32_DATA,
    can: zephyrDts("c0/stm32c092.dtsi"),
  },
} as const;

/** STM32C092 parts: 64 bits with ECC, pages of 2 KiB. */
export const C0_DEVICES: readonly FlashGeometry[] = [
  { ...C092, part: "STM32C092xB", flashSizeBytes: 128 * KIB, eraseUnitRuns: equalUnits(2, 128) },
  { ...C092, part: "STM32C092xC", flashSizeBytes: 256 * KIB, eraseUnitRuns: equalUnits(2, 256) },
] as const satisfies readonly FlashGeometry[];
