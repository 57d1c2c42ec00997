import type { AddressRange } from "../core/mod.ts";
import {
  type ApplicationRecord,
  decodeRecord,
  encodeRecord,
  RECORD_BYTES,
} from "./application_record.ts";
import { type MemoryLayout, vectorTableAddress } from "../stm32/mod.ts";
import type { VirtualNodeOptions } from "./node_options.ts";
import type { VirtualFlash } from "./virtual_flash.ts";

/**
 * The bootloader's note of the application that it accepted, in flash, in front of the vector table:
 * programmed once all is checked, gone with the first erase of an update, which has to be that of its
 * unit. A program that power cuts short spoils one place of several; the next one is taken then.
 */
export class HeaderMark {
  readonly #flash: VirtualFlash;
  readonly #places: readonly AddressRange[];

  /**
   * Makes a mark over what flash holds.
   *
   * @param flash Where it lies.
   * @param places Where a note may be, in the order in which they are used.
   */
  constructor(flash: VirtualFlash, places: readonly AddressRange[]) {
    this.#flash = flash;
    this.#places = places;
  }

  /** The accepted application; `undefined` when none was since the last erase. */
  get record(): ApplicationRecord | undefined {
    for (const { start } of this.#places) {
      const bytes = this.#flash.read(start, RECORD_BYTES);
      const record = bytes === undefined ? undefined : decodeRecord(bytes);
      if (record !== undefined) return record;
    }
    return undefined;
  }

  /** Where the first erase of an update has to be. */
  get address(): number {
    return this.#places[0]!.start;
  }

  /**
   * Says what has to be programmed to note an application.
   *
   * @param record The application.
   * @returns Address and bytes; `undefined` when no place is left.
   */
  toProgram(
    record: ApplicationRecord,
  ): { readonly address: number; readonly data: Uint8Array } | undefined {
    const place = this.#places.find((one) => this.#flash.isErased(one));
    if (place === undefined) return undefined;
    const data = new Uint8Array(place.end - place.start).fill(this.#flash.geometry.erasedValue);
    data.set(encodeRecord(record));
    return { address: place.start, data };
  }
}

/**
 * Finds where a node keeps its mark in flash.
 *
 * @param options How the node is made.
 * @param flash Its flash.
 * @returns The mark in its header; `undefined` where it is elsewhere, or the header has no room.
 */
export function findMark(
  { dialect, layout, geometry }: VirtualNodeOptions,
  flash: VirtualFlash,
): HeaderMark | undefined {
  if (dialect.erase.first !== "vectors" || dialect.banks !== undefined) return undefined;
  const { unitBytes } = geometry.program;
  const sizeBytes = Math.ceil(RECORD_BYTES / unitBytes) * unitBytes;
  const count = Math.floor((layout.applicationHeader?.sizeBytes ?? 0) / sizeBytes);
  const { start } = layout.application;
  const places = Array.from({ length: count }, (_, i) => ({
    start: start + i * sizeBytes,
    end: start + (i + 1) * sizeBytes,
  }));
  return count === 0 ? undefined : new HeaderMark(flash, places);
}

/**
 * Tells what of a bank a note is about: without what the mark itself lies in.
 *
 * @param region The application.
 * @param layout How flash is divided.
 * @param mark The mark in flash, where there is one.
 * @returns What is noted and compared at each boot.
 */
export function notedRegion(
  region: AddressRange,
  layout: MemoryLayout,
  mark: HeaderMark | undefined,
): AddressRange {
  return mark === undefined ? region : { start: vectorTableAddress(layout), end: region.end };
}
