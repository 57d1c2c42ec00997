import { crc32 } from "../codec/mod.ts";
import { vectorTableAddress } from "../stm32/mod.ts";
import type { VirtualNode } from "./virtual_node.ts";

/** What the bootloader noted about the application that it accepted. */
export interface ApplicationRecord {
  /** First address that the checksum covers. */
  readonly start: number;
  /** How many bytes it covers. */
  readonly sizeBytes: number;
  /** CRC-32 of them. */
  readonly crc: number;
}

/**
 * What survives a reset of the node.
 *
 * `application` stands for a word that the bootloader keeps outside the application (a page of its
 * own, or backup registers): gone before the first erase, written only after the final check.
 */
export class BootloaderMemory {
  /** The accepted application; `undefined` from the first erase to the final check. */
  application: ApplicationRecord | undefined;
  /** In RAM that a reset keeps: the application asks the bootloader to stay. */
  isUpdateRequested = false;
}

/**
 * Decides at boot whether the application may run: it was accepted, it still reads as it did then,
 * and its vector table is plausible.
 *
 * @param node The node.
 * @returns Whether it may.
 */
export function hasValidApplication(node: VirtualNode): boolean {
  const { application } = node.memory;
  if (application === undefined) return false;
  const bytes = node.flash.read(application.start, application.sizeBytes);
  return bytes !== undefined && crc32(bytes) === application.crc && hasPlausibleVectors(node);
}

/**
 * Looks at the vector table as a careful bootloader does.
 *
 * @param node The node.
 * @returns Whether the initial stack pointer lies in RAM, and the reset vector in the application.
 */
export function hasPlausibleVectors(node: VirtualNode): boolean {
  const { geometry, layout } = node.options;
  const bytes = node.flash.read(vectorTableAddress(layout), 8);
  if (bytes === undefined) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const stackPointer = view.getUint32(0, true);
  const resetVector = view.getUint32(4, true);
  const { start, end } = layout.application;
  return geometry.ram.some((ram) => stackPointer > ram.start && stackPointer <= ram.end) &&
    resetVector % 2 === 1 && resetVector > start && resetVector < end;
}
