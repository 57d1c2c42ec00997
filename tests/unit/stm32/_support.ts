import type { ImageRange } from "../../../src/image/mod.ts";
import type { FlashGeometry, MemoryLayout } from "../../../src/stm32/mod.ts";

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

/** Bootloader in the first erase units (at least 8 KiB), configuration in the last one. */
export function plainLayout(geometry: FlashGeometry): MemoryLayout {
  const { eraseUnitRuns, flashStart, flashSizeBytes } = geometry;
  const firstBytes = Math.max(8 * 1024, eraseUnitRuns[0]!.sizeBytes);
  const lastBytes = eraseUnitRuns.at(-1)!.sizeBytes;
  const flashEnd = flashStart + flashSizeBytes;
  const applicationStart = flashStart + firstBytes;
  return {
    bootloader: { start: flashStart, end: applicationStart },
    application: { start: applicationStart, end: flashEnd - lastBytes },
    configuration: [{ start: flashEnd - lastBytes, end: flashEnd }],
  };
}
