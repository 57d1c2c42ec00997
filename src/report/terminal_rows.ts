import type { FleetState, NodeState } from "../fleet/mod.ts";
import type { BusFigures } from "./bus_figures.ts";
import type { Paint, Tone } from "./paint.ts";
import { countNodes, isEnded, nodeProgress } from "./progress.ts";
import { counted, cut, formatBytes, formatDuration } from "./_text.ts";

/** What rows are fitted to. */
export interface RowView {
  /** Width of the terminal. */
  readonly columns: number;
  /** Most rows. */
  readonly rows: number;
  /** The time, in ms. */
  readonly nowMs: number;
  /** Colours. */
  readonly paint: Paint;
  /** What the buses carried so far. */
  readonly buses: readonly BusFigures[];
}

const BAR_WIDTH = 12;
const NAME_WIDTH_MAX = 20;
/** Below it the bar is left out, below the next the rate too. */
const COLUMNS_FOR_BAR = 72;
const COLUMNS_FOR_RATE = 56;

/**
 * Draws a fleet as rows for a terminal: one a node, one a bus, one for all. Where they do not fit,
 * nodes that are over are left out first, and a row says how many.
 *
 * @param state The fleet.
 * @param view What rows are fitted to.
 * @returns At most `rows` lines, none wider than `columns`.
 */
export function terminalRows(state: FleetState, view: RowView): readonly string[] {
  const nodes = [...state.nodes.values()];
  const nameWidth = Math.min(NAME_WIDTH_MAX, Math.max(4, ...nodes.map(({ name }) => name.length)));
  const busRows = view.buses.map((bus) => busRow(state, bus, nameWidth, view.paint));
  const fixed = [...busRows, totalRow(state, view)];
  const room = Math.max(0, view.rows - fixed.length);
  const shown = fitNodes(nodes, room);
  const hidden = nodes.length - shown.length;
  const rows = [
    ...shown.map((node) => nodeRow(node, nameWidth, view)),
    ...(hidden > 0 && room > 0 ? [view.paint(`... and ${hidden} more`, "dim")] : []),
    ...fixed,
  ];
  return rows.slice(-Math.max(1, view.rows)).map((row) => cut(row, view.columns));
}

function fitNodes(nodes: readonly NodeState[], room: number): readonly NodeState[] {
  if (nodes.length <= room) return nodes;
  const ranked = nodes.map((node, i) => ({ node, i, rank: rankOf(node) }))
    .sort((left, right) => left.rank - right.rank || left.i - right.i)
    .slice(0, Math.max(0, room - 1))
    .sort((left, right) => left.i - right.i);
  return ranked.map(({ node }) => node);
}

/** Failures first, then nodes at work, then those that wait, then those that are through. */
function rankOf(node: NodeState): number {
  if (node.phase === "failed" || node.phase === "refused") return 0;
  if (isEnded(node)) return 3;
  return node.phase === "unknown" ? 2 : 1;
}

function nodeRow(node: NodeState, nameWidth: number, view: RowView): string {
  const { columns, nowMs, paint } = view;
  const progress = nodeProgress(node, nowMs);
  const { segment, segmentCount, bytes, bytesTotal } = progress;
  const ratio = bytesTotal === 0 ? 0 : bytes / bytesTotal;
  const parts = [
    cut(node.name, nameWidth).padEnd(nameWidth),
    paint(progress.phase.padEnd(10), toneOf(node)),
    (segment === 0 ? "" : `${segment}/${segmentCount}`).padStart(7),
  ];
  if (columns >= COLUMNS_FOR_BAR) parts.push(paint(bar(ratio), toneOf(node)));
  parts.push(`${Math.floor(ratio * 100)} %`.padStart(5));
  if (columns >= COLUMNS_FOR_RATE && !isEnded(node) && progress.bytesPerSecond > 0) {
    parts.push(`${formatBytes(progress.bytesPerSecond)}/s`.padStart(11));
  }
  if (node.retries > 0) parts.push(paint(counted(node.retries, "retry", "retries"), "dim"));
  if (node.error !== undefined && node.phase !== "done") parts.push(paint(node.error.code, "bad"));
  return parts.join(" ");
}

function bar(ratio: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, ratio)) * BAR_WIDTH);
  return "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
}

function toneOf(node: NodeState): Tone {
  switch (node.phase) {
    case "done":
      return "good";
    case "failed":
    case "refused":
      return "bad";
    case "unknown":
    case "cancelled":
      return "dim";
    default:
      return "busy";
  }
}

function busRow(state: FleetState, figures: BusFigures, nameWidth: number, paint: Paint): string {
  const { bus, frames, busyRatio } = figures;
  const name = cut(bus, nameWidth).padEnd(nameWidth);
  const controller = state.buses.get(bus) ?? "errorActive";
  const words = `bus ${Math.round(busyRatio * 100)} % busy, ${frames} frames`;
  return controller === "errorActive"
    ? paint(`${name} ${words}`, "dim")
    : `${name} ${paint(`${words}, ${BUS_WORDS[controller]}`, "bad")}`;
}

const BUS_WORDS = {
  errorActive: "error-active",
  errorPassive: "error-passive",
  busOff: "BUS-OFF",
  stopped: "STOPPED",
} as const;

function totalRow(state: FleetState, { nowMs, paint }: RowView): string {
  const counts = countNodes(state);
  let bytes = 0;
  let bytesTotal = 0;
  let retries = 0;
  for (const node of state.nodes.values()) {
    const progress = nodeProgress(node, nowMs);
    bytes += progress.bytes;
    bytesTotal += progress.bytesTotal;
    retries += node.retries;
  }
  const through = counts.done + counts.upToDate;
  const bad = counts.failed + counts.refused;
  return [
    paint(`${through} of ${counted(counts.nodes, "node")}`, "strong"),
    ...(bad > 0 ? [paint(`${bad} failed`, "bad")] : []),
    `${formatBytes(bytes)} of ${formatBytes(bytesTotal)}`,
    counted(retries, "retry", "retries"),
    formatDuration(nowMs - state.startedAtMs),
    ...(state.isCancelled ? [paint("stopping", "bad")] : []),
  ].join("  ");
}
