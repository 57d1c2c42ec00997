import { catchError, concat, defer, EMPTY, type Observable, throwError } from "rxjs";
import {
  decodeReadDataByIdentifierResponse,
  encodeReadDataByIdentifierRequest,
  UdsTimeoutError,
} from "../uds/mod.ts";
import { CanvoyError } from "../core/mod.ts";
import { ask, type AskOptions } from "./ask.ts";
import type { NodeEvent } from "./events.ts";
import type { NodeContext } from "./node_context.ts";
import { isNotNow } from "./recovery.ts";
import { repeatUntil } from "./repeat_until.ts";
import { pause } from "./retry.ts";

/** ISO 14229-1:2020, Annex C, "DID parameter definitions": activeDiagnosticSession. */
const ACTIVE_SESSION_DID = 0xF186;
const DEFAULT_SESSION = 0x01;

/**
 * Has a node reset itself. Many reset before they answer, so silence means that it does; sent again,
 * the request would reset it while it starts. Only a node that says that it is still in its session
 * did not hear it; one that does not tell its session may not have heard it, which is noted: see
 * `confirmActivation`. One that says 0x21 or 0x22 is asked again, for as long as an activation may take: what
 * it programmed last may keep it busy.
 *
 * @param context The node.
 * @param request ECUReset, as the profile writes it.
 * @param options Bounds.
 * @returns The events; errors with what the node answers but its positive response.
 */
export function resetNode(
  context: NodeContext,
  request: Uint8Array,
  options: AskOptions = {},
): Observable<NodeEvent> {
  const { clock, cancellation, notes = {}, job: { profile: { timing } } } = context;
  return defer(() => {
    const untilMs = clock.now() + timing.activationMsMax;
    let triesLeft = timing.requestAttemptsMax;
    let isStillThere = false;
    const try$ = defer(() => {
      triesLeft--;
      isStillThere = false;
      delete notes.resetUnheard;
      return ask(context, request, undefined, { ...options, attemptsMax: 1 }).pipe(
        catchError((error: unknown) => {
          if (isNotNow(error) && clock.now() < untilMs && !cancellation.requested) {
            triesLeft++;
            isStillThere = true;
            return EMPTY;
          }
          return error instanceof UdsTimeoutError
            ? concat(
              pause(timing.resetQuietMs, clock),
              defer(() => {
                notes.resetUnheard = request;
                return askSession(context, (session) => {
                  delete notes.resetUnheard;
                  isStillThere = session !== DEFAULT_SESSION;
                });
              }),
            )
            : throwError(() => error);
        }),
      );
    });
    return repeatUntil(try$, {
      isOver: () => !isStillThere || triesLeft <= 0,
      everyMs: timing.retryDelayMs,
      clock,
    });
  });
}

function askSession(
  context: NodeContext,
  found: (session: number) => void,
): Observable<NodeEvent> {
  const request = encodeReadDataByIdentifierRequest({ dataIdentifiers: [ACTIVE_SESSION_DID] });
  return ask(context, request, (response) => {
    found(decodeReadDataByIdentifierResponse(response).records[0]!.data[0] ?? DEFAULT_SESSION);
    return EMPTY;
  }, { attemptsMax: 1 }).pipe(
    catchError((error: unknown) => error instanceof CanvoyError ? EMPTY : throwError(() => error)),
  );
}
