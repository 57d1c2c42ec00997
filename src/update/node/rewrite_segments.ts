import type { FlashSegment } from "../../stm32/mod.ts";
import type { NodeContext } from "./node_context.ts";
import { eraseAhead, updateSegment } from "./segment.ts";
import type { SegmentLedger } from "./segment_ledger.ts";
import { done, inOrder, type Step } from "./step.ts";

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
): Step<void> {
  const { plan: { segments }, profile: { erase } } = context.job;
  const rewrite = (segment: FlashSegment) => (): Step<void> =>
    ledger.isVerified(segment.index) ? done() : updateSegment(context, ledger, segment);
  const table = segments.find(({ holdsVectorTable }) => holdsVectorTable);
  if (erase.first !== "vectors" || table === undefined) return inOrder(...segments.map(rewrite));
  const others = segments.filter((segment) => segment !== table);
  return inOrder(
    () => {
      const isDue = others.some(({ index }) => !ledger.isVerified(index));
      return isDue && !ledger.isInvalidatedBy(table.index)
        ? eraseAhead(context, ledger, table)
        : done();
    },
    ...others.map(rewrite),
    rewrite(table),
  );
}
