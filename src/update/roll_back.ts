import {
  catchError,
  concat,
  defer,
  EMPTY,
  filter,
  type Observable,
  of,
  tap,
  throwError,
} from "rxjs";
import type { AddressRange } from "../core/mod.ts";
import type { FlashPlan } from "../stm32/mod.ts";
import type { NodeEndState, NodeEvent, NodeIdentity } from "./events.ts";
import { readText } from "./identify.ts";
import type { NodeContext } from "./node_context.ts";
import { recoveryFor } from "./recovery.ts";
import { pause } from "./retry.ts";

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
 * Cold; emits the events of that way but what the node tells of itself, as the node before its update
 * is meant there, and its end.
 *
 * @param context The node.
 * @param parts What it gets.
 * @param leftIn Takes what the node is left in, where that is something else now.
 * @returns The events; no error.
 */
export function rollBack(
  context: NodeContext,
  parts: RollBack,
  leftIn: (state: NodeEndState) => void,
): Observable<NodeEvent> {
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
  return concat(
    of<NodeEvent>({ type: "nodePhase", phase: "rollingBack" }),
    parts.update(back).pipe(
      tap((event) => {
        if (event.type === "nodeDone") leftIn("rolledBack");
        if (!ENDS.has(event.type) || !("state" in event)) return;
        if (!UNTOUCHED.has(event.state)) leftIn(event.state);
      }),
      filter(({ type }) => !ENDS.has(type) && type !== "nodeIdentified"),
    ),
  );
}

/**
 * Waits until a node whose new application did not answer is heard: a bootloader that ends a reset
 * loop tells no version, where an application did.
 *
 * @param context The node; its application told a version before.
 * @param found Called when the bootloader answers.
 * @returns The events of the exchange; within the time that an application may take to answer.
 */
export function awaitBootloader(context: NodeContext, found: () => void): Observable<NodeEvent> {
  const { clock, cancellation, job: { profile } } = context;
  const untilMs = clock.now() + profile.timing.activationMsMax;
  let version: string | undefined;

  function round(): Observable<NodeEvent> {
    return concat(
      pause(ASK_EVERY_MS, clock),
      readText(context, profile.identity.versionDid, (text) => version = text, { attemptsMax: 1 }),
      defer(() => {
        if (version === undefined) found();
        return EMPTY;
      }),
    ).pipe(catchError((error: unknown) => {
      if (recoveryFor(error) !== "silence") return throwError(() => error);
      return clock.now() >= untilMs || cancellation.requested ? EMPTY : round();
    }));
  }
  return defer(round);
}
