import type { AddressRange } from "../core/mod.ts";

/** How an integrator divides the flash of a node. Ranges start and end on erase unit borders. */
export interface MemoryLayout {
  /** Never erased, never written. */
  readonly bootloader: AddressRange;
  /** What an update may erase and write. */
  readonly application: AddressRange;
  /** Survives updates: never erased, never written. */
  readonly configuration?: readonly AddressRange[];
  /** A header at the start of the application; the vector table follows it. */
  readonly applicationHeader?: { readonly sizeBytes: number };
}

/**
 * @param layout The layout.
 * @returns Where the application's vector table lies.
 */
export function vectorTableAddress(layout: MemoryLayout): number {
  return layout.application.start + (layout.applicationHeader?.sizeBytes ?? 0);
}
