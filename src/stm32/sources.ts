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
  | "enduranceCycles"
  | "ram"
  | "vectorTable"
  | "can";

/** Something that was read. */
export interface Source {
  /** Repository and path, or title of a page. */
  readonly read: string;
  /** The ST document that it names or stands for, where it does. */
  readonly document?: string;
}

/** Where each figure comes from: what was read, or `assumed`. */
export type FigureSources = Readonly<Record<Figure, Source | "assumed">>;
