import { defined } from "../../core/mod.ts";
import {
  decodeGroupOpened,
  decodeGroupVersions,
  decodeMapResponse,
  encodeGroupClose,
  encodeGroupOpen,
  encodeGroupVersionsRequest,
  encodeMapRequest,
  GROUP_ROUTINE_ID,
  GROUP_VERSION,
  type GroupMap,
  type GroupOpened,
  type GroupOpening,
  type MapRange,
} from "../../group/mod.ts";
import type { FlashSegment } from "../../stm32/mod.ts";
import { NRC, UdsNegativeResponseError, UdsTimeoutError } from "../../uds/mod.ts";
import { sendRequest } from "../node/send_request.ts";
import type { NodeEvent } from "../node/events.ts";
import type { GroupTransfer } from "./group_transfer.ts";
import type { NodeContext } from "../node/node_context.ts";
import { isNotNow } from "../node/recovery.ts";
import { tryAgain } from "../node/retry.ts";
import { longestEraseMs } from "../node/erase_bounds.ts";
import {
  andThen,
  deferStep,
  done,
  inOrder,
  recover,
  repeatUntil,
  type Step,
  tell,
} from "../node/step.ts";

/** Before a node is asked again whose flash is busy, in ms. */
const BUSY_DELAY_MS = 100;

/**
 * Opens a group as soon as a node's erase is over: one whose flash is busy still erases, as its last
 * answer was lost.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param whole What it erases.
 * @param open Opens.
 * @returns The events of the exchanges, and what opening came to.
 */
export function whileErasing<T>(
  context: NodeContext,
  whole: FlashSegment,
  open: () => Step<T>,
): Step<T> {
  const { clock } = context;
  return deferStep(() => {
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
 * @param context The node: its connection, its job, and what is known of it.
 * @param transfer The group.
 * @returns The events, and the answer.
 */
export function openGroup(context: NodeContext, transfer: GroupTransfer): Step<GroupOpened> {
  const opened = deferStep(() => {
    const { opening } = transfer;
    return andThen(
      sendRequest(context, encodeGroupOpen(routineOf(context), opening)),
      (response) => done(transfer.opening === opening ? decodeGroupOpened(response) : undefined),
    );
  });
  const isOver = (answer: GroupOpened | undefined): boolean => answer !== undefined;
  return andThen(repeatUntil(opened, { isOver }), (answer) => done(answer!));
}

/**
 * Has a node open its group anew, as it was cut.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param opening What it is told.
 * @returns The events of the exchange.
 */
export function reopenGroup(context: NodeContext, opening: GroupOpening): Step<void> {
  return inOrder(sendRequest(context, encodeGroupOpen(routineOf(context), opening)));
}

/** What was told of a node's map so far, and what of it is still to be asked for. */
interface MapParts {
  readonly map: GroupMap;
  readonly rest?: MapRange;
}

/**
 * Asks a node for its map, and on where its end had no room in one answer.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param transfer The group.
 * @param range Which generations.
 * @returns The events, and the map.
 */
export function askMap(
  context: NodeContext,
  transfer: GroupTransfer,
  range: MapRange,
): Step<GroupMap> {
  const round = (last: MapParts | undefined): Step<MapParts> => {
    const asked = last?.rest ?? range;
    const before = last?.map.generations ?? [];
    return andThen(sendRequest(context, encodeMapRequest(routineOf(context), asked)), (answer) => {
      const part = decodeMapResponse(answer, transfer.opening.region);
      const map = { ...part, generations: [...before, ...part.generations] };
      const rest = restOf(asked, part);
      return done<MapParts>({ map, ...defined({ rest }) });
    });
  };
  return andThen(
    repeatUntil(round, { isOver: ({ rest }) => rest === undefined }),
    ({ map }) => done(map),
  );
}

/** What is left of a range behind one answer. */
function restOf(range: MapRange, map: GroupMap): MapRange | undefined {
  const last = map.generations.at(-1);
  if (!map.hasMore || last === undefined) return undefined;
  const first = last.generation + 1;
  if (range.count === 0) return { first, count: 0 };
  const count = range.first + range.count - first;
  return count <= 0 ? undefined : { first, count };
}

/**
 * Closes the group on a node. One that does not answer is no failure: the check that follows decides.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @returns The events of the exchange.
 */
export function closeGroup(context: NodeContext): Step<void> {
  return recover(
    inOrder(sendRequest(context, encodeGroupClose(routineOf(context)))),
    (error) => error instanceof UdsTimeoutError ? done() : undefined,
  );
}

function routineOf({ job }: NodeContext): number {
  return job.profile.group?.routineIdentifier ?? GROUP_ROUTINE_ID;
}

/**
 * An opening that is out of range may be of a version that the node does not speak: it is asked.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param left What is told where that is not the reason.
 * @returns The events of the exchange, and that it has left.
 */
export function leaveByVersion(
  context: NodeContext,
  left: NodeEvent & { readonly type: "nodeLeftGroup" },
): Step<void> {
  const other = (versions: readonly number[]): NodeEvent => ({
    type: "nodeLeftGroup",
    reason: `it speaks version ${versions.join(", ")} of group download, not ${GROUP_VERSION}`,
  });
  const asked = andThen(sendRequest(context, encodeGroupVersionsRequest()), (response) => {
    const versions = decodeGroupVersions(response);
    return tell(versions.includes(GROUP_VERSION) ? left : other(versions));
  });
  return recover(asked, () => {
    if (context.cancellation.requested) return undefined;
    const reason = `${left.reason}, and it does not say that it takes groups`;
    return tell({ type: "nodeLeftGroup", reason });
  });
}

/**
 * @param error What was caught.
 * @returns Whether the node says that it cannot do what it was asked.
 */
export function isOutOfRange(error: unknown): boolean {
  return error instanceof UdsNegativeResponseError && error.nrc === NRC.requestOutOfRange;
}
