import { CanvoyError } from "../../core/mod.ts";
import type { FlashSegment } from "../../stm32/mod.ts";
import { stopPoint } from "./cancellation.ts";
import { checkSegment } from "./check.ts";
import { RoutineStatusError, VerifyMismatchError } from "./errors.ts";
import { joinSegments } from "./join_segments.ts";
import type { NodeContext } from "./node_context.ts";
import { phaseEvent } from "./phases.ts";
import { sparesErases } from "../profiles/check_strength.ts";
import type { CheckProfile } from "../profiles/profile.ts";
import { recoveryFor } from "./recovery.ts";
import type { SegmentLedger } from "./segment_ledger.ts";
import { andThen, deferStep, done, inOrder, recover, type Step, tell } from "./step.ts";

/**
 * Asks a node, where that changes nothing and its checksum is a strong one, which segments are right
 * already: neighbours in one question where the profile can, and in halves where the answer is no.
 *
 * Cold; a segment is `checking`, then `skipped` or `pending` again. It is not asked about what was
 * erased in this run or may be torn: see {@linkcode SegmentLedger}.
 *
 * @param context The node, in its bootloader and unlocked.
 * @param ledger What is known of its segments; learns the answers.
 * @returns The events; errors when the node is silent or has left its session, or when cancelled.
 */
export function compareSegments(context: NodeContext, ledger: SegmentLedger): Step<void> {
  return deferStep(() => {
    const { check } = context.job.profile;
    if (!sparesErases(check)) return done();
    const asked = context.job.plan.segments.filter((segment) => ledger.isWorthAsking(segment));
    const runs = ledger.asksJointly ? joinNeighbours(asked, check) : asked.map((one) => [one]);
    return inOrder(...runs.map((run) =>
      inOrder(
        tell(...run.map((segment) => phaseEvent(segment, "checking"))),
        compareRun({ context, ledger, check }, run),
      )
    ));
  });
}

/**
 * Asks whether a node holds all of some segments, in as few questions as the profile can; where it
 * cannot tell, it does not.
 *
 * @param context The node, in its bootloader and unlocked.
 * @param segments The segments, by address.
 * @returns The events of the exchange, and the answer; errors as `compareSegments` does.
 */
export function holdsAll(
  context: NodeContext,
  segments: readonly FlashSegment[],
): Step<boolean> {
  const { check } = context.job.profile;
  if (!sparesErases(check)) return done(false);
  const compared = inOrder(
    ...joinNeighbours(segments, check).map((run) =>
      inOrder(
        stopPoint(context),
        checkSegment(context, check, joinSegments(run)),
      )
    ),
  );
  return recover(
    andThen(compared, () => done(true)),
    (error) => saysDifferent(error) ? done(false) : undefined,
  );
}

interface Comparison {
  readonly context: NodeContext;
  readonly ledger: SegmentLedger;
  readonly check: CheckProfile;
}

function compareRun(comparison: Comparison, run: readonly FlashSegment[]): Step<void> {
  const { context, ledger, check } = comparison;
  const compared = inOrder(
    stopPoint(context),
    checkSegment(context, check, joinSegments(run)),
    () => {
      for (const { index } of run) ledger.verify(index);
      return tell(...run.map((segment) => phaseEvent(segment, "skipped")));
    },
  );
  return recover(compared, (error) => {
    if (saysDifferent(error)) return findDifference(comparison, run, error);
    if (run.length > 1 && recoveryFor(error) === "silence") ledger.asksJointly = false;
    return undefined;
  });
}

/** Some segment of a run is different: which? */
function findDifference(
  comparison: Comparison,
  run: readonly FlashSegment[],
  error: CanvoyError,
): Step<void> {
  const { ledger } = comparison;
  const [only, ...others] = run;
  if (others.length === 0) {
    ledger.differ(only!.index, withOwnRange(only!, error));
    return tell(phaseEvent(only!, "pending"));
  }
  const middle = run.length >> 1;
  const left = run.slice(0, middle);
  const right = run.slice(middle);
  return inOrder(
    compareRun(comparison, left),
    () => {
      const isLeftEqual = left.every(({ index }) => ledger.isVerified(index));
      const isKnown = isLeftEqual && error instanceof VerifyMismatchError;
      return isKnown ? findDifference(comparison, right, error) : compareRun(comparison, right);
    },
  );
}

/** A node may also refuse to look at what it never programmed, or at so much at once. */
function saysDifferent(error: unknown): error is CanvoyError {
  if (error instanceof VerifyMismatchError) return true;
  // Nothing was written yet: its word for "different" may be none that the profile knows.
  if (error instanceof RoutineStatusError) return true;
  const recovery = recoveryFor(error);
  return error instanceof CanvoyError && error.code === "UDS_NEGATIVE_RESPONSE" &&
    recovery !== "node";
}

function withOwnRange(segment: FlashSegment, error: CanvoyError): CanvoyError {
  if (!(error instanceof VerifyMismatchError)) return error;
  const { start, data } = segment.write;
  return new VerifyMismatchError({ address: start, sizeBytes: data.length }, error.response);
}

/** Runs of segments of which each begins where the one before ends, as far as one question reaches. */
function joinNeighbours(
  segments: readonly FlashSegment[],
  check: CheckProfile,
): readonly (readonly FlashSegment[])[] {
  const sizeBytesMax = jointSizeBytesMax(check);
  const runs: FlashSegment[][] = [];
  let sizeBytes = 0;
  for (const segment of segments) {
    const run = runs.at(-1);
    const { start, data } = segment.write;
    const isNeighbour = run?.at(-1)?.write.end === start;
    if (isNeighbour && sizeBytes + data.length <= sizeBytesMax) {
      run!.push(segment);
      sizeBytes += data.length;
    } else {
      runs.push([segment]);
      sizeBytes = data.length;
    }
  }
  return runs;
}

/** How much one question can be about: it must say where and how much, and not by segment. */
function jointSizeBytesMax({ request }: CheckProfile): number {
  const fields = new Map(
    request.parts.flatMap((part) =>
      part.kind === "field" ? [[part.name, part.sizeBytes ?? 0] as const] : []
    ),
  );
  const isPlaced = fields.has("address") || fields.has("offset");
  if (!isPlaced || fields.has("segment") || fields.has("page") || fields.has("pages")) return 0;
  return 2 ** (8 * (fields.get("size") ?? 0)) - 1;
}
