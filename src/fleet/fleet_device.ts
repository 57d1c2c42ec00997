import type { AddressRange } from "../core/mod.ts";

/** A part that the fleet file declares itself: what its author says of it, not yet checked. */
export interface FleetDevice {
  /** Its name: what nodes call it. */
  readonly name: string;
  /** The processor core, as ARM names it. */
  readonly core: string;
  /** The CAN controller. */
  readonly can: "bxCAN" | "FDCAN";
  /** First address of the flash. */
  readonly flashStart: number;
  /** Erase units from there upwards; times in ms where the file says them. */
  readonly eraseUnits: readonly {
    readonly sizeBytes: number;
    readonly count: number;
    readonly typicalMs?: number;
    readonly maxMs?: number;
  }[];
  /** What one write programs, in bytes. */
  readonly programUnitBytes: number;
  /** Whether each unit carries a check code. */
  readonly hasEcc: boolean;
  /** What an erased byte reads as. */
  readonly erasedValue: number;
  /** Where a stack may start. */
  readonly ram: readonly AddressRange[];
  /** Number of vectors, the initial stack pointer included. */
  readonly vectorCount: number;
  /** Number of banks. */
  readonly bankCount: 1 | 2;
  /** Where the second bank starts; right behind the first when absent. */
  readonly secondBankStart?: number;
  /** The option bit that exchanges the banks; nothing does when absent. */
  readonly swappedBy?: string;
}
