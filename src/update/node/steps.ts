import { defined, unreachable } from "../../core/mod.ts";
import { type RequestFields, SERVICE_ID, UdsNegativeResponseError } from "../../uds/mod.ts";
import { requestUntilDone } from "./request_until_done.ts";
import { type RequestOptions, sendRequest, statedWaits } from "./send_request.ts";
import { takeAuthentication } from "./authenticate_step.ts";
import { holds } from "./conditions.ts";
import { expandWith, jobFields } from "./fields.ts";
import { knock } from "./knock.ts";
import { keepValues } from "./keep_values.ts";
import type { NodeContext } from "./node_context.ts";
import type { NodeStep } from "../profiles/profile.ts";
import { isNotNow } from "./recovery.ts";
import { resetNode } from "./reset_step.ts";
import { growingDelayMs, pause, tryAgain } from "./retry.ts";
import { act, andThen, deferStep, done, inOrder, recover, type Step, wait } from "./step.ts";
import { unlock } from "./unlock.ts";

/**
 * Takes the steps of a conversation one after the other.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param steps The steps.
 * @param fields What their templates may name.
 * @param options How long the node may be deaf meanwhile.
 * @returns The events; errors with the first failure of a step that is not optional.
 */
export function takeSteps(
  context: NodeContext,
  steps: readonly NodeStep[],
  fields: RequestFields,
  options: Pick<RequestOptions, "deafMs"> = {},
): Step<void> {
  return inOrder(
    ...steps.map((step, i) => () =>
      afterReset(context, steps, i, () => takeStep(context, step, fields, options))
    ),
  );
}

/**
 * Takes the steps that end an update; all again where one is refused for the moment (0x21, 0x22), for
 * as long as an activation may take: what the node programmed last may keep it busy.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @returns The events; errors with the first failure of a step that is not optional.
 */
export function takeFinish(context: NodeContext): Step<void> {
  const { clock, cancellation, job } = context;
  const { finish, timing } = job.profile;
  // The steps before the one that is refused were taken: the node may run its application by now.
  return inOrder(...finish.map((step, i) =>
    afterReset(context, finish, i, () => {
      const untilMs = clock.now() + timing.activationMsMax;
      return tryAgain(
        () => takeStep(context, step, jobFields(context)),
        (error, attempt) =>
          isNotNow(error) && clock.now() < untilMs && !cancellation.requested
            ? { delayMs: growingDelayMs(attempt, timing), events: [] }
            : undefined,
        context,
      );
    })
  ));
}

/** Leaves a node that was reset by the step before the time that the profile gives it. */
function afterReset(
  { clock, job: { profile: { timing } } }: NodeContext,
  steps: readonly NodeStep[],
  index: number,
  take: () => Step<void>,
): Step<void> {
  const step = steps[index];
  const before = steps.slice(0, index).findLast(({ kind }) => kind !== "talkTo");
  const [first] = before?.kind === "request" ? before.request.parts : [];
  const isReset = first?.kind === "bytes" && first.bytes[0] === SERVICE_ID.ecuReset;
  const isAtOnce = step?.kind === "wait" || step?.kind === "talkTo" ||
    (step?.kind === "request" && step.knock !== undefined);
  return isReset && !isAtOnce
    ? inOrder(wait(pause(timing.resetQuietMs, clock)), take)
    : deferStep(take);
}

/** Where what decides over a step does not hold, it is left out. */
function takeStep(
  context: NodeContext,
  step: NodeStep,
  fields: RequestFields,
  options: Pick<RequestOptions, "deafMs"> = {},
): Step<void> {
  const taken = (): Step<void> => takeAnyway(context, step, fields, options);
  return step.when === undefined
    ? taken()
    : andThen(holds(context, step.when), (isHeld) => isHeld ? taken() : done());
}

function takeAnyway(
  context: NodeContext,
  step: NodeStep,
  fields: RequestFields,
  options: Pick<RequestOptions, "deafMs">,
): Step<void> {
  switch (step.kind) {
    case "request":
      return takeRequestStep(context, step, fields, options);
    case "securityAccess":
      return unlock(context, step, fields);
    case "authentication":
      return takeAuthentication(context);
    case "talkTo":
      return act(() => context.connection.pairs?.talkTo(step.program));
    case "wait":
      return wait(pause(step.delayMs, context.clock));
    default:
      return unreachable(step);
  }
}

function takeRequestStep(
  context: NodeContext,
  step: NodeStep & { readonly kind: "request" },
  fields: RequestFields,
  { deafMs }: Pick<RequestOptions, "deafMs">,
): Step<void> {
  const request = expandWith(context, step.request, fields);
  const { timeoutMs, answer } = step;
  const options = {
    ...defined({ timeoutMs, response: answer?.response, deafMs }),
    ...(answer === undefined ? {} : statedWaits(answer)),
  };
  const asked = request[0] === SERVICE_ID.ecuReset ? restart(context, request, options) : andThen(
    askStep(context, step, request, options),
    (response) => keepValues(context, step, { request, response }),
  );
  return step.optional
    ? recover(asked, (error) => error instanceof UdsNegativeResponseError ? done() : undefined)
    : asked;
}

function askStep(
  context: NodeContext,
  { answer, knock: rule }: NodeStep & { readonly kind: "request" },
  request: Uint8Array,
  options: RequestOptions,
): Step<Uint8Array> {
  const ask = (more: RequestOptions = {}): Step<Uint8Array> =>
    answer === undefined
      ? sendRequest(context, request, { ...options, ...more })
      : requestUntilDone(context, request, answer, { ...options, ...more });
  return rule === undefined ? ask() : knock(context, rule, ask);
}

/** Its application answers first behind it, if it has identifiers of its own. */
function restart(context: NodeContext, request: Uint8Array, options: RequestOptions): Step<void> {
  return inOrder(
    resetNode(context, request, options),
    act(() => context.connection.pairs?.talkTo("application")),
  );
}
