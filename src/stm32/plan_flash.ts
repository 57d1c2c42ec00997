import { rangeIntersection } from "../core/mod.ts";
import type { FirmwareImage, ImageRange } from "../image/mod.ts";
import { checkPlacement } from "./_image_placement.ts";
import { checkVectorTable } from "./_vector_table.ts";
import { deviceName } from "./devices.ts";
import { type EraseUnit, eraseUnits } from "./erase_units.ts";
import type { FlashPlan, FlashSegment, VectorTable } from "./flash_plan.ts";
import { FlashPlanError, type PlanProblem } from "./flash_plan_error.ts";
import type { FlashGeometry } from "./geometry.ts";
import {
  checkMemoryLayout,
  linkedLayout,
  type MemoryLayout,
  vectorTableAddress,
} from "./memory_layout.ts";
import { checkLinkedPlace, placedImage } from "./placed_image.ts";

/** What a plan is made from. */
export interface FlashPlanInput {
  /** What is to be written. */
  readonly image: FirmwareImage;
  /** The device. */
  readonly geometry: FlashGeometry;
  /** How its flash is divided. */
  readonly layout: MemoryLayout;
}

/** How a plan is made. */
export interface FlashPlanOptions {
  /**
   * Small pages are joined up to this size: a power of two, 4 to 32 KiB; 16 KiB by default.
   * Smaller segments cost more requests, larger ones more bytes at a retry.
   */
  readonly segmentSizeBytesMax?: number;
  /** What messages call the image, for example `image app of pump`; `image` by default. */
  readonly title?: string;
}

/**
 * Turns an image into segments, or refuses it. Pure: no frame was sent, none is.
 *
 * A segment is one large sector, or a run of neighbouring pages that hold bytes of the image. Runs
 * end at multiples of `segmentSizeBytesMax`, so that two images of one device share their borders.
 * Pages without a byte of the image are left alone.
 *
 * @param input Image, device and layout.
 * @param options How.
 * @returns The plan.
 * @throws {MemoryLayoutError} If the layout does not fit the device.
 * @throws {FlashPlanError} If the image may not be written there; it lists every reason.
 * @throws {RangeError} If `segmentSizeBytesMax` is not one of those allowed.
 */
export function planFlash(
  input: FlashPlanInput,
  options: FlashPlanOptions = {},
): FlashPlan & { readonly vectorTable: VectorTable } {
  const { image, geometry, layout } = input;
  const isMoved = layout.linkedAt !== undefined;
  const { segmentSizeBytesMax = 16 * 1024, title = "image" } = options;
  if (![4, 8, 16, 32].includes(segmentSizeBytesMax / 1024)) {
    throw new RangeError(
      `Cannot join pages to segments of ${segmentSizeBytesMax} bytes: not 4, 8, 16 or 32 KiB`,
    );
  }
  checkMemoryLayout(layout, geometry);
  const subject = { title, device: deviceName(geometry) };
  const linked = image.ranges.filter((range) => range.end > range.start);
  const { ranges } = placedImage({ ranges: linked }, layout);
  if (ranges.length === 0) {
    const address = layout.application.start;
    const reason = "the image holds no bytes";
    throw new FlashPlanError(subject, [{ code: "PLAN_IMAGE_EMPTY", address, reason }]);
  }
  const misplaced = isMoved
    ? checkLinkedPlace({ ranges: linked }, layout)
    : checkPlacement({ ranges }, geometry, layout);
  const findings = checkVectorTable({ ranges: linked }, geometry, linkedLayout(layout));
  const [first, ...others] = mergeProblems(misplaced, findings.problems);
  if (first !== undefined) throw new FlashPlanError(subject, [first, ...others]);
  const groups = groupUnits(ranges, geometry, segmentSizeBytesMax);
  const tableAddress = vectorTableAddress(layout);
  return {
    geometry,
    layout,
    segments: groups.map((units, index) => toSegment(units, index, ranges, geometry, tableAddress)),
    vectorTable: findings.vectorTable!,
    imageSizeBytes: ranges.reduce((sum, range) => sum + range.data.length, 0),
    warnings: [...image.warnings ?? [], ...findings.warnings]
      .sort((left, right) => left.address - right.address),
  };
}

/** A table is missing as a matter of course where the image lies elsewhere: that is said once. */
function mergeProblems(
  misplaced: readonly PlanProblem[],
  ofTable: readonly PlanProblem[],
): readonly PlanProblem[] {
  const told = misplaced.length === 0
    ? ofTable
    : ofTable.filter((problem) => problem.code !== "PLAN_VECTOR_TABLE_MISSING");
  return [...misplaced, ...told].sort((left, right) => left.address - right.address);
}

/** The units that hold bytes of the image, in runs that become segments. */
function groupUnits(
  ranges: readonly ImageRange[],
  geometry: FlashGeometry,
  segmentSizeBytesMax: number,
): readonly (readonly EraseUnit[])[] {
  const groups: EraseUnit[][] = [];
  let rangeIndex = 0;
  for (const unit of eraseUnits(geometry)) {
    while (rangeIndex < ranges.length && ranges[rangeIndex]!.end <= unit.start) rangeIndex++;
    const range = ranges[rangeIndex];
    if (range === undefined) break;
    if (range.start >= unit.end) continue;
    const group = groups.at(-1);
    const previous = group?.at(-1);
    const blockOf = (address: number): number =>
      Math.floor((address - geometry.flashStart) / segmentSizeBytesMax);
    const joins = previous !== undefined && previous.end === unit.start &&
      blockOf(previous.start) === blockOf(unit.end - 1);
    if (joins) group!.push(unit);
    else groups.push([unit]);
  }
  return groups;
}

function toSegment(
  units: readonly EraseUnit[],
  index: number,
  ranges: readonly ImageRange[],
  geometry: FlashGeometry,
  tableAddress: number,
): FlashSegment {
  const range = { start: units[0]!.start, end: units.at(-1)!.end };
  const parts = ranges.flatMap((source) => {
    const part = rangeIntersection(source, range);
    if (part === undefined) return [];
    const { start } = source;
    return [{ ...part, data: source.data.subarray(part.start - start, part.end - start) }];
  });
  const { unitBytes } = geometry.program;
  const start = Math.floor(parts[0]!.start / unitBytes) * unitBytes;
  const end = Math.ceil(parts.at(-1)!.end / unitBytes) * unitBytes;
  const data = new Uint8Array(end - start).fill(geometry.erasedValue);
  for (const part of parts) data.set(part.data, part.start - start);
  return {
    index,
    range,
    eraseUnits: units,
    write: { start, end, data },
    holdsVectorTable: range.start <= tableAddress && tableAddress < range.end,
  };
}
