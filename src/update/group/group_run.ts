import { sha256 } from "../../codec/mod.ts";
import { bytesToHex } from "../../core/mod.ts";
import type { FlashPlan, FlashSegment } from "../../stm32/mod.ts";
import { joinSegments } from "../node/join_segments.ts";

/** Segments that lie one behind the other, erased, sent and checked as one. */
export interface GroupRun {
  /** All of them as one; its index is that of the first. */
  readonly whole: FlashSegment;
  /** They themselves. */
  readonly segments: readonly FlashSegment[];
}

/**
 * Joins the segments of a plan where neither what is erased nor what is written has a gap.
 *
 * @param plan The plan.
 * @returns The runs, by address.
 */
export function groupRuns(plan: FlashPlan): readonly GroupRun[] {
  const runs: FlashSegment[][] = [];
  for (const segment of plan.segments) {
    const before = runs.at(-1)?.at(-1);
    const joins = before !== undefined && before.range.end === segment.range.start &&
      before.write.end === segment.write.start;
    if (joins) runs.at(-1)!.push(segment);
    else runs.push([segment]);
  }
  return runs.map((segments) => ({ segments, whole: joinSegments(segments) }));
}

/**
 * Tells plans apart by what they write where; what is erased for it may differ.
 *
 * @param plan The plan.
 * @returns The same text for plans that may take the same messages, and for no others.
 */
export function groupContent(plan: FlashPlan): string {
  return groupRuns(plan)
    .map(({ whole: { write } }) => `${write.start}:${bytesToHex(sha256(write.data))}`)
    .join();
}
