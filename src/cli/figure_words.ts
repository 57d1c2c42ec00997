import type { Figure } from "../stm32/mod.ts";

/** What each figure of a part is, in words. */
const WORDS: Readonly<Record<Figure, string>> = {
  core: "its core",
  eraseUnits: "its erase units",
  eraseTypical: "typical time to erase",
  eraseMax: "longest time to erase",
  programUnit: "what is programmed at once",
  ecc: "whether its flash has ECC",
  secondProgram: "whether a unit may be programmed twice",
  programTypical: "typical time to program",
  programMax: "longest time to program",
  erasedValue: "what erased bytes read as",
  banks: "its banks",
  bankSwap: "how its banks are exchanged",
  enduranceCycles: "how often it can be erased",
  ram: "its RAM",
  vectorTable: "where a vector table may lie",
  can: "its CAN controller",
};

/**
 * Names a figure of a part for people.
 *
 * @param figure The figure.
 * @returns In words.
 */
export function figureWords(figure: Figure): string {
  return WORDS[figure];
}
