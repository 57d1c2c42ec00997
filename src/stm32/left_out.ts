/** Lines that the table leaves out, and why. */
export interface LeftOutLines {
  /** Beginnings of their names behind `STM32`, a letter longer where only one size is meant. */
  readonly lines: readonly string[];
  /** Why, in words that complete "left out:". */
  readonly reason: string;
  /** What was read to know that, or what was looked for and not found. */
  readonly source: string;
}

const NO_CAN = "they have no CAN controller";
const NO_MAP = "no memory map of them was found that could be read";

/** Where to find Zephyr's device trees. */
function zephyr(family: string, what: string): string {
  return `zephyrproject-rtos/zephyr, dts/arm/st/${family}: ${what}`;
}

/** A family whose vendor writes no driver for CAN. */
function noHal(family: string): string {
  return `ST's HAL driver for ${family}: it has no header for CAN, with which other families have it`;
}

/**
 * What the table does not hold. `F103x4` is a size of a line, `F03` a beginning of several.
 *
 * Where sources disagree, or none was read, nothing is guessed: a fleet file may declare such a part
 * under `devices:`.
 */
export const LEFT_OUT: readonly LeftOutLines[] = [
  {
    lines: ["C01", "C03", "C05", "C07", "C091"],
    reason: NO_CAN,
    source: zephyr("c0", "stm32c092.dtsi adds one to stm32c091.dtsi, which has none of its own"),
  },
  {
    lines: ["F03", "F05", "F070", "F071"],
    reason: NO_CAN,
    source: zephyr("f0", "stm32f072.dtsi adds one to stm32f0.dtsi; f051, f070 and f071 add none"),
  },
  {
    lines: ["F100", "F101", "F102"],
    reason: NO_CAN,
    source: "ST's HAL driver, stm32f1xx_hal_rcc_ex.h: a clock for CAN in F103, F105 and F107 alone",
  },
  {
    lines: ["F301", "F318"],
    reason: NO_CAN,
    source:
      "STMicroelectronics/stm32f3xx_hal_driver, Inc/Legacy/stm32f3xx_hal_can_legacy.h: both " +
      "are missing in its list of parts",
  },
  {
    lines: ["F401", "F410", "F411"],
    reason: NO_CAN,
    source: zephyr("f4", "stm32f405.dtsi adds one to stm32f401.dtsi; f410 and f411 add none"),
  },
  {
    lines: ["G03", "G04", "G05", "G06", "G07", "G08", "G0B0"],
    reason: NO_CAN,
    source: zephyr("g0", "stm32g0b1.dtsi adds one to stm32g071.dtsi; stm32g0b0.dtsi adds none"),
  },
  { lines: ["L0"], reason: NO_CAN, source: noHal("L0") },
  { lines: ["L1"], reason: NO_CAN, source: noHal("L1") },
  {
    lines: ["L412", "L422"],
    reason: NO_CAN,
    source: zephyr("l4", "stm32l431.dtsi adds one to stm32l4.dtsi; stm32l412.dtsi adds none"),
  },
  {
    lines: ["U0"],
    reason: NO_CAN,
    source: zephyr("u0", "stm32u073.dtsi and stm32u083.dtsi, the largest, have none"),
  },
  { lines: ["WB"], reason: NO_CAN, source: noHal("WB") },
  { lines: ["WL"], reason: NO_CAN, source: noHal("WL") },
  {
    lines: ["G411", "G414", "GBK1"],
    reason: NO_MAP,
    source: zephyr("g4", "it has no file of them"),
  },
  {
    lines: ["G471"],
    reason: "the sources disagree on its RAM",
    source: "found when the table was made from embassy-rs/stm32-data; which other was not noted",
  },
  {
    lines: ["H5E", "H5F"],
    reason: "nothing was found that says their erase units, and where bank 2 of 3 MiB starts",
    source: zephyr("h5", "stm32h5e4Xj.dtsi and stm32h5e4Xk.dtsi have 4 and 3 MiB, and no more"),
  },
  {
    lines: ["H7R", "H7S", "N6"],
    reason: "their application lies in external memory, which canvoy does not know",
    source: zephyr("h7rs", "stm32h7r3X8.dtsi has 64 KiB of flash; n6/stm32n657X0.dtsi has none"),
  },
  {
    lines: ["L485"],
    reason: "no memory map of it was found that could be read",
    source: zephyr("l4", "it has no file of it"),
  },
  {
    lines: ["L552xC"],
    reason: "two option bits decide on pages and banks, and the sources disagree how",
    source: "zephyrproject-rtos/zephyr, drivers/flash/flash_stm32l5x.c, has space between its " +
      "banks; OpenOCD, stm32l4x.c, has them one behind the other",
  },
  {
    lines: ["U5F7xI", "U5F9xI"],
    reason: "the sources disagree where their second bank starts",
    source: "found when the table was made from embassy-rs/stm32-data; which other was not noted",
  },
  {
    lines: ["C5", "U3"],
    reason: "no source of these families was read",
    source: "they are newer than the sources of the table",
  },
];

/**
 * Says why a part is not in the table.
 *
 * @param name What stands behind `STM32`: line, and size where it is known: `L552xC`.
 * @returns The reason; `undefined` where none is known.
 */
export function leftOutReason(name: string): string | undefined {
  return LEFT_OUT.find(({ lines }) => lines.some((line) => name.startsWith(line)))?.reason;
}
