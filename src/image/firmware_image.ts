import type { AddressRange } from "../core/mod.ts";

/** Bytes that belong at one stretch of addresses. */
export interface ImageRange extends AddressRange {
  /** `end - start` bytes. */
  readonly data: Uint8Array;
}

/**
 * What a firmware file says, whatever its format: which bytes belong at which addresses.
 *
 * `ranges` are sorted by address, never empty, never overlap and never touch (neighbours are one).
 */
export interface FirmwareImage {
  /** The stretches of bytes, by address. */
  readonly ranges: readonly ImageRange[];
  /** Where execution starts, where the format says so; nothing is decided by it. */
  readonly entryAddress?: number;
}
