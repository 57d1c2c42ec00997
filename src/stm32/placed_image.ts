import { type AddressRange, formatRange } from "../core/mod.ts";
import type { FirmwareImage, ImageRange } from "../image/mod.ts";
import type { PlanProblem } from "./flash_plan_error.ts";
import { linkedLayout, type MemoryLayout } from "./memory_layout.ts";

/**
 * Moves an image from where it is linked to where it is written.
 *
 * @param image As its file has it.
 * @param layout The layout; it tells where the application is linked, if not where it is written.
 * @returns The same bytes where they are written.
 */
export function placedImage<Image extends FirmwareImage>(
  image: Image,
  layout: MemoryLayout,
): Image {
  const distance = layout.application.start - linkedLayout(layout).application.start;
  if (distance === 0) return image;
  const ranges = image.ranges.map(({ start, end, data }): ImageRange => ({
    start: start + distance,
    end: end + distance,
    data,
  }));
  return { ...image, ranges };
}

/**
 * Looks for bytes that lie anywhere but where the layout says that the application is linked.
 *
 * @param image As its file has it.
 * @param layout The layout; it has `linkedAt`.
 * @returns One problem for each stretch.
 */
export function checkLinkedPlace(
  image: FirmwareImage,
  layout: MemoryLayout,
): readonly PlanProblem[] {
  const { application } = linkedLayout(layout);
  return image.ranges.flatMap(({ start, end }) =>
    [
      { start, end: Math.min(end, application.start) },
      { start: Math.max(start, application.end), end },
    ].filter((part) => part.end > part.start)
  ).map((part: AddressRange) => ({
    code: "PLAN_OUTSIDE_APPLICATION" as const,
    address: part.start,
    reason:
      `${formatRange(part)} is not within ${formatRange(application)}, for which the layout's ` +
      "linkedAt says that the application is linked",
  }));
}
