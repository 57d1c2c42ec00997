import type { FleetState, NodeState } from "../fleet/mod.ts";
import type { BusFigures } from "./bus_figures.ts";
import { fleetMap, fleetMapLegend } from "./fleet_map.ts";
import { nodeRow, rowLayout, titleRow } from "./node_row.ts";
import type { Paint } from "./paint.ts";
import { countNodes, isEnded, nodeProgress } from "./progress.ts";
import { isUpdateDue } from "./node_outcome.ts";
import type { ScrollRange } from "./scroll_keys.ts";
import {
  busLoadOf,
  busRemainingMs,
  bytesPerSecondOf,
  fleetRemainingMs,
  NO_RATES,
  type Rates,
} from "./rates.ts";
import { counted, cut, formatBytes, formatClock, formatDuration, visibleWidth } from "./_text.ts";

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
  /** How fast the run goes; absent: rates and remaining times are left out. */
  readonly rates?: Rates;
  /** How many rows of nodes have been scrolled past; absent where there are no keys to scroll. */
  readonly scrolledRows?: number;
}

/** Columns have titles where there are at least so many rows. */
const TITLED_ROWS_MIN = 10;
/** Nodes stand side by side where each has at least so many columns. */
const COLUMNS_A_NODE = 92;
const GUTTER = "  ";

/**
 * Draws a fleet as rows for a terminal: one a node, one a bus, one for all. Failures come first.
 * Where nodes do not fit, what retries, works, waits and is through follows them; a map of the whole fleet and
 * a row that counts the rest stand below them. On a wide terminal nodes stand side by side. Scrolled
 * rows stand still: failures come first, then all others in the order of the fleet file.
 *
 * @param state The fleet.
 * @param view What rows are fitted to.
 * @returns At most `rows` lines, none wider than `columns`.
 */
export function terminalRows(state: FleetState, view: RowView): readonly string[] {
  const nodes = [...state.nodes.values()];
  const rows = [...nodeRows(state, nodes, view), ...busRows(state, view), totalRow(state, view)];
  return rows.slice(-Math.max(1, view.rows)).map((row) => cut(row, view.columns));
}

/**
 * Tells how far the rows of nodes can be scrolled.
 *
 * @param state The fleet.
 * @param view What rows are fitted to.
 * @returns The range.
 */
export function scrollRange(state: FleetState, view: RowView): ScrollRange {
  const { abreast, height } = nodeArea(state, view);
  return { pageRows: height, endRows: Math.max(0, Math.ceil(state.nodes.size / abreast) - height) };
}

/** Where the rows of nodes stand. */
interface NodeArea {
  /** How many nodes stand side by side. */
  readonly abreast: number;
  /** How many rows they have. */
  readonly height: number;
  /** Whether their columns have titles. */
  readonly isTitled: boolean;
  /** What stands below them. */
  readonly map: readonly string[];
  /** Whether there is a row that tells of the nodes left out. */
  readonly isSummed: boolean;
}

function nodeArea(state: FleetState, view: RowView): NodeArea {
  const { nodes: { size } } = state;
  const titled = view.rows >= TITLED_ROWS_MIN && size > 0 ? 1 : 0;
  const room = Math.max(0, view.rows - view.buses.length - 1 - titled);
  const abreast = size <= room
    ? 1
    : Math.max(1, Math.floor((view.columns + GUTTER.length) / (COLUMNS_A_NODE + GUTTER.length)));
  const needed = Math.ceil(size / abreast);
  const isTitled = titled > 0;
  if (needed <= room) return { abreast, height: needed, map: [], isTitled, isSummed: false };
  const map = [
    ...fleetMap(state, view.columns, view.paint),
    view.paint(fleetMapLegend(state, view.columns), "dim"),
  ];
  const below = room >= map.length + 6 ? map : [];
  const height = Math.max(0, room - below.length - 1);
  return { abreast, height, map: below, isTitled, isSummed: room > 0 };
}

