import type { FlashPlan } from "../../stm32/mod.ts";
import type { NodeEvent } from "./events.ts";

/**
 * Says what is to be written on a node, or compared with what it holds.
 *
 * @param plan The plan.
 * @returns The event that begins its run.
 */
export function plannedEvent(
  { imageSizeBytes, segments }: FlashPlan,
): NodeEvent & { readonly type: "nodePlanned" } {
  return {
    type: "nodePlanned",
    imageBytes: imageSizeBytes,
    segments: segments.map(({ range, write }) => ({ ...range, dataBytes: write.data.length })),
  };
}
