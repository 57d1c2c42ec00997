import { type AddressRange, formatRange, hex, rangeIntersection } from "../core/mod.ts";
import { findPrograms, type FirmwareImage } from "../image/mod.ts";
import { flashRange } from "./erase_units.ts";
import type { PlanProblem } from "./flash_plan_error.ts";
import type { FlashGeometry } from "./geometry.ts";
import { memoryAreas } from "./memory_areas.ts";
import { type MemoryLayout, protectedRegions } from "./memory_layout.ts";

/**
 * Looks for bytes of an image that lie anywhere but in the application.
 *
 * @returns One problem for each stretch and region.
 */
export function checkPlacement(
  image: FirmwareImage,
  geometry: FlashGeometry,
  layout: MemoryLayout,
): readonly PlanProblem[] {
  const flash = flashRange(geometry);
  const forbidden = protectedRegions(layout);
  const allowed = [flash];
  const assigned = [layout.application, ...forbidden];
  const problems: PlanProblem[] = [];
  for (const range of image.ranges) {
    for (const part of subtract(range, allowed)) {
      problems.push({
        code: "PLAN_OUTSIDE_FLASH",
        address: part.start,
        reason: `${formatRange(part)} is not within the flash ${formatRange(flash)}` +
          hintOutsideFlash(part, image, geometry),
      });
    }
    for (const region of forbidden) {
      const part = rangeIntersection(range, region);
      if (part === undefined) continue;
      problems.push({
        code: "PLAN_PROTECTED_REGION",
        address: part.start,
        reason: `${formatRange(part)} lies in the ${region.name} ${formatRange(region)}` +
          (hintMerged(image, layout) ?? hintLinkedTooLow(range, layout)),
      });
    }
    const inFlash = rangeIntersection(range, flash);
    if (inFlash === undefined) continue;
    for (const part of subtract(inFlash, assigned)) {
      problems.push({
        code: "PLAN_OUTSIDE_APPLICATION",
        address: part.start,
        reason:
          `${formatRange(part)} is not within the application ${formatRange(layout.application)}` +
          (part.start === layout.application.end
            ? `: the image is ${part.end - part.start} bytes too large`
            : hintLinkedTooLow(range, layout)),
      });
    }
  }
  return problems;
}

function subtract(range: AddressRange, holes: readonly AddressRange[]): readonly AddressRange[] {
  let left: readonly AddressRange[] = [{ start: range.start, end: range.end }];
  for (const hole of holes) {
    left = left.flatMap((part) =>
      [
        { start: part.start, end: Math.min(part.end, hole.start) },
        { start: Math.max(part.start, hole.end), end: part.end },
      ].filter((rest) => rest.end > rest.start)
    );
  }
  return left;
}

/** Bootloader and application in one file: nothing is to be linked again. */
function hintMerged(image: FirmwareImage, layout: MemoryLayout): string | undefined {
  const { application } = layout;
  const programs = findPrograms(image);
  const program = programs.find(({ address }) => address === application.start);
  if (program === undefined || programs.length < 2) return undefined;
  const range = rangeIntersection(program.range, application)!;
  return `: the file holds your bootloader too; take the application by range: ${
    formatRange(range)
  } beside its file in the fleet file, or by canvoy image convert --range`;
}

function hintLinkedTooLow(range: AddressRange, { application }: MemoryLayout): string {
  return range.start < application.start
    ? `: the image starts at ${hex(range.start, 8)}, but the application at ${
      hex(application.start, 8)
    }; link it for that address`
    : "";
}

function hintOutsideFlash(
  part: AddressRange,
  image: FirmwareImage,
  geometry: FlashGeometry,
): string {
  const flash = flashRange(geometry);
  const lengthBytes = part.end - part.start;
  if (geometry.ram.some((region) => rangeIntersection(region, part) !== undefined)) {
    return ": that is RAM; the image was linked to run from RAM, or a section has no load address";
  }
  if (part.start === flash.end) {
    return `: the device has ${geometry.flashSizeBytes / 1024} KiB, ${lengthBytes} bytes too few`;
  }
  if (image.ranges[0]!.start < geometry.flashSizeBytes) {
    return `: flash is written at ${hex(flash.start, 8)}, not through its alias at 0x00000000; ` +
      "a raw binary needs its base address";
  }
  if (part.start >= 0x0c000000 && part.end <= 0x0c000000 + geometry.flashSizeBytes) {
    return ": that is the secure alias of flash; link for the non-secure address";
  }
  const names = new Set(
    memoryAreas(part).filter(({ kind }) => kind !== "flash")
      .map(({ name }) => name),
  );
  return names.size === 0 ? "" : `: that is ${[...names].join(", ")}, which no update writes; ` +
    "take the application alone by range: beside its file, or by canvoy image convert --range";
}
