import { formatRange, rangeContains } from "../core/mod.ts";
import { deviceName } from "./devices.ts";
import { eraseUnitsTouching } from "./erase_units.ts";
import type { FlashPlan, OpaqueImage } from "./flash_plan.ts";
import { FlashPlanError } from "./flash_plan_error.ts";
import { checkMemoryLayout } from "./memory_layout.ts";
import type { FlashPlanInput, FlashPlanOptions } from "./plan_flash.ts";

/**
 * Plans an image that the bootloader alone understands: compressed, encrypted, or both. It is one
 * segment, sent as it is; erased is what it needs once it is unpacked, or what it has, if that is more.
 *
 * @param input The image as one range that begins where the bootloader writes it; device and layout.
 * @param opaque What is stated of it.
 * @param options How messages call it.
 * @returns The plan, without a vector table.
 * @throws {MemoryLayoutError} If the layout does not fit the device.
 * @throws {FlashPlanError} If there is no room for it in the application.
 */
export function planOpaque(
  { image, geometry, layout }: FlashPlanInput,
  opaque: OpaqueImage,
  { title = "image" }: Pick<FlashPlanOptions, "title"> = {},
): FlashPlan {
  checkMemoryLayout(layout, geometry);
  const subject = { title, device: deviceName(geometry) };
  const [write] = image.ranges;
  if (write === undefined || image.ranges.length > 1) {
    const reason = "an opaque image is one stretch of bytes";
    const address = layout.application.start;
    throw new FlashPlanError(subject, [{ code: "PLAN_IMAGE_EMPTY", address, reason }]);
  }
  const { start, data } = write;
  const { uncompressedSizeBytes = 0 } = opaque;
  const room = { start, end: start + Math.max(data.length, uncompressedSizeBytes) };
  if (!rangeContains(layout.application, room)) {
    const reason = `${formatRange(room)}, which it takes once it is unpacked, is not within the ` +
      `application ${formatRange(layout.application)}`;
    const problem = { code: "PLAN_OUTSIDE_APPLICATION", address: start, reason } as const;
    throw new FlashPlanError(subject, [problem]);
  }
  const eraseUnits = eraseUnitsTouching(geometry, room);
  const range = { start: eraseUnits[0]!.start, end: eraseUnits.at(-1)!.end };
  return {
    geometry,
    layout,
    segments: [{ index: 0, range, eraseUnits, write, holdsVectorTable: true }],
    opaque,
    imageSizeBytes: data.length,
    warnings: [],
  };
}
