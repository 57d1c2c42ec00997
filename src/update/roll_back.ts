import { EMPTY, filter, type Observable, tap } from "rxjs";
import type { FlashPlan } from "../stm32/mod.ts";
import type { NodeEvent } from "./node/events.ts";
import { readText } from "./node/identify.ts";
import type { NodeContext } from "./node/node_context.ts";
import { phase } from "./node/phases.ts";
import { recoveryFor } from "./node/recovery.ts";
import { pause } from "./node/retry.ts";
import type { NodeRun } from "./node_run.ts";
import {
  andThen,
  deferStep,
  done,
  inOrder,
  recover,
  repeatUntil,
  type Step,
  stepOf,
  tell,
  wait,
} from "./node/step.ts";

/** Pause between two questions to a node whose application does not answer, in ms. */
const ASK_EVERY_MS = 100;

/** Events that end a node: the caller says how it ended. */
const ENDS: ReadonlySet<NodeEvent["type"]> = new Set([
  "nodeDone",
  "nodeRefused",
  "nodeFailed",
  "nodeCancelled",
]);

/** Brings a node to an image: its events, from what is planned to its end. */
export type BringTo = (context: NodeContext) => Observable<NodeEvent>;

/**
 * Gives a node the image to go back to, by the same way as any image.
 *
 * Emits the events of that way but what the node tells of itself, as the node before its update is
 * meant there, and its end, which the run learns.
 *
 * @param run The run that has failed.
 * @param plan The image to go back to.
 * @param bringTo The way.
 * @returns The events; no error.
 */
export function wayBack(run: NodeRun, plan: FlashPlan, bringTo: BringTo): Step<void> {
  return inOrder(
    tell(phase("rollingBack")),
    () =>
      stepOf(
        bringTo(contextBack(run, plan)).pipe(
          tap((event) => run.wayBackTold(event)),
          filter(({ type }) => !ENDS.has(type) && type !== "nodeIdentified"),
        ),
      ),
  );
}

/** The same node by itself, with nothing to wait for and no further way back; no other node. */
function contextBack(
  { context, ledger, endState, identity }: NodeRun,
  plan: FlashPlan,
): NodeContext {
  const { group: _group, ...alone } = context;
  const {
    rollbackPlan: _rollbackPlan,
    expectedVersion: _expectedVersion,
    release: _release,
    ...job
  } = context.job;
  const history = { distrusted: ledger.torn(job.plan.segments), endState };
  const tellsVersion = identity.version !== undefined || job.tellsVersion === true;
  return {
    ...alone,
    job: { ...job, plan, tellsVersion, identified: identity, history },
    begin$: EMPTY,
    hold$: EMPTY,
  };
}

/**
 * Waits until a node whose new application did not answer is heard: a bootloader that ends a reset
 * loop tells no version, where an application did.
 *
 * @param context The node; its application told a version before.
 * @returns The events of the exchange, and whether its bootloader answers; within the time that an
 * application may take to answer.
 */
export function awaitBootloader(context: NodeContext): Step<boolean> {
  const { clock, cancellation, job: { profile } } = context;
  const every = { ms: ASK_EVERY_MS, clock };
  return deferStep(() => {
    const untilMs = clock.now() + profile.timing.activationMsMax;
    const asked = readText(context, "version", { attemptsMax: 1 });
    const heard = recover<boolean | undefined>(
      andThen(asked, (version) => done(version === undefined)),
      (error) => recoveryFor(error) === "silence" ? done(undefined) : undefined,
    );
    const isOver = (answer: boolean | undefined): boolean =>
      answer !== undefined || clock.now() >= untilMs || cancellation.requested;
    return andThen(
      wait(pause(ASK_EVERY_MS, clock)),
      () => andThen(repeatUntil(heard, { isOver, every }), (answer) => done(answer === true)),
    );
  });
}
