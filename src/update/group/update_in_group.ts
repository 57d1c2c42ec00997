import { defer, finalize, merge, takeUntil } from "rxjs";
import type { GroupMap } from "../../group/mod.ts";
import { IsoTpError, UdsNegativeResponseError } from "../../uds/mod.ts";
import { isLastAnswerLost } from "../node/send_request.ts";
import { noticeAbsence } from "../node/bus_presence.ts";
import { checkpoint, stopPoint } from "../node/cancellation.ts";
import { checkBehindGroup, checkSegment } from "../node/check.ts";
import { toErrorReport } from "../node/error_report.ts";
import { VerifyMismatchError } from "../node/errors.ts";
import type { NodeEvent, SegmentPhase } from "../node/events.ts";
import {
  askMap,
  closeGroup,
  isOutOfRange,
  leaveByVersion,
  openGroup,
  reopenGroup,
  whileErasing,
} from "./group_exchanges.ts";
import { type GroupConversation, type GroupPlace, MovedError } from "./group_place.ts";
import type { GroupRun } from "./group_run.ts";
import type { GroupTransfer } from "./group_transfer.ts";
import type { NodeContext } from "../node/node_context.ts";
import { recoveryFor } from "../node/recovery.ts";
import { inEraseTurn, onRefusedErase } from "../node/erase_bounds.ts";
import { phaseEvent } from "../node/phases.ts";
import { eraseUnits } from "../node/segment.ts";
import type { SegmentLedger } from "../node/segment_ledger.ts";
import {
  act,
  andThen,
  deferStep,
  done,
  fail,
  inOrder,
  recover,
  repeatUntil,
  type Step,
  stepOf,
  tell,
  through,
  wait,
  watching,
} from "../node/step.ts";
import { sparesErases } from "../profiles/check_strength.ts";

/** A run of a node's segments and the group that sends it. */
export interface GroupPart {
  /** The segments. */
  readonly run: GroupRun;
  /** The group. */
  readonly transfer: GroupTransfer;
}

/**
 * Brings all segments of a node to what they should be in one go with other nodes, as far as that
 * works: what is not verified at the end is left to `updateSegment`.
 *
 * Failures that lost the session error, as the node must be entered again; others put the node out of
 * the group (`nodeLeftGroup`) and complete.
 *
 * @param context The node, in its bootloader and unlocked.
 * @param ledger What is known of its segments.
 * @param name The node's name in the group.
 * @param parts Its runs; together they hold all segments.
 * @returns Its events.
 */
export function updateInGroup(
  context: NodeContext,
  ledger: SegmentLedger,
  name: string,
  parts: readonly GroupPart[],
): Step<void> {
  return deferStep(() => {
    const places = parts.map(({ transfer }) => transfer.enroll(name));
    let hasTakenPart = false;
    // Also where it had come as far as what is behind a cut: nobody waits for it there.
    const leave = (): void => {
      for (const place of places) place.leave();
      for (const { transfer: { rest } } of parts) rest?.placeOf(name)?.leave();
    };
    const whole = inOrder(
      stopPoint(context),
      skipIfThere(context, ledger, parts),
      () =>
        isVerified(ledger, parts) ? done() : inOrder(
          () => {
            for (const place of places) place.isAwaited();
            return inEraseTurn(context, eraseAll(context, ledger, parts, places));
          },
          ...parts.map((part, i) => take(context, ledger, part, places[i]!)),
          verifyAll(context, ledger, parts),
        ),
    );
    const watched = watching(
      whole,
      (event) => hasTakenPart ||= event.type === "segmentPhase" && event.phase === "writing",
    );
    return recover(through(watched, finalize(leave)), (error) => {
      if (context.cancellation.requested) return undefined;
      const recovery = recoveryFor(error);
      const isLost = !(error instanceof MovedError) &&
        (recovery === "silence" || recovery === "node");
      const left = { type: "nodeLeftGroup", reason: reasonOf(error) } as const;
      if (isLost) {
        return andThen(hasTakenPart ? tell(left) : done(), () => fail(() => error));
      }
      return isOutOfRange(error) ? leaveByVersion(context, left) : tell(left);
    });
  });
}

function reasonOf(error: unknown): string {
  return error instanceof MovedError ? error.reason : toErrorReport(error).message;
}

function isVerified(ledger: SegmentLedger, parts: readonly GroupPart[]): boolean {
  return parts.every(({ run }) => run.segments.every(({ index }) => ledger.isVerified(index)));
}

