import { rangeSizeBytes } from "../../core/mod.ts";
import type { FlashPlan, FlashSegment } from "../../stm32/mod.ts";
import type { UpdateProfile } from "./profile.ts";
import { assertProfileFits } from "./profile_fit.ts";

/**
 * Cuts a plan into the segments that a profile can handle by themselves. Where one erase, one download
 * or one check covers the whole image, trying a part of it again would undo or miss the rest: the
 * whole image is then one segment.
 *
 * @param plan A plan of at least one segment.
 * @param profile How the node is talked to.
 * @returns The plan, its segments perhaps merged.
 * @throws {ProfileFitError} If the profile cannot name a place of it.
 */
export function segmentForProfile(plan: FlashPlan, profile: UpdateProfile): FlashPlan {
  const { download, erase, check } = profile;
  const isWhole = download.unit === "image" || erase.scope === "image" || check?.scope === "image";
  const cut = isWhole && plan.segments.length > 1 ? mergeSegments(plan) : plan;
  assertProfileFits(cut, profile);
  return cut;
}

/**
 * Holds a plan to what its profile can handle: parts of an image that is one to the node would each
 * undo what the others did.
 *
 * @param plan The plan of a job.
 * @param profile How its node is talked to.
 * @throws {RangeError} If `segmentForProfile` was not asked.
 */
export function assertSegmentedForProfile(plan: FlashPlan, profile: UpdateProfile): void {
  if (segmentForProfile(plan, profile) === plan) return;
  throw new RangeError(
    `Cannot use a plan of ${plan.segments.length} segments: profile "${profile.name}" takes an ` +
      "image as one. Give the plan to segmentForProfile first",
  );
}

/**
 * Makes one segment of a whole plan, for nodes that take an image in one download.
 *
 * @param plan A plan of at least one segment.
 * @returns The same plan with a single segment; gaps are filled with the erased value.
 */
function mergeSegments(plan: FlashPlan): FlashPlan {
  const first = plan.segments[0]!;
  const last = plan.segments.at(-1)!;
  const write = { start: first.write.start, end: last.write.end };
  const data = new Uint8Array(rangeSizeBytes(write)).fill(plan.geometry.erasedValue);
  for (const segment of plan.segments) {
    data.set(segment.write.data, segment.write.start - write.start);
  }
  const merged: FlashSegment = {
    index: 0,
    range: { start: first.range.start, end: last.range.end },
    eraseUnits: plan.segments.flatMap((segment) => segment.eraseUnits),
    write: { ...write, data },
    holdsVectorTable: true,
  };
  return { ...plan, segments: [merged] };
}
