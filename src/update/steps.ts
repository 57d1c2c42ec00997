import { concat, defer, type Observable } from "rxjs";
import { catchError, EMPTY, throwError } from "rxjs";
import { unreachable } from "../core/mod.ts";
import {
  expandRequest,
  type RequestFields,
  SERVICE_ID,
  UdsNegativeResponseError,
} from "../uds/mod.ts";
import { ask, askUntilDone } from "./ask.ts";
import { takeAuthentication } from "./authenticate_step.ts";
import type { NodeEvent } from "./events.ts";
import type { NodeContext } from "./node_context.ts";
import type { NodeStep } from "./profile.ts";
import { resetNode } from "./reset_step.ts";
import { pause } from "./retry.ts";
import { unlock } from "./unlock.ts";

/**
 * Takes the steps of a conversation one after the other.
 *
 * @param context The node.
 * @param steps The steps.
 * @param fields What their templates may name.
 * @returns The events; errors with the first failure of a step that is not optional.
 */
export function takeSteps(
  context: NodeContext,
  steps: readonly NodeStep[],
  fields: RequestFields,
): Observable<NodeEvent> {
  return concat(...steps.map((step) => defer(() => takeStep(context, step, fields))));
}

function takeStep(
  context: NodeContext,
  step: NodeStep,
  fields: RequestFields,
): Observable<NodeEvent> {
  switch (step.kind) {
    case "request":
      return takeRequestStep(context, step, fields);
    case "securityAccess":
      return unlock(context, step.level);
    case "authentication":
      return takeAuthentication(context);
    case "wait":
      return pause(step.delayMs, context.clock);
    default:
      return unreachable(step);
  }
}

function takeRequestStep(
  context: NodeContext,
  step: NodeStep & { readonly kind: "request" },
  fields: RequestFields,
): Observable<NodeEvent> {
  const request = expandRequest(step.request, fields);
  const options = step.timeoutMs === undefined ? {} : { timeoutMs: step.timeoutMs };
  const asked$ = request[0] === SERVICE_ID.ecuReset
    ? resetNode(context, request, options)
    : step.answer === undefined
    ? ask(context, request, undefined, options)
    : askUntilDone(context, request, step.answer, options);
  return step.optional
    ? asked$.pipe(
      catchError((error: unknown) =>
        error instanceof UdsNegativeResponseError ? EMPTY : throwError(() => error)
      ),
    )
    : asked$;
}
