import { formatRange, printable } from "../core/mod.ts";
import type { FleetEvent, FleetNodeEvent, FleetState, NodeState } from "../fleet/mod.ts";
import { busStateWords } from "./bus_words.ts";
import { counted, formatBytes, formatDuration } from "./_text.ts";
import { isUpdateDue, versionStep } from "./node_outcome.ts";
import { SESSION_FINDINGS } from "./session_findings.ts";

/** How much is said. */
export interface PlainOptions {
  /** Whether every step is told, not only what an operator waits for. */
  readonly isVerbose: boolean;
}

/**
 * Tells an event in one line, for pipes and logs.
 *
 * @param event What happened.
 * @param state The fleet, the event taken in.
 * @param options How much is said.
 * @returns The line; `undefined` for what is not worth one.
 */
export function plainLine(
  event: FleetEvent,
  state: FleetState,
  options: PlainOptions,
): string | undefined {
  const at = `${((event.atMs - state.startedAtMs) / 1000).toFixed(3).padStart(9)} `;
  if ("node" in event) {
    const node = state.nodes.get(event.node);
    const words = node === undefined ? undefined : nodeWords(event, node, options);
    return words === undefined ? undefined : `${at}${event.node}: ${words}`;
  }
  switch (event.type) {
    case "runStarted":
      return `${at}${counted(event.nodes.length, "node")}`;
    case "busState":
      return `${at}bus ${event.bus}: ${busStateWords(event.state)}`;
    case "cancelRequested":
      return `${at}stopping: every node is led to a safe place first`;
    case "journalFailed":
      return `${at}stopping: ${printable(event.error.message)}`;
    case "runFinished":
      return undefined;
  }
}

function nodeWords(
  event: FleetNodeEvent,
  node: NodeState,
  { isVerbose }: PlainOptions,
): string | undefined {
  switch (event.type) {
    case "nodePlanned":
      return isVerbose
        ? `${counted(event.segments.length, "segment")}, ${formatBytes(event.imageBytes)}`
        : undefined;
    case "nodePhase":
      return isVerbose || TOLD_PHASES.has(event.phase) ? PHASE_WORDS[event.phase] : undefined;
    case "nodeIdentified":
      return identityWords(event.identity);
    case "segmentPhase":
      return segmentWords(event, node, isVerbose);
    case "segmentProgress":
      return undefined;
    case "retry":
      return retryWords(event);
    case "nodeLeftGroup":
      return `leaves its group, and is updated by itself: ${printable(event.reason)}`;
    case "sessionFinding":
      return SESSION_FINDINGS[event.finding];
    case "responsePending":
      return isVerbose ? `asks for patience, ${event.count}` : undefined;
    case "nodeDone":
      return event.upToDate ? "up to date" : doneWords(node);
    case "nodeRefused":
      return `REFUSED: ${printable(event.error.message)}`;
    case "nodeFailed":
      return isUpdateDue(node)
        ? `needs an update ${versionStep(node)}`.trimEnd()
        : `FAILED: ${printable(event.error.message)}`;
    case "nodeCancelled":
      return "stopped";
  }
}

type Phase = NodeState["phase"];

const TOLD_PHASES: ReadonlySet<Phase> = new Set([
  "unlocked",
  "imageVerified",
  "swapping",
  "rollingBack",
]);

const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  unknown: "not heard of yet",
  found: "found",
  entering: "entering its bootloader",
  unlocked: "in its bootloader",
  updating: "updating",
  imageVerified: "image verified",
  swapping: "exchanging its banks",
  activating: "activating",
  confirming: "confirming its new image",
  rollingBack: "going back to its old image",
  waitingToRetry: "waiting to retry",
  done: "done",
  refused: "refused",
  failed: "failed",
  cancelled: "stopped",
};

function identityWords(identity: NodeState["identity"]): string {
  const { hardware, version, bootloader, part, sequence, downgradeAllowed } = identity;
  const known = [
    ...(hardware === undefined ? [] : [`hardware ${printable(hardware)}`]),
    ...(version === undefined ? [] : [`version ${printable(version)}`]),
    ...(part === undefined ? [] : [`part ${printable(part)}`]),
    ...(sequence === undefined ? [] : [`release ${sequence}`]),
    ...(downgradeAllowed === true ? ["downgrade allowed by the operator"] : []),
    ...(bootloader === undefined ? [] : [`bootloader ${printable(bootloader)}`]),
  ];
  return known.length === 0 ? "found" : `found, ${known.join(", ")}`;
}

function segmentWords(
  event: FleetNodeEvent & { readonly type: "segmentPhase" },
  node: NodeState,
  isVerbose: boolean,
): string | undefined {
  const isTold = event.phase === "verified" || event.phase === "skipped";
  const segment = node.segments[event.segment];
  if (segment === undefined || !(isVerbose || isTold)) return undefined;
  const words = event.phase === "skipped" ? "already there" : event.phase;
  const place = `segment ${event.segment + 1} of ${node.segments.length}`;
  return `${place} ${words}, ${formatRange(segment)}` +
    (event.attempt > 1 ? `, try ${event.attempt}` : "");
}

function retryWords(event: FleetNodeEvent & { readonly type: "retry" }): string {
  const what = event.scope === "segment" ? `segment ${(event.segment ?? 0) + 1}` : event.scope;
  const after = event.delayMs > 0 ? ` after ${formatDuration(event.delayMs)}` : "";
  return `${what} again, try ${event.attempt}${after}: ${printable(event.error.message)}`;
}

function doneWords(node: NodeState): string {
  const tookMs = (node.endedAtMs ?? 0) - (node.startedAtMs ?? 0);
  return [
    node.version === undefined ? "done" : `done, version ${printable(node.version)} runs`,
    `${formatBytes(node.bytesWritten)} in ${formatDuration(tookMs)}`,
    ...(node.retries > 0 ? [counted(node.retries, "retry", "retries")] : []),
  ].join(", ");
}
