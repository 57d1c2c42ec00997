import { catchError, concat, defer, EMPTY, type Observable, throwError } from "rxjs";
import { encodeTesterPresentRequest } from "../uds/mod.ts";
import { ask } from "./ask.ts";
import { ActivationError } from "./errors.ts";
import type { NodeEvent } from "./events.ts";
import { readText } from "./identify.ts";
import type { NodeContext, NodeJob } from "./node_context.ts";
import { recoveryFor } from "./recovery.ts";
import { pause } from "./retry.ts";

/** Pause between two questions to a node that starts, in ms. */
const ASK_EVERY_MS = 50;

/**
 * Waits until the new application answers, and reads its version back.
 *
 * @param context The node, just reset.
 * @param found Takes the version, where the node tells one.
 * @returns The events; errors with {@linkcode ActivationError} when it is silent, or another one.
 */
export function confirmActivation(
  context: NodeContext,
  found: (version: string) => void,
): Observable<NodeEvent> {
  return defer(() => {
    const { clock, job } = context;
    const { activationMsMax } = job.profile.timing;
    const untilMs = clock.now() + activationMsMax;
    let version: string | undefined;

    function round(): Observable<NodeEvent> {
      return concat(
        pause(ASK_EVERY_MS, clock),
        presence(context, (text) => version = text).pipe(catchError((error: unknown) => {
          if (recoveryFor(error) !== "silence") return throwError(() => error);
          if (clock.now() < untilMs) return round();
          const state = `no answer within ${activationMsMax} ms of the reset`;
          return throwError(() => new ActivationError(state, { cause: error }));
        })),
      );
    }
    return concat(round(), defer(() => judgeVersion(job, version, found)));
  });
}

function presence(context: NodeContext, found: (text: string) => void): Observable<NodeEvent> {
  const { versionDid } = context.job.profile.identity;
  return versionDid === undefined
    ? ask(context, encodeTesterPresentRequest({}), undefined, { attemptsMax: 1 })
    : readText(context, versionDid, found, { attemptsMax: 1 });
}

function judgeVersion(
  { expectedVersion: expected, tellsVersion }: NodeJob,
  version: string | undefined,
  found: (version: string) => void,
): Observable<never> {
  if (expected !== undefined && version !== expected) {
    const told = version === undefined ? "tells no version" : `calls itself "${version}"`;
    return throwError(() => new ActivationError(`the node ${told}, "${expected}" was expected`));
  }
  if (version !== undefined) found(version);
  return version === undefined && tellsVersion === true
    ? throwError(() => new ActivationError("the node tells no version"))
    : EMPTY;
}
