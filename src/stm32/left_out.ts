/** Lines that the table leaves out, and why. */
export interface LeftOutLines {
  /** Beginnings of their names behind `STM32`, a letter longer where only one size is meant. */
  readonly lines: readonly string[];
  /** Why, in words that complete "left out:". */
  readonly reason: string;
}

const NO_CAN = "they have no CAN controller";

/**
 * What the table does not hold. `F103x4` is a size of a line, `F03` a beginning of several.
 *
 * Where sources disagree, or none was read, nothing is guessed: a fleet file may declare such a part
 * under `devices:`.
 */
export const LEFT_OUT: readonly LeftOutLines[] = [
  { lines: ["C01", "C03", "C05", "C07", "C091"], reason: NO_CAN },
  { lines: ["F03", "F05", "F070", "F071"], reason: NO_CAN },
  { lines: ["F100", "F101", "F102"], reason: NO_CAN },
  { lines: ["F301", "F318"], reason: NO_CAN },
  { lines: ["F401", "F410", "F411"], reason: NO_CAN },
  { lines: ["G03", "G04", "G05", "G06", "G07", "G08", "G0B0"], reason: NO_CAN },
  { lines: ["L0", "L1", "L412", "L422", "U0", "WB", "WL"], reason: NO_CAN },
  {
    lines: ["G411", "G414", "GBK1"],
    reason: "no memory map of them was found that could be read",
  },
  { lines: ["G471"], reason: "the sources disagree on its RAM" },
  { lines: ["H5E", "H5F"], reason: "no memory map of them was found that could be read" },
  {
    lines: ["H7R", "H7S", "N6"],
    reason: "their application lies in external memory, which canvoy does not know",
  },
  { lines: ["L485"], reason: "no memory map of it was found that could be read" },
  {
    lines: ["L552xC"],
    reason: "two option bits decide on pages and banks, and the sources disagree how",
  },
  {
    lines: ["U5F7xI", "U5F9xI"],
    reason: "the sources disagree where their second bank starts",
  },
  { lines: ["C5", "U3"], reason: "no source of these families was read" },
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
