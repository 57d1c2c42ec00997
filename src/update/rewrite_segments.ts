import { concat, defer, EMPTY, type Observable } from "rxjs";
import type { FlashSegment } from "../stm32/mod.ts";
import type { NodeEvent } from "./events.ts";
import type { NodeContext } from "./node_context.ts";
import { eraseAhead, updateSegment } from "./segment.ts";
import type { SegmentLedger } from "./segment_ledger.ts";

/**
 * Brings all segments that are not verified to what they should be: by address, or, where the profile
 * says so, with the one that holds the vector table erased before all others and written after them.
 * That one is then rewritten too when only others differ: while it stands, the node takes its
 * application for valid.
 *
 * @param context The node, in its bootloader and unlocked.
 * @param ledger What is known of its segments.
 * @returns Its events; errors with the last failure of a segment that is given up.
 */
export function rewriteSegments(
  context: NodeContext,
  ledger: SegmentLedger,
): Observable<NodeEvent> {
  const { plan: { segments }, profile: { erase } } = context.job;
  const rewrite = (segment: FlashSegment): Observable<NodeEvent> =>
    defer(() => ledger.isVerified(segment.index) ? EMPTY : updateSegment(context, ledger, segment));
  const table = segments.find(({ holdsVectorTable }) => holdsVectorTable);
  if (erase.first !== "vectors" || table === undefined) return concat(...segments.map(rewrite));
  const others = segments.filter((segment) => segment !== table);
  return concat(
    defer(() => {
      const isDue = others.some(({ index }) => !ledger.isVerified(index));
      return isDue && !ledger.isInvalidatedBy(table.index)
        ? eraseAhead(context, ledger, table)
        : EMPTY;
    }),
    ...others.map(rewrite),
    rewrite(table),
  );
}
