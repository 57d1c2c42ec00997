import type { CanFrame } from "./frame.ts";

/** A frame of a capture. */
export interface CandumpRecord {
  /** When, in ms. */
  readonly atMs: number;
  /** Name of the bus. */
  readonly interfaceName: string;
  /** The frame. */
  readonly frame: CanFrame;
}
