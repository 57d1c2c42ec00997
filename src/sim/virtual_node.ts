import type { ApplicationRecord } from "./application_record.ts";
import type { ApplicationJump } from "./boot.ts";
import type { BankControlSnapshot } from "./bank_control.ts";
import type { NodeMode, VirtualNodeEvent, VirtualNodeStatistics } from "./node_event.ts";
import type { VirtualNodeOptions } from "./node_options.ts";
import type { BankStatus } from "../stm32/mod.ts";
import type { UncheckedRanges } from "./download_log.ts";
import type { FlashSnapshot } from "./flash_array.ts";
import type { VirtualFlash } from "./virtual_flash.ts";

/** What a node holds without power. */
export interface VirtualNodeSnapshot {
  /** Its flash. */
  readonly flash: FlashSnapshot;
  /** The bootloader's note of the application that it accepted. */
  readonly record: Uint8Array;
  /** What nobody may run yet. */
  readonly noted: Readonly<UncheckedRanges>;
  /** What decides which of two banks runs; absent where there is one. */
  readonly banks?: BankControlSnapshot;
}

/**
 * An STM32 node on a bus: flash, a bootloader that follows the sequence of a well-made one, an
 * application, and a UDS server.
 *
 * At each boot the bootloader starts the application if it was accepted at the end of the last
 * update, still reads as it did then, and has a plausible vector table; else it stays and can be
 * reached. It is what remains whatever goes wrong. See {@linkcode decideBoot}.
 */
export interface VirtualNode {
  /** How it was made. */
  readonly options: VirtualNodeOptions;
  /** Its flash: checkers read it directly. */
  readonly flash: VirtualFlash;
  /** What runs on it. */
  readonly mode: NodeMode;
  /** Active session. */
  readonly session: number;
  /** Unlocked security level; 0: none. */
  readonly securityLevel: number;
  /** The bootloader's note of the application that it accepted; `undefined`: of none. */
  readonly acceptedApplication: ApplicationRecord | undefined;
  /** How its banks are; `undefined` where there is one, or its dialect exchanges none. */
  readonly bankStatus: BankStatus | undefined;
  /** With what the running application was started; `undefined` while none runs. */
  readonly jump: ApplicationJump | undefined;
  /** Whether a tester has stopped its normal communication. */
  readonly isCommunicationStopped: boolean;
  /** Whether a tester has stopped its trouble codes. */
  readonly isDtcSettingStopped: boolean;
  /** What was written to it, by data identifier: fingerprints. */
  readonly writtenData: ReadonlyMap<number, Uint8Array>;
  /** What it has done so far. */
  readonly statistics: VirtualNodeStatistics;
  /** Called with everything that happens on it, in order. */
  onEvent: ((event: VirtualNodeEvent) => void) | undefined;

  /** Gives it power; it is heard a little later. */
  powerOn(): void;
  /** Takes its power: what memory is busy with is cut, RAM is lost. */
  powerOff(): void;
  /** Restarts it by its reset pin: as losing power, but RAM is kept. */
  reset(): void;
  /**
   * Has its power go in the midst of a memory operation, once; it stays off.
   *
   * @param operation Which, from 1 over the node's life: an erase unit, a program unit, a record.
   * @param fraction How far it will have come, 0..1; half by default.
   */
  powerOffAtOperation(operation: number, fraction?: number): void;
  /**
   * Takes what it holds without power.
   *
   * @returns A value for `restore`.
   */
  snapshot(): VirtualNodeSnapshot;
  /**
   * Puts back what it held; it is off afterwards.
   *
   * @param snapshot From `snapshot` of a node of the same part.
   */
  restore(snapshot: VirtualNodeSnapshot): void;
}