function tellPhase(parts: readonly GroupPart[], phase: SegmentPhase): Step<void> {
  return tell(
    ...parts.flatMap(({ run }) => run.segments.map((segment) => phaseEvent(segment, phase))),
  );
}

/** Asks once for all whether the node holds the image already. */
function skipIfThere(
  context: NodeContext,
  ledger: SegmentLedger,
  parts: readonly GroupPart[],
): Step<void> {
  const { check } = context.job.profile;
  if (!sparesErases(check) || ledger.isTouched) return done();
  const compared = inOrder(
    tellPhase(parts, "checking"),
    ...parts.map(({ run }) => checkSegment(context, check, run.whole)),
    () => {
      for (const { run } of parts) for (const { index } of run.segments) ledger.verify(index);
      return tellPhase(parts, "skipped");
    },
  );
  return recover(compared, (error) => {
    const isDifferent = error instanceof VerifyMismatchError ||
      (error instanceof UdsNegativeResponseError && recoveryFor(error) !== "node");
    return isDifferent ? done() : undefined;
  });
}

/** Erases all runs. */
function eraseAll(
  context: NodeContext,
  ledger: SegmentLedger,
  parts: readonly GroupPart[],
  places: readonly GroupPlace[],
): Step<void> {
  return inOrder(
    tellPhase(parts, "erasing"),
    wait(context.announced$),
    stopPoint(context),
    act(() => {
      for (const place of places) place.eraseBegun();
    }),
    ...eraseOrder(context, parts).map(({ run }) =>
      inOrder(stopPoint(context), eraseRun(context, ledger, run))
    ),
    act(() => {
      for (const place of places) place.eraseEnded();
    }),
  );
}

/**
 * Erases one run; until data goes out to the group it is blank then. Where the last answer was lost
 * the group is opened all the same: the node says by that whether it is erased.
 */
function eraseRun(
  context: NodeContext,
  ledger: SegmentLedger,
  { segments, whole }: GroupRun,
): Step<void> {
  return deferStep(() => {
    if (segments.every(({ index }) => ledger.isBlank(index))) return done();
    const untouches = segments.map(({ index }) => ledger.touch(index));
    const untouch = (): void => {
      for (const one of untouches) one();
    };
    const erased = inOrder(
      onRefusedErase(
        context,
        eraseUnits(context, ledger, whole, { repeatsAfterPending: false }),
        untouch,
      ),
      act(() => {
        for (const { index } of segments) ledger.blank(index);
      }),
    );
    return recover(erased, (error) => isLastAnswerLost(error) ? done() : undefined);
  });
}

/** What makes the application valid goes first, where the profile says that this is the table. */
function eraseOrder({ job }: NodeContext, parts: readonly GroupPart[]): readonly GroupPart[] {
  if (job.profile.erase.first !== "vectors") return parts;
  const holdsTable = ({ run }: GroupPart): boolean => run.whole.holdsVectorTable;
  return [...parts.filter(holdsTable), ...parts.filter((part) => !holdsTable(part))];
}

/** Takes part in the group, and in what goes on behind each cut; closes it. */
function take(
  context: NodeContext,
  ledger: SegmentLedger,
  { run, transfer: first }: GroupPart,
  place: GroupPlace,
): Step<void> {
  /** One group; what goes on behind its cut, if any, is the next one. */
  const round = (rest?: GroupTransfer): Step<GroupTransfer | undefined> => {
    const transfer = rest ?? first;
    const own = rest === undefined ? place : rest.placeOf(place.name) ?? rest.enroll(place.name);
    const taken = openAndListen(context, ledger, { run, transfer }, own);
    return andThen(taken, () => done(transfer.rest));
  };
  return inOrder(
    repeatUntil<GroupTransfer | undefined>(round, { isOver: (rest) => rest === undefined }),
    () => closeGroup(context),
  );
}

