import { catchError, concat, defer, EMPTY, finalize, merge, type Observable, of } from "rxjs";
import { takeUntil, tap, throwError } from "rxjs";
import type { GroupMap, GroupOpened } from "../group/mod.ts";
import { UdsNegativeResponseError } from "../uds/mod.ts";
import { isLastAnswerLost } from "./ask.ts";
import { checkpoint } from "./cancellation.ts";
import { checkBehindGroup, checkSegment } from "./check.ts";
import { toErrorReport } from "./error_report.ts";
import { VerifyMismatchError } from "./errors.ts";
import type { NodeEvent, SegmentPhase } from "./events.ts";
import {
  askMap,
  closeGroup,
  isOutOfRange,
  leaveByVersion,
  openGroup,
  reopenGroup,
  whileErasing,
} from "./group_exchanges.ts";
import { type GroupMember, type GroupPlace, MovedError } from "./group_place.ts";
import type { GroupRun } from "./group_run.ts";
import type { GroupTransfer } from "./group_transfer.ts";
import type { NodeContext } from "./node_context.ts";
import { recoveryFor } from "./recovery.ts";
import { eraseUnits, inEraseTurn, onRefusedErase, phaseEvent } from "./segment.ts";
import type { SegmentLedger } from "./segment_ledger.ts";

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
): Observable<NodeEvent> {
  return defer(() => {
    const places = parts.map(({ transfer }) => transfer.enroll(name));
    let hasTakenPart = false;
    // Also where it had come as far as what is behind a cut: nobody waits for it there.
    const leave = (): void => {
      for (const place of places) place.leave();
      for (const { transfer: { rest } } of parts) rest?.placeOf(name)?.leave();
    };
    const whole$ = concat(
      checkpoint(context.cancellation),
      skipIfThere(context, ledger, parts),
      defer(() =>
        isVerified(ledger, parts) ? EMPTY : concat(
          defer(() => {
            for (const place of places) place.isAwaited();
            return inEraseTurn(context, eraseAll(context, ledger, parts, places));
          }),
          ...parts.map((part, i) => take(context, ledger, part, places[i]!)),
          verifyAll(context, ledger, parts),
        )
      ),
    );
    return whole$.pipe(
      tap((event) => hasTakenPart ||= event.type === "segmentPhase" && event.phase === "writing"),
      finalize(leave),
      catchError((error: unknown) => {
        if (context.cancellation.requested) return throwError(() => error);
        const recovery = recoveryFor(error);
        const isLost = !(error instanceof MovedError) &&
          (recovery === "silence" || recovery === "node");
        const left = { type: "nodeLeftGroup", reason: reasonOf(error) } as const;
        if (isLost) return concat(hasTakenPart ? of(left) : EMPTY, throwError(() => error));
        return isOutOfRange(error) ? leaveByVersion(context, left) : of(left);
      }),
    );
  });
}

function reasonOf(error: unknown): string {
  return error instanceof MovedError ? error.reason : toErrorReport(error).message;
}

function isVerified(ledger: SegmentLedger, parts: readonly GroupPart[]): boolean {
  return parts.every(({ run }) => run.segments.every(({ index }) => ledger.isVerified(index)));
}

function tell(parts: readonly GroupPart[], phase: SegmentPhase): Observable<NodeEvent> {
  return of(
    ...parts.flatMap(({ run }) => run.segments.map((segment) => phaseEvent(segment, phase, 1))),
  );
}

/** Asks once for all whether the node holds the image already. */
function skipIfThere(
  context: NodeContext,
  ledger: SegmentLedger,
  parts: readonly GroupPart[],
): Observable<NodeEvent> {
  const { check } = context.job.profile;
  if (check === undefined || !check.readOnly || ledger.isTouched) return EMPTY;
  return concat(
    tell(parts, "checking"),
    ...parts.map(({ run }) => checkSegment(context, check, run.whole)),
    defer(() => {
      for (const { run } of parts) for (const { index } of run.segments) ledger.verify(index);
      return tell(parts, "skipped");
    }),
  ).pipe(catchError((error: unknown) => {
    const isDifferent = error instanceof VerifyMismatchError ||
      (error instanceof UdsNegativeResponseError && recoveryFor(error) !== "node");
    return isDifferent ? EMPTY : throwError(() => error);
  }));
}

