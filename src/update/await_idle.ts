import { catchError, defer, EMPTY, ignoreElements, type Observable, throwError } from "rxjs";
import { CanvoyError } from "../core/mod.ts";
import { encodeTesterPresentRequest, UdsTimeoutError } from "../uds/mod.ts";
import { CancelledError } from "./errors.ts";
import type { NodeEvent } from "./events.ts";
import type { NodeContext } from "./node_context.ts";
import { repeatUntil } from "./repeat_until.ts";

const TESTER_PRESENT = encodeTesterPresentRequest({});

/**
 * Waits until a node has done, and answered, all that it was asked: a request that was sent twice may
 * be done twice, and its second answer must not pass for that to the next request of the kind. A
 * server takes one request after the other, so its answer to TesterPresent, of whatever kind, is the
 * last thing it says.
 *
 * @param context The node.
 * @param longestMs How long what it was asked may take: who has said nothing by then says nothing.
 * @returns Cold; emits nothing; no error but that of a stop.
 */
export function awaitIdle(context: NodeContext, longestMs: number): Observable<NodeEvent> {
  const { clock, connection: { client } } = context;
  return defer(() => {
    const untilMs = clock.now() + longestMs;
    let hasAnswered = false;
    const question$ = client.exchange(TESTER_PRESENT).pipe(
      ignoreElements(),
      catchError((error: unknown) => {
        const isStop = !(error instanceof CanvoyError) || error instanceof CancelledError;
        hasAnswered = !(error instanceof UdsTimeoutError);
        return isStop ? throwError(() => error) : EMPTY;
      }),
    );
    const asked$ = defer(() => {
      hasAnswered = true;
      return question$;
    });
    return repeatUntil(asked$, {
      isOver: () => hasAnswered || clock.now() >= untilMs || context.cancellation.requested,
      everyMs: 0,
      clock,
    });
  });
}
