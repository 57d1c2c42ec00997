/** The figures of a geometry row whose origin is kept. */
export type Figure =
  | "core"
  | "eraseUnits"
  | "eraseTypical"
  | "eraseMax"
  | "programUnit"
  | "ecc"
  | "secondProgram"
  | "programTypical"
  | "programMax"
  | "erasedValue"
  | "banks"
  | "bankSwap"
  | "enduranceCycles"
  | "ram"
  | "vectorTable"
  | "can";

/** Something that was read. */
export interface Source {
  /** Repository and path, or title of a page. */
  readonly read: string;
  /** The ST document that it is, names or stands for. */
  readonly document?: string;
}

/** Where each figure comes from: what was read, or `assumed` when nothing readable was found. */
export type FigureSources = Readonly<Record<Figure, Source | "assumed">>;

/** Start of a family's sources: a family names what was read, the rest stays assumed. */
export const ASSUMED: FigureSources = {
  core: "assumed",
  eraseUnits: "assumed",
  eraseTypical: "assumed",
  eraseMax: "assumed",
  programUnit: "assumed",
  ecc: "assumed",
  secondProgram: "assumed",
  programTypical: "assumed",
  programMax: "assumed",
  erasedValue: "assumed",
  banks: "assumed",
  bankSwap: "assumed",
  enduranceCycles: "assumed",
  ram: "assumed",
  vectorTable: "assumed",
  can: "assumed",
};

/** A figure that a fleet file declares: its author answers for it. */
export const DECLARED: Source = { read: "devices: of the fleet file" };

/** Memory map, erase sizes and erased value of every STM32 chip. */
export const STM32_DATA: Source = {
  read: "embassy-rs/stm32-data: stm32-data-gen/src/memory.rs",
};

/** Bank modes and page sizes; its comments name the manuals. */
export const OPENOCD_L4: Source = {
  read: "openocd-org/openocd: src/flash/nor/stm32l4x.c",
  document: "RM0351, RM0394, RM0440, RM0444, RM0428, RM0456, RM0490",
};

/** Sectors and bank modes of F2, F4 and F7. */
export const OPENOCD_F2: Source = {
  read: "openocd-org/openocd: src/flash/nor/stm32f2x.c",
};

/** Sectors, flash words and where the second bank starts. */
export const OPENOCD_H7: Source = {
  read: "openocd-org/openocd: src/flash/nor/stm32h7x.c",
};

/**
 * @param file Path below `devices/stm32/`.
 * @returns A modm device file: core, memory, interrupts, CAN controllers by line.
 */
export function modmDevices(file: string): Source {
  return { read: `modm-io/modm-devices: devices/stm32/${file}` };
}

/** Lets a row with ECC be overwritten with zeros only. */
export const ZEPHYR_FLASH_L5: Source = {
  read: "zephyrproject-rtos/zephyr: drivers/flash/flash_stm32l5x.c",
  document: "STM32L5, STM32U5 and STM32H5 reference manuals",
};

/**
 * @param file Path below `dts/arm/st/`.
 * @returns A Zephyr device tree: core, memory, CAN controller, longest erase.
 */
export function zephyrDts(file: string): Source {
  return { read: `zephyrproject-rtos/zephyr: dts/arm/st/${file}` };
}

/**
 * @param file Path below `soc/st/stm32/`.
 * @returns A Zephyr configuration: number of interrupts.
 */
export function zephyrSoc(file: string): Source {
  return { read: `zephyrproject-rtos/zephyr: soc/st/stm32/${file}` };
}

/**
 * Lists what a plan for this part rests on without a readable source.
 *
 * @param geometry The part.
 * @returns The figures, in a fixed order; empty when each has a source.
 */
export function assumedFigures(
  geometry: {
    readonly sources: FigureSources;
    readonly banks: { readonly swappedBy?: unknown };
  },
): readonly Figure[] {
  return (Object.keys(ASSUMED) as Figure[]).filter((figure) =>
    geometry.sources[figure] === "assumed" &&
    (figure !== "bankSwap" || geometry.banks.swappedBy !== undefined)
  );
}