function nodeRows(
  state: FleetState,
  nodes: readonly NodeState[],
  view: RowView,
): readonly string[] {
  const { abreast, height, map, isTitled, isSummed } = nodeArea(state, view);
  const columns = Math.floor((view.columns - GUTTER.length * (abreast - 1)) / abreast);
  const layout = rowLayout(nodes, columns);
  const draw = (shown: readonly NodeState[]): readonly string[] => {
    const lines = Math.ceil(shown.length / abreast);
    const rows = Array.from(
      { length: lines },
      (_, row) =>
        Array.from({ length: abreast }, (_, i) => shown[i * lines + row])
          .filter((node) => node !== undefined)
          .map((node) => nodeRow(node, layout, { ...view, buses: state.buses }))
          .map((text, i) => i === abreast - 1 ? text : pad(text, columns))
          .join(GUTTER),
    );
    const title = Array.from({ length: abreast }, () => pad(titleRow(layout), columns));
    return isTitled ? [view.paint(title.join(GUTTER).trimEnd(), "dim"), ...rows] : rows;
  };
  if (nodes.length <= height * abreast) return draw(badFirst(nodes));
  const chosen = choose(nodes, height * abreast, (view.scrolledRows ?? 0) * abreast);
  const summary = view.paint(leftOutWords(chosen, view), "dim");
  return [...draw(chosen.shown), ...(isSummed ? [summary] : []), ...map];
}

/** Failures stand on top; all others keep the order of the fleet file. */
function badFirst(nodes: readonly NodeState[]): readonly NodeState[] {
  return [...nodes.filter(isBad), ...nodes.filter((node) => !isBad(node))];
}

function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - visibleWidth(text)));
}

/** Which nodes are shown. */
interface ChosenNodes {
  /** Where the first of them stands among all. */
  readonly from: number;
  readonly shown: readonly NodeState[];
  readonly hidden: readonly NodeState[];
}

/**
 * The nodes that matter most, in the order of the fleet file. Scrolled, a list that does not move
 * while nodes come from waiting to done: failures, then all others.
 */
function choose(nodes: readonly NodeState[], count: number, scrolled: number): ChosenNodes {
  const rank = (node: NodeState): number => scrolled > 0 ? rankGroup(rankOf(node)) : rankOf(node);
  const ranked = nodes.map((node, i) => ({ node, i, rank: rank(node) }))
    .sort((left, right) => left.rank - right.rank || left.i - right.i);
  const from = Math.max(0, Math.min(scrolled, nodes.length - count));
  const shown = ranked.slice(from, from + count)
    .sort((left, right) => rankGroup(left.rank) - rankGroup(right.rank) || left.i - right.i);
  const hidden = [...ranked.slice(0, from), ...ranked.slice(from + count)];
  return { from, shown: shown.map(({ node }) => node), hidden: hidden.map(({ node }) => node) };
}

function isBad(node: NodeState): boolean {
  return (node.phase === "failed" || node.phase === "refused") && !isUpdateDue(node);
}

/** Failures first, then what retries, works, waits, and is through. */
function rankOf(node: NodeState): number {
  if (isBad(node)) return 0;
  if (isEnded(node)) return 5;
  const isRetrying = node.phase === "waitingToRetry" ||
    node.segments.some(({ phase }) => phase === "waitingToRetry");
  if (isRetrying) return 1;
  if (node.phase === "unknown") return 4;
  return node.phase === "updating" ? 2 : 3;
}

/** Failures stand on top; among the others a row keeps its place while it works. */
function rankGroup(rank: number): number {
  return rank === 0 ? 0 : 1;
}

/** Which rows are shown, where keys scroll them, and what is not shown. */
function leftOutWords({ from, shown, hidden }: ChosenNodes, view: RowView): string {
  const rest = hiddenWords(hidden, shown.length > 0);
  if (view.scrolledRows === undefined || shown.length === 0) return `... ${rest}`;
  const all = shown.length + hidden.length;
  return `nodes ${from + 1}-${from + shown.length} of ${all}, arrows scroll; ${rest}`;
}

