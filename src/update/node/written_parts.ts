import type { FlashSegment } from "../../stm32/mod.ts";
import type { NodeJob } from "./node_context.ts";

/** A shorter run of erased bytes is sent: two requests more would cost as much, in bytes. */
const SKIPPED_BYTES_MIN = 1024;

/** Bytes of a segment that are sent by one download. */
export interface WrittenPart {
  /** Where they belong. */
  readonly address: number;
  /** Where in the segment's bytes they begin. */
  readonly offset: number;
  /** They themselves. */
  readonly data: Uint8Array;
}

/**
 * Cuts a segment's bytes into what must be sent: all at once, or, where the profile allows, without
 * long runs of what erased flash holds anyway. The checksum covers those all the same.
 *
 * @param job The part, and how the node is talked to.
 * @param segment The segment.
 * @returns The parts, by address; none where erasing is all that is to be done.
 */
export function writtenParts(
  { plan, profile }: Pick<NodeJob, "plan" | "profile">,
  segment: FlashSegment,
): readonly WrittenPart[] {
  const { start, data } = segment.write;
  const { erasedValue, program: { unitBytes } } = plan.geometry;
  const part = (offset: number, end: number): WrittenPart => ({
    address: start + offset,
    offset,
    data: data.subarray(offset, end),
  });
  if (!profile.download.skipsErased) return [part(0, data.length)];
  const parts: WrittenPart[] = [];
  let partStart: number | undefined;
  let partEnd = 0;
  for (let at = 0; at < data.length; at += unitBytes) {
    const unitEnd = Math.min(at + unitBytes, data.length);
    if (isFilledWith(erasedValue, data, at, unitEnd)) continue;
    if (partStart !== undefined && at - partEnd >= SKIPPED_BYTES_MIN) {
      parts.push(part(partStart, partEnd));
      partStart = at;
    }
    partStart ??= at;
    partEnd = unitEnd;
  }
  if (partStart !== undefined) parts.push(part(partStart, partEnd));
  return parts;
}

function isFilledWith(value: number, data: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (data[i] !== value) return false;
  return true;
}
