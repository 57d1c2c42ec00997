import { ignoreElements } from "rxjs";
import { CanvoyError } from "../../core/mod.ts";
import { encodeTesterPresentRequest, UdsTimeoutError } from "../../uds/mod.ts";
import { CancelledError } from "./errors.ts";
import type { NodeContext } from "./node_context.ts";
import {
  andThen,
  deferStep,
  done,
  inOrder,
  recover,
  repeatUntil,
  type Step,
  wait,
} from "./step.ts";

const TESTER_PRESENT = encodeTesterPresentRequest({});

/**
 * Waits until a node has done, and answered, all that it was asked: a request that was sent twice may
 * be done twice, and its second answer must not pass for that to the next request of the kind. A
 * server takes one request after the other, so its answer to TesterPresent, of whatever kind, is the
 * last thing it says.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param longestMs How long what it was asked may take: who has said nothing by then says nothing.
 * @returns No events; no error but that of a stop.
 */
export function awaitIdle(context: NodeContext, longestMs: number): Step<void> {
  const { clock, cancellation, connection: { client } } = context;
  const isAnswered = (error: unknown): Step<boolean> | undefined => {
    const isStop = !(error instanceof CanvoyError) || error instanceof CancelledError;
    return isStop ? undefined : done(!(error instanceof UdsTimeoutError));
  };
  return deferStep(() => {
    const untilMs = clock.now() + longestMs;
    const asked = recover(
      andThen(wait(client.exchange(TESTER_PRESENT).pipe(ignoreElements())), () => done(true)),
      isAnswered,
    );
    return inOrder(repeatUntil(asked, {
      isOver: (hasAnswered) => hasAnswered || clock.now() >= untilMs || cancellation.requested,
      every: { ms: 0, clock },
    }));
  });
}
