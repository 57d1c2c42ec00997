import type { AddressRange } from "../core/mod.ts";
import type { FirmwareImage, ImageRange } from "./firmware_image.ts";
import { type McubootHeader, readMcubootHeader } from "./mcuboot_header.ts";
import { bytesAt } from "./ranges.ts";

/** One program of an image: what a core could start by itself. */
export interface ImageProgram {
  /** Where it starts, its header included. */
  readonly address: number;
  /** Where its vector table lies. */
  readonly vectorTableAddress: number;
  /** Word 0 of the vector table. */
  readonly initialStackPointer: number;
  /** Word 1, odd: the Thumb bit. */
  readonly resetVector: number;
  /** What the image has from its start up to the next program. */
  readonly range: AddressRange;
  /** Its header, where it is an image for MCUboot. */
  readonly mcuboot?: McubootHeader;
}

/** Programs begin at erase units or behind a header: none of the parts has smaller units than this. */
const STEP_BYTES = 0x200;
/** Within a stretch, what stands before a program fills its region up. */
const FILL_BYTES = 16;
const FLASH: AddressRange = { start: 0x0800_0000, end: 0x1000_0000 };

/**
 * Looks for programs in an image: a merged file of bootloader and application has two.
 *
 * A program is told by its vector table, an initial stack pointer into RAM and a reset vector to code
 * that the image has behind it. It is looked for where a stretch of bytes starts, behind fill, and
 * behind a header of MCUboot.
 *
 * @param image An image.
 * @returns Its programs, by address.
 */
export function findPrograms(image: FirmwareImage): readonly ImageProgram[] {
  const found: Omit<ImageProgram, "range">[] = [];
  for (const range of image.ranges) {
    if (range.start < FLASH.start || range.start >= FLASH.end) continue;
    for (let address = range.start; address + 8 <= range.end; address = nextStep(address)) {
      if (address !== range.start && !isBehindFill(range, address)) continue;
      if (address <= (found.at(-1)?.vectorTableAddress ?? 0)) continue;
      const program = programAt(image, range, address);
      if (program !== undefined) found.push(program);
    }
  }
  const spanEnd = image.ranges.findLast(({ start }) => start < FLASH.end)?.end ?? 0;
  let last = 0;
  return found.map((program, i) => {
    const limit = found[i + 1]?.address ?? spanEnd;
    while ((image.ranges[last + 1]?.start ?? limit) < limit) last++;
    const end = Math.min(limit, image.ranges[last]!.end);
    return { ...program, range: { start: program.address, end } };
  });
}

function nextStep(address: number): number {
  return (Math.floor(address / STEP_BYTES) + 1) * STEP_BYTES;
}

function isBehindFill({ start, data }: ImageRange, address: number): boolean {
  const at = address - start;
  const fill = data[at - 1];
  if (at < FILL_BYTES || (fill !== 0xFF && fill !== 0x00)) return false;
  return data.subarray(at - FILL_BYTES, at).every((byte) => byte === fill);
}

function programAt(
  image: FirmwareImage,
  range: ImageRange,
  address: number,
): Omit<ImageProgram, "range"> | undefined {
  const mcuboot = readMcubootHeader(image, address);
  const vectorTableAddress = address + (mcuboot?.headerBytes ?? 0);
  const at = vectorTableAddress - range.start;
  if (at + 8 > range.data.length) return undefined;
  const view = new DataView(range.data.buffer, range.data.byteOffset, range.data.length);
  const initialStackPointer = view.getUint32(at, true);
  const resetVector = view.getUint32(at + 4, true);
  const isStack = (initialStackPointer > 0x2000_0000 && initialStackPointer <= 0x4000_0000) ||
    (initialStackPointer > 0x1000_0000 && initialStackPointer <= 0x1002_0000);
  const isCode = resetVector % 2 === 1 && resetVector > vectorTableAddress &&
    bytesAt(image, resetVector - 1, 2) !== undefined;
  if (!isStack || !isCode) return undefined;
  return {
    address,
    vectorTableAddress,
    initialStackPointer,
    resetVector,
    ...(mcuboot === undefined ? {} : { mcuboot }),
  };
}
