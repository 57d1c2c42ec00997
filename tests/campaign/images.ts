import { type AddressRange, Prng } from "../../src/core/mod.ts";
import type { FirmwareImage, ImageRange } from "../../src/image/mod.ts";
import {
  type EraseUnit,
  eraseUnits,
  type FlashGeometry,
  flashHole,
  type MemoryLayout,
} from "../../src/stm32/mod.ts";

/** Smallest bootloader region, in bytes. */
const BOOTLOADER_BYTES_MIN = 8 * 1024;
const VERSION_OFFSET = 0x400;

/**
 * Divides a part's flash, or its first bank: a bootloader of whole units, one unit of configuration
 * at the end, the application between them.
 */
export function layoutOf(
  geometry: FlashGeometry,
  options: { readonly inOneBank?: boolean } = {},
): MemoryLayout {
  const all = eraseUnits(geometry);
  const units = options.inOneBank === true ? all.slice(0, all.length / 2) : all;
  const start = geometry.flashStart;
  const bootloaderEnd = units.find((unit) => unit.end - start >= BOOTLOADER_BYTES_MIN)!.end;
  const last = units.at(-1)!;
  const holeStart = flashHole(geometry)?.start ?? Infinity;
  return {
    bootloader: { start, end: bootloaderEnd },
    application: { start: bootloaderEnd, end: Math.min(last.start, holeStart) },
    configuration: [{ start: last.start, end: last.end }],
  };
}

/**
 * Makes an image of a stretch at the start of each of some erase units, from the application's
 * start on: dense where units are small, sparse where sectors are large.
 */
export function imageOf(
  geometry: FlashGeometry,
  layout: MemoryLayout,
  options: {
    readonly seed: number;
    readonly version: string;
    readonly unitCount: number;
    readonly bytesPerUnit: number;
  },
): FirmwareImage {
  const units = eraseUnits(geometry)
    .filter(({ start, end }) => start >= layout.application.start && end <= layout.application.end)
    .slice(0, options.unitCount);
  const prng = new Prng(options.seed, 0x1A6E);
  const ranges = joined(units.map((unit) => stretch(unit, options.bytesPerUnit)))
    .map((range): ImageRange => ({ ...range, data: prng.bytes(range.end - range.start) }));
  const first = ranges[0]!.data;
  const view = new DataView(first.buffer);
  view.setUint32(0, geometry.ram[0]!.end, true);
  view.setUint32(4, ranges[0]!.start + 0x1C1, true);
  const marker = new TextEncoder().encode(`CANVOY-VERSION:${options.version}\0`);
  first.set(marker, Math.min(VERSION_OFFSET, first.length - marker.length));
  return { ranges };
}

function stretch(unit: EraseUnit, bytes: number): AddressRange {
  return { start: unit.start, end: Math.min(unit.start + bytes, unit.end) };
}

function joined(ranges: readonly AddressRange[]): readonly AddressRange[] {
  const joint: AddressRange[] = [];
  for (const range of ranges) {
    const last = joint.at(-1);
    if (last?.end === range.start) joint[joint.length - 1] = { start: last.start, end: range.end };
    else joint.push(range);
  }
  return joint;
}
