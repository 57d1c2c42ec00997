import { EMPTY, filter, type Observable, tap } from "rxjs";
import type { AddressRange } from "../core/mod.ts";
import type { FlashPlan } from "../stm32/mod.ts";
import type { NodeEndState, NodeEvent, NodeIdentity } from "./node/events.ts";
import { readText } from "./node/identify.ts";
import type { NodeContext } from "./node/node_context.ts";
import { recoveryFor } from "./node/recovery.ts";
import { pause } from "./node/retry.ts";
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

/** What a node is given whose new image did not come up, and what is known of it. */
export interface RollBack {
  /** The image to go back to. */
  readonly plan: FlashPlan;
  /** What may be torn. */
  readonly distrusted: readonly AddressRange[];
  /** Whether the node's applications tell a version. */
  readonly tellsVersion: boolean;
  /** Where the node was left. */
  readonly endState: NodeEndState;
  /** What the node told: another one is not given its image. */
  readonly identity: NodeIdentity;
  /** Brings a node to an image: `updateNode`. */
  readonly update: (context: NodeContext) => Observable<NodeEvent>;
}

const UNTOUCHED: ReadonlySet<NodeEndState> = new Set(["untouched", "oldImage"]);

/** Events that end a node: the caller says how it ended. */
const ENDS: ReadonlySet<NodeEvent["type"]> = new Set([
  "nodeDone",
  "nodeRefused",
  "nodeFailed",
  "nodeCancelled",
]);

/**
 * Gives a node the image to go back to, by the same way as any image.
 *
 * Emits the events of that way but what the node tells of itself, as the node before its update is
 * meant there, and its end.
 *
 * @param context The node.
 * @param parts What it gets.
 * @returns The events, and what the node is left in where that is something else now; no error.
 */
export function rollBack(
  context: NodeContext,
  parts: RollBack,
): Step<NodeEndState | undefined> {
  const { group: _group, ...alone } = context;
  const { plan, distrusted, endState, tellsVersion, identity: identified } = parts;
  const {
    rollbackPlan: _rollbackPlan,
    expectedVersion: _expectedVersion,
    release: _release,
    ...job
  } = context.job;
  const back: NodeContext = {
    ...alone,
    job: { ...job, plan, tellsVersion, identified, history: { distrusted, endState } },
    begin$: EMPTY,
    hold$: EMPTY,
  };
  return deferStep(() => {
    let leftIn: NodeEndState | undefined;
    const events$ = parts.update(back).pipe(
      tap((event) => {
        if (event.type === "nodeDone") leftIn = "rolledBack";
        if (!ENDS.has(event.type) || !("state" in event)) return;
        if (!UNTOUCHED.has(event.state)) leftIn = event.state;
      }),
      filter(({ type }) => !ENDS.has(type) && type !== "nodeIdentified"),
    );
    return andThen(
      inOrder(tell({ type: "nodePhase", phase: "rollingBack" }), stepOf(events$)),
      () => done(leftIn),
    );
  });
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
    const asked = readText(context, profile.identity.versionDid, { attemptsMax: 1 });
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