/** Erases all runs. */
function eraseAll(
  context: NodeContext,
  ledger: SegmentLedger,
  parts: readonly GroupPart[],
  places: readonly GroupPlace[],
): Observable<NodeEvent> {
  return concat(
    tell(parts, "erasing"),
    context.announced$,
    checkpoint(context.cancellation),
    defer(() => {
      for (const place of places) place.eraseBegun();
      return EMPTY;
    }),
    ...eraseOrder(context, parts).map(({ run }) =>
      concat(checkpoint(context.cancellation), eraseRun(context, ledger, run))
    ),
    defer(() => {
      for (const place of places) place.eraseEnded();
      return EMPTY;
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
): Observable<NodeEvent> {
  return defer(() => {
    if (segments.every(({ index }) => ledger.isBlank(index))) return EMPTY;
    const untouches = segments.map(({ index }) => ledger.touch(index));
    const untouch = (): void => {
      for (const one of untouches) one();
    };
    return concat(
      eraseUnits(context, ledger, whole, { repeatsAfterPending: false }).pipe(
        onRefusedErase(context, untouch),
      ),
      defer(() => {
        for (const { index } of segments) ledger.blank(index);
        return EMPTY;
      }),
    ).pipe(
      catchError((error: unknown) => isLastAnswerLost(error) ? EMPTY : throwError(() => error)),
    );
  });
}

/** What makes the application valid goes first, where the profile says that this is the table. */
function eraseOrder({ job }: NodeContext, parts: readonly GroupPart[]): readonly GroupPart[] {
  if (job.profile.erase.first !== "vectors") return parts;
  const holdsTable = ({ run }: GroupPart): boolean => run.whole.holdsVectorTable;
  return [...parts.filter(holdsTable), ...parts.filter((part) => !holdsTable(part))];
}

/** Takes part in the group, and in what goes on behind a cut; closes it. */
function take(
  context: NodeContext,
  ledger: SegmentLedger,
  part: GroupPart,
  place: GroupPlace,
): Observable<NodeEvent> {
  const takeRest = (): Observable<NodeEvent> => {
    const { rest } = part.transfer;
    if (rest === undefined) return closeGroup(context);
    const next = rest.placeOf(place.name) ?? rest.enroll(place.name);
    return take(context, ledger, { run: part.run, transfer: rest }, next);
  };
  return concat(openAndListen(context, ledger, part, place), defer(takeRest));
}

/** Opens the group on the node, erasing again what is not erased, and takes part until it has all. */
function openAndListen(
  context: NodeContext,
  ledger: SegmentLedger,
  part: GroupPart,
  place: GroupPlace,
): Observable<NodeEvent> {
  const { requested$ } = context.cancellation;
  const { segments } = part.run;
  const stopped$ = defer(() => merge(checkpoint(context.cancellation), requested$));
  let wasBlank = false;
  let mayBeOpen = false;
  let opened: GroupOpened | undefined;
  const opening$ = whileErasing(
    context,
    part.run.whole,
    () =>
      openGroup(context, part.transfer, (answer) => {
        opened = answer;
        return EMPTY;
      }),
  );
  return concat(
    defer(() => {
      wasBlank = segments.every(({ index }) => ledger.isBlank(index));
      for (const { index } of segments) ledger.write(index);
      return EMPTY;
    }),
    opening$.pipe(tap({
      next: ({ type }) => mayBeOpen ||= type === "retry",
      error: (error: unknown) => {
        if (mayBeOpen || !wasBlank || !(error instanceof UdsNegativeResponseError)) return;
        for (const { index } of segments) ledger.blank(index);
      },
    })),
    tell([part], "writing"),
    // Not within what is tried again: a place is taken once.
    defer(() => place.takePart(opened!, conversation(context, part)).pipe(takeUntil(stopped$))),
    checkpoint(context.cancellation),
  );
}

/** What the group asks of the node while it takes part. */
function conversation(context: NodeContext, part: GroupPart): GroupMember {
  const { transfer } = part;
  return {
    askMap: (range, next) =>
      askMap(context, transfer, range, (map) => {
        const isAll = range.first === 0 && range.count === 0;
        return concat(
          isAll ? of(...progress(part, map)) : EMPTY,
          defer(() => {
            next(map);
            return EMPTY;
          }),
        );
      }),
    reopen: (opening, next) => reopenGroup(context, opening, next),
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
): Observable<NodeEvent> {
  const { check } = context.job.profile;
  return concat(
    tell(parts, "verifying"),
    ...parts.map((part) => {
      const accept = (): Observable<NodeEvent> => {
        for (const { index } of part.run.segments) ledger.verify(index);
        return tell([part], "verified");
      };
      if (check === undefined) return defer(accept);
      return concat(checkBehindGroup(context, check, part.run.whole), defer(accept)).pipe(
        catchError((error: unknown) =>
          error instanceof VerifyMismatchError
            ? verifyEach(context, ledger, part, error)
            : throwError(() => error)
        ),
      );
    }),
  );
}

function verifyEach(
  context: NodeContext,
  ledger: SegmentLedger,
  { run }: GroupPart,
  cause: VerifyMismatchError,
): Observable<NodeEvent> {
  const check = context.job.profile.check!;
  return concat(
    ...run.segments.map((segment) => {
      const verified$ = defer(() => {
        ledger.verify(segment.index);
        return of(phaseEvent(segment, "verified", 1));
      });
      const failed = (error: unknown): Observable<NodeEvent> =>
        error instanceof VerifyMismatchError
          ? of<NodeEvent[]>(phaseEvent(segment, "waitingToRetry", 1), {
            type: "retry",
            scope: "segment",
            segment: segment.index,
            attempt: 2,
            delayMs: 0,
            error: toErrorReport(cause),
          })
          : throwError(() => error);
      return concat(checkBehindGroup(context, check, segment), verified$).pipe(catchError(failed));
    }),
  );
}
