import type { AddressRange } from "../core/mod.ts";

/** One bit of flash that no operation changes. */
export interface StuckBit {
  /** Its byte. */
  readonly address: number;
  /** 0..7. */
  readonly bit: number;
  /** What it always reads as. */
  readonly value: 0 | 1;
}

/** What is wrong with a flash; nothing by default. */
export interface FlashFaults {
  /** Chance that programming one program unit fails. */
  readonly failProgramRatio?: number;
  /** Chance that erasing one erase unit fails. */
  readonly failEraseRatio?: number;
  /** Where both chances hold; everywhere by default. */
  readonly failRange?: AddressRange;
  /**
   * Bits that never change. Where units have a check code, one wrong bit in a unit is corrected and
   * two raise a double error.
   */
  readonly stuckBits?: readonly StuckBit[];
}
