import { encodeTesterPresentRequest, UdsNegativeResponseError } from "../../uds/mod.ts";
import type { NodeContext } from "./node_context.ts";
import type { NodePair } from "./node_connection.ts";
import { recoveryFor } from "./recovery.ts";
import { sendRequest } from "./send_request.ts";
import { act, andThen, deferStep, done, recover, type Step } from "./step.ts";

/**
 * Finds out which program of a node answers, where its bootloader has identifiers of its own: the one that
 * was talked to last is asked first. Where none answers it is taken for its application.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @returns No events but of silence; nothing is asked where the node has one pair.
 */
export function findNode(context: NodeContext): Step<void> {
  const { pairs } = context.connection;
  if (pairs === undefined) return done();
  return deferStep(() => {
    const first = pairs.current;
    const second = first === "application" ? "bootloader" : "application";
    return andThen(
      answers(context, first),
      (isThere) =>
        isThere ? done() : andThen(
          answers(context, second),
          (isSecond) => isSecond ? done() : act(() => pairs.talkTo("application")),
        ),
    );
  });
}

function answers(context: NodeContext, pair: NodePair): Step<boolean> {
  return deferStep(() => {
    context.connection.pairs?.talkTo(pair);
    const request = encodeTesterPresentRequest({});
    return recover(
      andThen(sendRequest(context, request, { attemptsMax: 1 }), () => done(true)),
      (error) => {
        if (error instanceof UdsNegativeResponseError) return done(true);
        return recoveryFor(error) === "silence" ? done(false) : undefined;
      },
    );
  });
}