/** Codes of a message whose last frames waited for flow control in vain: the node has not got it. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  "ISOTP_N_TIMEOUT_BS",
  "ISOTP_N_WFT_OVRN",
  "ISOTP_N_INVALID_FS",
  "ISOTP_N_BUFFER_OVFLW",
]);

function isNeverSent(error: unknown): boolean {
  return error instanceof IsoTpError && NEVER_SENT.has(error.code);
}

/** Opens the group on the node, erasing again what is not erased, and takes part until it has all. */
function openAndListen(
  context: NodeContext,
  ledger: SegmentLedger,
  part: GroupPart,
  place: GroupPlace,
): Step<void> {
  const { requested$ } = context.cancellation;
  const { segments } = part.run;
  const stopped$ = defer(() => merge(checkpoint(context.cancellation), requested$));
  return deferStep(() => {
    const wasBlank = segments.every(({ index }) => ledger.isBlank(index));
    const wasAway = noticeAbsence(context.bus);
    let mayBeOpen = false;
    for (const { index } of segments) ledger.write(index);
    const opening = watching(
      whileErasing(context, part.run.whole, () => openGroup(context, part.transfer)),
      (event) => mayBeOpen ||= event.type === "retry" && !NEVER_SENT.has(event.error.code),
    );
    const opened = recover(opening, (error) => {
      const isRefused = error instanceof UdsNegativeResponseError || isNeverSent(error);
      if (mayBeOpen || wasAway() || !wasBlank || !isRefused) return undefined;
      for (const { index } of segments) ledger.blank(index);
      return undefined;
    });
    return andThen(opened, (answer) =>
      inOrder(
        tellPhase([part], "writing"),
        // Not within what is tried again: a place is taken once.
        stepOf(place.takePart(answer, conversation(context, part)).pipe(takeUntil(stopped$))),
        stopPoint(context),
      ));
  });
}

/** What the group asks of the node while it takes part. */
function conversation(context: NodeContext, part: GroupPart): GroupConversation {
  const { transfer } = part;
  return {
    askMap: (range) =>
      andThen(askMap(context, transfer, range), (map) => {
        const isAll = range.first === 0 && range.count === 0;
        return andThen(isAll ? tell(...progress(part, map)) : done(), () => done(map));
      }),
    reopen: (opening) => reopenGroup(context, opening),
  };
}

/** What of each segment the node has, by its map: what is behind a cut has not been sent. */
function progress({ run, transfer }: GroupPart, map: GroupMap): readonly NodeEvent[] {
  const { region } = transfer.opening;
  const { blockBytes, generationBlocks, address, sizeBytes } = region;
  const missing = map.generations.flatMap((part) =>
    part.missing.map((i) => {
      const start = address + (part.generation * generationBlocks + i) * blockBytes;
      return { start, end: start + blockBytes };
    })
  );
  missing.push({ start: address + sizeBytes, end: transfer.rest === undefined ? 0 : Infinity });
  return run.segments.map(({ index, write }) => {
    let missingBytes = 0;
    for (const { start, end } of missing) {
      missingBytes += Math.max(0, Math.min(end, write.end) - Math.max(start, write.start));
    }
    return {
      type: "segmentProgress",
      segment: index,
      writtenBytes: write.data.length - missingBytes,
    };
  });
}

/** Checks each run as a whole; where that fails, its segments, so that only the wrong are redone. */
function verifyAll(
  context: NodeContext,
  ledger: SegmentLedger,
  parts: readonly GroupPart[],
): Step<void> {
  const { check } = context.job.profile;
  return inOrder(
    tellPhase(parts, "verifying"),
    ...parts.map((part) => {
      const accept = (): Step<void> => {
        for (const { index } of part.run.segments) ledger.verify(index);
        return tellPhase([part], "verified");
      };
      if (check === undefined) return accept;
      return recover(
        inOrder(checkBehindGroup(context, check, part.run.whole), accept),
        (error) =>
          error instanceof VerifyMismatchError
            ? verifyEach(context, ledger, part, error)
            : undefined,
      );
    }),
  );
}

function verifyEach(
  context: NodeContext,
  ledger: SegmentLedger,
  { run }: GroupPart,
  cause: VerifyMismatchError,
): Step<void> {
  const check = context.job.profile.check!;
  return inOrder(
    ...run.segments.map((segment) => {
      const verified = (): Step<void> => {
        ledger.verify(segment.index);
        return tell(phaseEvent(segment, "verified"));
      };
      return recover(
        inOrder(checkBehindGroup(context, check, segment), verified),
        (error) =>
          error instanceof VerifyMismatchError
            ? tell(phaseEvent(segment, "waitingToRetry"), {
              type: "retry",
              scope: "segment",
              segment: segment.index,
              attempt: 2,
              delayMs: 0,
              error: toErrorReport(cause),
            })
            : undefined,
      );
    }),
  );
}
