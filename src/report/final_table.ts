import type { FleetState, NodeState } from "../fleet/mod.ts";
import type { Paint } from "./paint.ts";
import { countNodes } from "./progress.ts";
import { remedyFor } from "./remedies.ts";
import { counted, formatBytes, formatDuration, printable } from "./_text.ts";

/**
 * Tells how a run ended: failures first, each with its cause, where it was left and what to do.
 *
 * @param state The fleet at its end.
 * @param paint Colours.
 * @returns The lines.
 */
export function finalTable(state: FleetState, paint: Paint): readonly string[] {
  const nodes = [...state.nodes.values()];
  const width = Math.max(4, ...nodes.map(({ name }) => name.length));
  const ranked = nodes.map((node, i) => ({ node, i, rank: RANKS[node.phase] ?? 2 }))
    .sort((left, right) => left.rank - right.rank || left.i - right.i);
  return [
    ...ranked.flatMap(({ node }) => nodeLines(node, width, paint)),
    totalLine(state, paint),
  ];
}

const RANKS: Readonly<Partial<Record<NodeState["phase"], number>>> = {
  failed: 0,
  refused: 1,
  done: 3,
};

function nodeLines(node: NodeState, width: number, paint: Paint): readonly string[] {
  const name = node.name.padEnd(width);
  switch (node.phase) {
    case "done":
      return [
        `${paint(node.upToDate ? "up to date" : "done      ", "good")} ${name} ${doneWords(node)}`,
      ];
    case "failed":
      return [
        `${paint("FAILED    ", "bad")} ${name} ${causeOf(node)}`,
        ...details(node, width, paint),
      ];
    case "refused":
      return [
        `${paint("REFUSED   ", "bad")} ${name} ${causeOf(node)}`,
        ...details(node, width, paint),
      ];
    default:
      return [`${paint("stopped   ", "bad")} ${name} ${endWords(node)}`];
  }
}

function doneWords(node: NodeState): string {
  const tookMs = (node.endedAtMs ?? 0) - (node.startedAtMs ?? 0);
  return [
    ...(node.version === undefined ? [] : [printable(node.version)]),
    ...(node.upToDate ? [] : [`${formatBytes(node.bytesWritten)} in ${formatDuration(tookMs)}`]),
    ...(node.retries > 0 ? [counted(node.retries, "retry", "retries")] : []),
  ].join(", ");
}

function causeOf(node: NodeState): string {
  return printable(node.error?.message ?? "for an unknown reason");
}

function details(node: NodeState, width: number, paint: Paint): readonly string[] {
  const indent = " ".repeat(width + 12);
  const { error } = node;
  const exchange = [
    ...(error?.request === undefined ? [] : [`last request ${shorten(error.request)}`]),
    ...(error?.response === undefined ? [] : [`response ${shorten(error.response)}`]),
  ].join(", ");
  const help = error === undefined ? "" : remedyFor(error);
  return [exchange, endWords(node), help]
    .filter((line) => line !== "")
    .map((line, i, lines) => indent + (i === lines.length - 1 ? line : paint(line, "dim")));
}

function endWords(node: NodeState): string {
  switch (node.endState) {
    case "untouched":
      return "nothing was changed: it is as it was before";
    case "oldImage":
      return "nothing was erased: its old image is intact";
    case "eraseUnconfirmed":
      return "it never confirmed an erase: it has its old image, or waits in its bootloader; " +
        "the same command mends it";
    case "bootloader":
      return "it waits in its bootloader: the same command mends it";
    case "newImageUnconfirmed":
      return "the new image is written and verified, but it did not answer from it";
    default:
      return node.phase === "refused" ? "nothing was touched" : "not reached";
  }
}

/** Bytes of a request that are shown: what it asked, not all that it carried. */
const SHOWN_BYTES = 16;

function shorten(bytes: string): string {
  const words = bytes.split(" ");
  return words.length <= SHOWN_BYTES ? bytes : `${words.slice(0, SHOWN_BYTES).join(" ")} ...`;
}

function totalLine(state: FleetState, paint: Paint): string {
  const { nodes, done, upToDate, failed, refused, cancelled } = countNodes(state);
  const parts = [
    `${done} updated`,
    ...(upToDate > 0 ? [`${upToDate} up to date`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(cancelled > 0 ? [`${cancelled} stopped`] : []),
  ];
  const isGood = done + upToDate === nodes;
  const took = formatDuration(state.atMs - state.startedAtMs);
  const skipped = skippedSegments(state);
  const there = skipped === 0 ? "" : `; ${counted(skipped, "segment")} already there`;
  return paint(
    `${counted(nodes, "node")}: ${parts.join(", ")} in ${took}${there}`,
    isGood ? "good" : "bad",
  );
}

/** Segments that were not sent, as their nodes held them already. */
function skippedSegments(state: FleetState): number {
  return [...state.nodes.values()]
    .reduce((sum, { segments }) => sum + segments.filter(isSkipped).length, 0);
}

function isSkipped({ phase }: NodeState["segments"][number]): boolean {
  return phase === "skipped";
}
