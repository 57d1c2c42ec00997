import {
  decodeReadDataByIdentifierResponse,
  encodeReadDataByIdentifierRequest,
  UdsTimeoutError,
} from "../../uds/mod.ts";
import { CanvoyError } from "../../core/mod.ts";
import { type RequestOptions, sendRequest } from "./send_request.ts";
import type { NodeContext } from "./node_context.ts";
import { isNotNow } from "./recovery.ts";
import { pause } from "./retry.ts";
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
 * @param context The node: its connection, its job, and what is known of it.
 * @param request ECUReset, as the profile writes it.
 * @param options Bounds.
 * @returns The events; errors with what the node answers but its positive response.
 */
export function resetNode(
  context: NodeContext,
  request: Uint8Array,
  options: RequestOptions = {},
): Step<void> {
  const { clock, cancellation, notes = {}, job: { profile: { timing } } } = context;
  return deferStep(() => {
    const untilMs = clock.now() + timing.activationMsMax;
    let triesLeft = timing.requestAttemptsMax;
    const isStillThere = recover(
      andThen(sendRequest(context, request, { ...options, attemptsMax: 1 }), () => done(false)),
      (error) => {
        if (isNotNow(error) && clock.now() < untilMs && !cancellation.requested) {
          triesLeft++;
          return done(true);
        }
        if (!(error instanceof UdsTimeoutError)) return undefined;
        const asked = andThen(
          wait(pause(timing.resetQuietMs, clock)),
          () => isInSession(context),
        );
        return andThen(asked, (isThere) => {
          if (isThere === undefined) notes.resetUnheard = request;
          return done(isThere ?? false);
        });
      },
    );
    const round = (): Step<boolean> => {
      triesLeft--;
      delete notes.resetUnheard;
      return isStillThere;
    };
    return inOrder(repeatUntil(round, {
      isOver: (isThere) => !isThere || triesLeft <= 0,
      every: { ms: timing.retryDelayMs, clock },
    }));
  });
}

/** Whether a node says that it is still in another session than the default one, if it tells. */
function isInSession(context: NodeContext): Step<boolean | undefined> {
  const request = encodeReadDataByIdentifierRequest({ dataIdentifiers: [ACTIVE_SESSION_DID] });
  return recover(
    andThen(sendRequest(context, request, { attemptsMax: 1 }), (response) => {
      const { records } = decodeReadDataByIdentifierResponse(response);
      return done((records[0]!.data[0] ?? DEFAULT_SESSION) !== DEFAULT_SESSION);
    }),
    (error) => error instanceof CanvoyError ? done(undefined) : undefined,
  );
}
