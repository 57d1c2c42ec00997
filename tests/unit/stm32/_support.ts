import type { ImageRange } from "../../../src/image/mod.ts";
import {
  DEVICES,
  eraseUnits,
  type FlashGeometry,
  flashHole,
  type MemoryLayout,
} from "../../../src/stm32/mod.ts";

/** Bytes at an address; the first words are `vectors` where they are given, a vector table. */
export function range(
  start: number,
  lengthBytes: number,
  vectors?: readonly number[],
): ImageRange {
  const data = Uint8Array.from({ length: lengthBytes }, (_, i) => (start + i * 7) & 0xff);
  if (vectors !== undefined) {
    const view = new DataView(data.buffer);
    vectors.forEach((word, i) => view.setUint32(4 * i, word, true));
  }
  return { start, end: start + lengthBytes, data };
}

/** Parts of a single erase unit: a bootloader and an application find no border between them. */
export const ONE_UNIT = ["STM32H730xB", "STM32H750xB"];

/** The rows on which a bootloader and an application have room. */
export const DIVISIBLE: readonly FlashGeometry[] = DEVICES.filter(({ part }) =>
  !ONE_UNIT.includes(part)
);

/**
 * Bootloader in the first erase units (at least 8 KiB), configuration in the last one where three
 * are there, and the application between them, as far as there is flash without a hole.
 */
export function plainLayout(geometry: FlashGeometry): MemoryLayout {
  const { eraseUnitRuns, flashStart } = geometry;
  const units = eraseUnits(geometry);
  const { start, end } = units.at(-1)!;
  const border = flashStart + Math.max(8 * 1024, eraseUnitRuns[0]!.sizeBytes);
  const bootloader = { start: flashStart, end: border };
  if (units.length < 3) return { bootloader, application: { start: border, end } };
  return {
    bootloader,
    application: { start: border, end: flashHole(geometry)?.start ?? start },
    configuration: [{ start, end }],
  };
}
