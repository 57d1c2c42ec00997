import type { AddressRange } from "../core/mod.ts";

/** Bytes that belong at one stretch of addresses. */
export interface ImageRange extends AddressRange {
  /** `end - start` bytes. */
  readonly data: Uint8Array;
}

/** Something a person should know of a file, though it can be read. */
export interface ImageWarning {
  /** Stable code. */
  readonly code:
    /** Nothing in the file proves that it is whole. */
    | "IMAGE_UNPROVEN"
    /** The file gives no load addresses, so addresses at run time were taken. */
    | "IMAGE_RUN_ADDRESSES"
    /** Bytes that only the section table tells of. */
    | "IMAGE_LOOSE_SECTION";
  /** The address it is about. */
  readonly address: number;
  /** In words. */
  readonly reason: string;
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
  /** What is to be doubted of the file; absent where nothing is. */
  readonly warnings?: readonly ImageWarning[];
}
