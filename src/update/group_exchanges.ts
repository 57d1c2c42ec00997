import { catchError, defer, EMPTY, type Observable, of, throwError } from "rxjs";
import {
  decodeGroupOpened,
  decodeGroupVersions,
  decodeMapResponse,
  encodeGroupClose,
  encodeGroupOpen,
  encodeGroupVersionsRequest,
  encodeMapRequest,
  type GenerationMap,
  GROUP_ROUTINE_ID,
  GROUP_VERSION,
  type GroupMap,
  type GroupOpened,
  type GroupOpening,
  type MapRange,
} from "../group/mod.ts";
import type { FlashSegment } from "../stm32/mod.ts";
import { NRC, UdsNegativeResponseError, UdsTimeoutError } from "../uds/mod.ts";
import { ask } from "./ask.ts";
import type { NodeEvent } from "./events.ts";
import type { GroupTransfer } from "./group_transfer.ts";
import type { NodeContext } from "./node_context.ts";
import { isNotNow } from "./recovery.ts";
import { tryAgain } from "./retry.ts";
import { longestEraseMs } from "./segment.ts";

/** Before a node is asked again whose flash is busy, in ms. */
const BUSY_DELAY_MS = 100;

/**
 * Opens a group as soon as a node's erase is over: one whose flash is busy still erases, as its last
 * answer was lost.
 *
 * @param context The node.
 * @param whole What it erases.
 * @param open Opens.
 * @returns The events of the exchanges.
 */
export function whileErasing(
  context: NodeContext,
  whole: FlashSegment,
  open: () => Observable<NodeEvent>,
): Observable<NodeEvent> {
  const { clock } = context;
  return defer(() => {
    const untilMs = clock.now() + longestEraseMs(context.job, whole);
    return tryAgain(
      open,
      (error) => {
        const isBusy = isNotNow(error) && clock.now() < untilMs;
        return isBusy ? { delayMs: BUSY_DELAY_MS, events: [] } : undefined;
      },
      context,
    );
  });
}

/**
 * Opens a group on a node; once more, where it was cut meanwhile.
 *
 * @param context The node.
 * @param transfer The group.
 * @param next What to do with the answer.
 * @returns The events.
 */
export function openGroup(
  context: NodeContext,
  transfer: GroupTransfer,
  next: (opened: GroupOpened) => Observable<NodeEvent>,
): Observable<NodeEvent> {
  const { opening } = transfer;
  return ask(
    context,
    encodeGroupOpen(routineOf(context), opening),
    (response) =>
      transfer.opening === opening
        ? next(decodeGroupOpened(response))
        : openGroup(context, transfer, next),
  );
}

/**
 * Has a node open its group anew, as it was cut.
 *
 * @param context The node.
 * @param opening What it is told.
 * @param next Called when it has.
 * @returns The events of the exchange.
 */
export function reopenGroup(
  context: NodeContext,
  opening: GroupOpening,
  next: () => void,
): Observable<NodeEvent> {
  return ask(context, encodeGroupOpen(routineOf(context), opening), () =>
    defer(() => {
      next();
      return EMPTY;
    }));
}

/**
 * Asks a node for its map, and on where its end had no room in one answer.
 *
 * @param context The node.
 * @param transfer The group.
 * @param range Which generations.
 * @param next What to do with the map.
 * @param before What was told of it.
 * @returns The events.
 */
export function askMap(
  context: NodeContext,
  transfer: GroupTransfer,
  range: MapRange,
  next: (map: GroupMap) => Observable<NodeEvent>,
  before: readonly GenerationMap[] = [],
): Observable<NodeEvent> {
  return ask(context, encodeMapRequest(routineOf(context), range), (answer) => {
    const map = decodeMapResponse(answer, transfer.opening.region);
    const generations = [...before, ...map.generations];
    const last = map.generations.at(-1);
    if (!map.hasMore || last === undefined) return next({ ...map, generations });
    const first = last.generation + 1;
    const count = range.count === 0 ? 0 : range.first + range.count - first;
    return range.count > 0 && count <= 0
      ? next({ ...map, generations })
      : askMap(context, transfer, { first, count }, next, generations);
  });
}

/**
 * Closes the group on a node. One that does not answer is no failure: the check that follows decides.
 *
 * @param context The node.
 * @returns The events of the exchange.
 */
export function closeGroup(context: NodeContext): Observable<NodeEvent> {
  return ask(context, encodeGroupClose(routineOf(context))).pipe(
    catchError((error: unknown) =>
      error instanceof UdsTimeoutError ? EMPTY : throwError(() => error)
    ),
  );
}

function routineOf({ job }: NodeContext): number {
  return job.profile.group?.routineIdentifier ?? GROUP_ROUTINE_ID;
}

/**
 * An opening that is out of range may be of a version that the node does not speak: it is asked.
 *
 * @param context The node.
 * @param left What is told where that is not the reason.
 * @returns The events of the exchange, and that it has left.
 */
export function leaveByVersion(
  context: NodeContext,
  left: NodeEvent & { readonly type: "nodeLeftGroup" },
): Observable<NodeEvent> {
  const other = (versions: readonly number[]): NodeEvent => ({
    type: "nodeLeftGroup",
    reason: `it speaks version ${versions.join(", ")} of group download, not ${GROUP_VERSION}`,
  });
  return ask(context, encodeGroupVersionsRequest(), (response) => {
    const versions = decodeGroupVersions(response);
    return of(versions.includes(GROUP_VERSION) ? left : other(versions));
  }).pipe(catchError((error: unknown) => {
    if (context.cancellation.requested) return throwError(() => error);
    const reason = `${left.reason}, and it does not say that it takes groups`;
    return of<NodeEvent>({ type: "nodeLeftGroup", reason });
  }));
}

/**
 * @param error What was caught.
 * @returns Whether the node says that it cannot do what it was asked.
 */
export function isOutOfRange(error: unknown): boolean {
  return error instanceof UdsNegativeResponseError && error.nrc === NRC.requestOutOfRange;
}
