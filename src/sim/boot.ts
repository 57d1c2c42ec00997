import { crc32 } from "../codec/mod.ts";
import type { AddressRange } from "../core/mod.ts";
import { linkedLayout, type MemoryLayout, vectorTableAddress } from "../stm32/mod.ts";
import type { ApplicationRecord } from "./application_record.ts";
import type { VirtualFlash } from "./virtual_flash.ts";

/** With what the bootloader started the application. */
export interface ApplicationJump {
  /** The initial stack pointer, the table's first word. */
  readonly stackPointer: number;
  /** The reset vector, the table's second word. */
  readonly resetVector: number;
  /** What VTOR was set to; `undefined` on cores without it. */
  readonly vectorTable: number | undefined;
}

/** What a bootloader knows when it decides. */
export interface BootInput {
  /** The flash. */
  readonly flash: VirtualFlash;
  /** How it is divided. */
  readonly layout: MemoryLayout;
  /** Whether its images are containers, of which nobody else knows the vectors. */
  readonly isOpaque?: boolean;
  /** The application that was accepted last. */
  readonly record: ApplicationRecord | undefined;
  /** Whether the application asked for an update before the reset. */
  readonly isUpdateRequested: boolean;
  /** Whether the application was ended by the watchdog too often in a row. */
  readonly isResetLoop?: boolean;
}

/** Why a bootloader stays. */
export type StayReason =
  /** The application asked for it. */
  | "updateRequested"
  /** No application was accepted since the last erase. */
  | "noApplication"
  /** It no longer reads as it did when it was accepted. */
  | "corrupt"
  /** Its vector table cannot be one. */
  | "implausibleVectors"
  /** Again and again the watchdog had to end it. */
  | "resetLoop"
  /** A request came before it had started the application. */
  | "held";

/** What a bootloader does after a reset. */
export type BootDecision =
  | { readonly mode: "application"; readonly jump: ApplicationJump }
  | { readonly mode: "bootloader"; readonly reason: StayReason };

/**
 * Decides at boot what runs: the application, if it was accepted, still reads as it did then, and
 * has a plausible vector table and does not end in the watchdog again and again; else, or when it
 * asked for an update, the bootloader.
 *
 * @param input What the bootloader knows.
 * @returns What runs.
 */
export function decideBoot(input: BootInput): BootDecision {
  const { flash, layout, record, isUpdateRequested, isResetLoop = false } = input;
  if (isUpdateRequested) return stay("updateRequested");
  if (record === undefined) return stay("noApplication");
  const isInside = record.start >= layout.application.start &&
    record.start + record.sizeBytes <= layout.application.end;
  const bytes = isInside ? flash.read(record.start, record.sizeBytes) : undefined;
  if (bytes === undefined || crc32(bytes) !== record.crc) return stay("corrupt");
  const jump = input.isOpaque === true ? UNPACKED : readVectors(flash, layout);
  if (jump === undefined) return stay("implausibleVectors");
  return isResetLoop ? stay("resetLoop") : { mode: "application", jump };
}

/**
 * Notes what lies in an application region, to be compared at each boot: from its start to its last
 * byte that is not erased, so that nothing is asked of the image.
 *
 * What an update that was cut short left behind a smaller image may be unreadable: then only what
 * was written since is noted.
 *
 * @param flash The flash.
 * @param region The application region.
 * @param writtenEnd One past the last byte that was written since the bootloader runs.
 * @returns The note; `undefined` when the region is erased or cannot be read.
 */
export function recordOf(
  flash: VirtualFlash,
  region: AddressRange,
  writtenEnd: number,
): ApplicationRecord | undefined {
  const { start } = region;
  for (const end of [flash.usedEnd(region), writtenEnd]) {
    const bytes = end > start ? flash.read(start, end - start) : undefined;
    if (bytes !== undefined) return { start, sizeBytes: end - start, crc: crc32(bytes) };
  }
  return undefined;
}

/**
 * Reads the application's first two words, if they can be what they must be: the stack pointer
 * aligned and in RAM (one past its end included, as linkers write it), the reset vector odd and in
 * the application.
 *
 * @param flash The flash.
 * @param layout How it is divided.
 * @param offsetBytes How far above its place it lies now: in the inactive bank.
 * @returns With what the application is started; `undefined` when it must not be.
 */
export function readVectors(
  flash: VirtualFlash,
  layout: MemoryLayout,
  offsetBytes = 0,
): ApplicationJump | undefined {
  const { ram, vectorTable: rule } = flash.geometry;
  const linked = linkedLayout(layout);
  const address = vectorTableAddress(linked);
  const bytes = flash.read(vectorTableAddress(layout) + offsetBytes, 8);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const stackPointer = view.getUint32(0, true);
  const resetVector = view.getUint32(4, true);
  // The core ignores bits 1:0.
  const stackStart = stackPointer - stackPointer % 4;
  const isStack = ram.some(({ start, end }) => stackStart > start && stackStart <= end);
  const { application } = linked;
  const isReset = resetVector % 2 === 1 && resetVector > application.start &&
    resetVector < application.end;
  if (!isStack || !isReset) return undefined;
  return { stackPointer, resetVector, vectorTable: rule.hasVtor ? address : undefined };
}

/** Where the application of a container is started is its bootloader's affair. */
const UNPACKED: ApplicationJump = { stackPointer: 0, resetVector: 0, vectorTable: undefined };

function stay(reason: StayReason): BootDecision {
  return { mode: "bootloader", reason };
}
