import type { FlashGeometry } from "../stm32/mod.ts";

/**
 * Fills bytes up to whole program units.
 *
 * @param data The bytes.
 * @param geometry The part.
 * @returns They, with erased ones behind.
 */
export function wholeUnits(data: Uint8Array, geometry: FlashGeometry): Uint8Array {
  const { erasedValue, program } = geometry;
  const sizeBytes = Math.ceil(data.length / program.unitBytes) * program.unitBytes;
  const units = new Uint8Array(sizeBytes).fill(erasedValue);
  units.set(data);
  return units;
}
