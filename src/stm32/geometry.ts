import type { AddressRange } from "../core/mod.ts";
import type { FigureSources } from "./sources.ts";

/** `count` erase units of `sizeBytes` each, one after the other. */
export interface EraseUnitRun {
  /** Size of one page or sector, in bytes. */
  readonly sizeBytes: number;
  /** How many of them. */
  readonly count: number;
}

/** How long erasing one unit of a size takes, everything else at rest. */
export interface EraseTime {
  /** The unit size it holds for, in bytes. */
  readonly sizeBytes: number;
  /** Typical time, in ms. */
  readonly typicalMs: number;
  /** Longest time, in ms. */
  readonly maxMs: number;
}

/**
 * What programming a unit a second time, without an erase between, may do.
 *
 * - `never`: the check code of the unit no longer fits, and reading it faults.
 * - `onlyToZero`: the whole unit may be overwritten with zero bits, anything else is refused.
 * - `clearBits`: any bit may go from 1 to 0.
 */
export type SecondProgram = "never" | "onlyToZero" | "clearBits";

/** How flash is programmed. */
export interface ProgramRule {
  /** What one write programs, in bytes; it lies at a multiple of its size. */
  readonly unitBytes: number;
  /** Whether each unit carries a check code. */
  readonly hasEcc: boolean;
  /** What a second program of a unit may do. */
  readonly secondProgram: SecondProgram;
  /** Typical time for one unit, in microseconds. */
  readonly typicalUs: number;
  /** Longest time for one unit, in microseconds. */
  readonly maxUs: number;
}

/** An option bit that matters to who updates firmware. */
export interface OptionBit {
  /** Its name in ST's documents, for example `DBANK`. */
  readonly name: string;
  /** What its values do. */
  readonly meaning: string;
}

/** The banks of a part, in the mode that its row describes. */
export interface BankRule {
  /** 1, or 2 halves of equal size. */
  readonly count: 1 | 2;
  /** Which option bit decides the count; absent where silicon does. */
  readonly decidedBy?: OptionBit;
  /** Which option bit exchanges the banks, or boots from the second; absent where nothing does. */
  readonly swappedBy?: OptionBit;
  /** Where the second bank starts, if a hole is between the banks; by default right behind. */
  readonly secondStart?: number;
  /** Whether one bank can be read, and code run from it, while the other erases or programs. */
  readonly readWhileWrite: boolean;
}

/** A stretch of RAM in which an initial stack pointer may lie. */
export interface RamRegion extends AddressRange {
  /** Its name in ST's documents, for example `SRAM1`. */
  readonly name: string;
}

/** What the core asks of a vector table. */
export interface VectorTableRule {
  /** Whether the core has VTOR; without it the application must copy its table to RAM. */
  readonly hasVtor: boolean;
  /** Number of vectors, the initial stack pointer included. */
  readonly vectorCount: number;
  /**
   * The table starts at a multiple of it: a power of two that holds all vectors, 128 at least
   * (256 on Cortex-M0+), as the low bits of VTOR are not there; 4 without VTOR.
   */
  readonly alignmentBytes: number;
}

/** The processor core, as ARM names it. */
export type CortexCore =
  | "Cortex-M0"
  | "Cortex-M0+"
  | "Cortex-M3"
  | "Cortex-M4"
  | "Cortex-M7"
  | "Cortex-M33";

/**
 * What is known of one STM32 part with one flash size in one bank mode.
 *
 * Flash is one stretch, or two banks with a hole between, and its times are those at 2.7 to 3.6 V with the widest
 * program access that this voltage allows. `sources` says for each figure what was read to learn
 * it; see `assumedFigures`.
 */
export interface FlashGeometry {
  /** For example `STM32F407xG`: `x` stands for any number of pins, the last letter for the size. */
  readonly part: string;
  /** Whether a fleet file declares it; its name is the author's then. */
  readonly isDeclared?: true;
  /** For parts whose option bits choose: which mode this row describes. */
  readonly bankMode?: "single-bank" | "dual-bank";
  /** The processor core. */
  readonly core: CortexCore;
  /** First address of the main flash as code sees it. */
  readonly flashStart: number;
  /** Size of the main flash, in bytes. */
  readonly flashSizeBytes: number;
  /** The erase units from `flashStart` upwards, run by run. */
  readonly eraseUnitRuns: readonly EraseUnitRun[];
  /** Erase time of each unit size that occurs. */
  readonly eraseTimes: readonly EraseTime[];
  /** How flash is programmed. */
  readonly program: ProgramRule;
  /** What an erased byte reads as. */
  readonly erasedValue: 0xff | 0x00;
  /** The banks. */
  readonly banks: BankRule;
  /** How many erases a unit is guaranteed to survive. */
  readonly enduranceCycles: number;
  /** RAM in which an initial stack pointer may lie. */
  readonly ram: readonly RamRegion[];
  /** What the core asks of a vector table. */
  readonly vectorTable: VectorTableRule;
  /** The CAN controller: bxCAN knows classic frames only. */
  readonly can: "bxCAN" | "FDCAN";
  /** Where each figure comes from. */
  readonly sources: FigureSources;
}
