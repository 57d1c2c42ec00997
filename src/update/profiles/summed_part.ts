import { rangeSizeBytes } from "../../core/mod.ts";
import type { FlashPlan, FlashSegment } from "../../stm32/mod.ts";
import type { UpdateProfile } from "./profile.ts";

/**
 * Finds what a check is about: the bytes of a segment as they are written, or what the profile says that
 * the bootloader sums up in their place. What was erased and not written holds the erased value.
 *
 * @param job The plan, and how the node is talked to.
 * @param segment The segment.
 * @returns Where it begins and ends, and what it should hold; nothing where less is left than is left out.
 */
export function summedPart(
  { plan, profile }: {
    readonly plan: Pick<FlashPlan, "geometry" | "layout">;
    readonly profile: Pick<UpdateProfile, "check">;
  },
  { range, write }: FlashSegment,
): FlashSegment["write"] {
  const { part = "written", skipBytes = 0, tailBytes = 0 } = profile.check?.over ?? {};
  const whole = part === "written" ? write : part === "erased" ? range : plan.layout.application;
  const data = new Uint8Array(rangeSizeBytes(whole)).fill(plan.geometry.erasedValue);
  data.set(write.data, write.start - whole.start);
  const start = Math.min(whole.start + skipBytes, whole.end);
  const end = Math.max(start, whole.end - tailBytes);
  return { start, end, data: data.subarray(start - whole.start, end - whole.start) };
}