function hiddenWords(hidden: readonly NodeState[], isMore: boolean): string {
  const counts = new Map<string, number>();
  for (const node of hidden) {
    const words = isUpdateDue(node) ? "update due" : HIDDEN_WORDS[node.phase] ?? "at work";
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  const parts = [...counts].sort(([left], [right]) =>
    HIDDEN_ORDER.indexOf(left) - HIDDEN_ORDER.indexOf(right)
  ).map(([words, count]) => `${count} ${words}`);
  return `${hidden.length}${isMore ? " more" : ""}: ${parts.join(", ")}`;
}

const HIDDEN_WORDS: Readonly<Partial<Record<NodeState["phase"], string>>> = {
  failed: "FAILED",
  refused: "REFUSED",
  waitingToRetry: "retrying",
  unknown: "waiting",
  done: "done",
  cancelled: "stopped",
};
const HIDDEN_ORDER: readonly string[] = [
  ...["FAILED", "REFUSED", "retrying", "at work", "waiting", "stopped", "update due", "done"],
];

function busRows(state: FleetState, view: RowView): readonly string[] {
  const width = Math.max(0, ...view.buses.map(({ bus }) => bus.length));
  const left = state.isFinished
    ? new Map<string, number>()
    : busRemainingMs(view.rates ?? NO_RATES, state, view.nowMs);
  return view.buses.map((bus) => busRow(state, bus, { ...view, width, leftMs: left.get(bus.bus) }));
}

function busRow(
  state: FleetState,
  figures: BusFigures,
  view: RowView & { readonly width: number; readonly leftMs: number | undefined },
): string {
  const { bus, frames, errorFrames = 0 } = figures;
  const { width, leftMs } = view;
  const controller = state.buses.get(bus) ?? "errorActive";
  const load = busLoadOf(view.rates ?? NO_RATES, figures, view.nowMs);
  const errors = errorFrames === 0 ? "" : `, ${counted(errorFrames, "error frame")}`;
  const words = `${`${Math.round(load * 100)}`.padStart(3)} % load, ${frames} frames${errors}` +
    (leftMs === undefined ? "" : `, ${formatClock(leftMs)} left`);
  const name = `bus ${bus.padEnd(width)}`;
  return controller === "errorActive"
    ? view.paint(`${name} ${words}`, "dim")
    : `${name} ${view.paint(`${words}, ${BUS_WORDS[controller]}`, "bad")}`;
}

const BUS_WORDS = {
  errorActive: "error-active",
  errorPassive: "error-passive",
  busOff: "BUS-OFF",
  stopped: "STOPPED",
} as const;

/** What matters least is left out first where not all fits; no figure is ever cut. */
function totalRow(state: FleetState, view: RowView): string {
  const parts = totalParts(state, view);
  const isLess = (left: TotalPart, right: TotalPart): number => right.leaveOut - left.leaveOut;
  for (const part of [...parts].sort(isLess)) {
    if (visibleWidth(parts.map(({ text }) => text).join(GUTTER)) <= view.columns) break;
    if (part.leaveOut > 0) parts.splice(parts.indexOf(part), 1);
  }
  return parts.map(({ text }) => text).join(GUTTER);
}

/** A figure of the whole fleet; the higher, the sooner it is left out; 0: never. */
interface TotalPart {
  readonly text: string;
  readonly leaveOut: number;
}

function totalParts(state: FleetState, { nowMs, paint, rates = NO_RATES }: RowView): TotalPart[] {
  const counts = countNodes(state);
  let bytes = 0;
  let bytesTotal = 0;
  let retries = 0;
  let bytesPerSecond = 0;
  for (const node of state.nodes.values()) {
    const progress = nodeProgress(node);
    bytes += progress.bytes;
    bytesTotal += progress.bytesTotal;
    retries += node.retries;
    bytesPerSecond += bytesPerSecondOf(rates, node, nowMs);
  }
  const through = counts.done + counts.upToDate;
  const bad = counts.failed + counts.refused;
  const leftMs = state.isFinished ? undefined : fleetRemainingMs(rates, state, nowMs);
  const part = (leaveOut: number, text: string): TotalPart => ({ leaveOut, text });
  return [
    part(0, paint(`${through} of ${counted(counts.nodes, "node")}`, "strong")),
    ...(bad > 0 ? [part(0, paint(`${bad} failed`, "bad"))] : []),
    ...(counts.due > 0 ? [part(0, paint(`${counts.due} to update`, "strong"))] : []),
    ...(state.isCancelled ? [part(0, paint("stopping", "bad"))] : []),
    part(3, formatDuration(nowMs - state.startedAtMs)),
    ...(leftMs === undefined ? [] : [part(1, `${formatClock(leftMs)} left`)]),
    part(2, `${formatBytes(bytes)} of ${formatBytes(bytesTotal)}`),
    ...(bytesPerSecond > 0 ? [part(4, `${formatBytes(bytesPerSecond)}/s`)] : []),
    ...(retries > 0 ? [part(5, counted(retries, "retry", "retries"))] : []),
  ];
}
