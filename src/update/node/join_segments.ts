import { concatBytes } from "../../core/mod.ts";
import type { FlashSegment } from "../../stm32/mod.ts";

/**
 * Makes one segment of neighbours, of which each is written where the one before ends.
 *
 * @param run One segment or more, by address.
 * @returns All of them as one; its index is that of the first.
 */
export function joinSegments(run: readonly FlashSegment[]): FlashSegment {
  const first = run[0]!;
  if (run.length === 1) return first;
  const last = run.at(-1)!;
  return {
    index: first.index,
    range: { start: first.range.start, end: last.range.end },
    eraseUnits: run.flatMap(({ eraseUnits }) => eraseUnits),
    write: {
      start: first.write.start,
      end: last.write.end,
      data: concatBytes(run.map(({ write }) => write.data)),
    },
    holdsVectorTable: run.some(({ holdsVectorTable }) => holdsVectorTable),
  };
}
