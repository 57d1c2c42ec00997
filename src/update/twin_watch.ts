import { defer, finalize, merge, type Observable, Subject, takeUntil, takeWhile } from "rxjs";
import { concatMap, EMPTY, throwError } from "rxjs";
import { SERVICE_ID, stepTwinWatch, TWIN_WATCH_START } from "../uds/mod.ts";
import { TwinNodesError } from "./errors.ts";
import type { NodeEvent } from "./events.ts";
import { functionalRequests } from "./functional_requests.ts";
import type { NodeContext } from "./node_context.ts";

/**
 * Does work with a node, and gives it up as soon as a second one is seen on the node's identifiers.
 *
 * @param context The node.
 * @param work$ What is done.
 * @param isOver Whether it is too late to refuse: something was erased.
 * @returns The work's events; errors with {@linkcode TwinNodesError}, else as the work does.
 */
export function refuseTwins(
  { connection, job: { profile } }: NodeContext,
  work$: Observable<NodeEvent>,
  isOver: () => boolean,
): Observable<NodeEvent> {
  return defer(() => {
    const functional = new Set([
      SERVICE_ID.testerPresent,
      ...connection.functionalServices ?? [],
      ...(["before", "after"] as const).flatMap((when) =>
        functionalRequests(profile, when).map((request) => request[0]!)
      ),
    ]);
    const ended$ = new Subject<void>();
    let state = TWIN_WATCH_START;
    const watch$ = connection.client.traffic$.pipe(
      takeWhile(() => !isOver()),
      concatMap((traffic) => {
        const step = stepTwinWatch(state, traffic, functional);
        state = step.state;
        const { evidence } = step;
        return evidence === undefined ? EMPTY : throwError(() => new TwinNodesError(evidence));
      }),
      takeUntil(ended$),
    );
    // Listening comes first: a virtual node may answer inside the call that sends.
    return merge(watch$, work$.pipe(finalize(() => ended$.next())));
  });
}
