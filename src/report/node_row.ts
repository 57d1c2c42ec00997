import { printable } from "../core/mod.ts";
import type { BusState, NodeState } from "../fleet/mod.ts";
import { BUS_AWAY_PHASE, waitedForBus } from "./bus_words.ts";
import type { Paint, Tone } from "./paint.ts";
import { isUpdateDue, versionStep } from "./node_outcome.ts";
import { isEnded, nodeProgress } from "./progress.ts";
import { bytesPerSecondOf, NO_RATES, type Rates, remainingMsOf } from "./rates.ts";
import { counted, cut, formatBytes, formatClock, formatDuration } from "./_text.ts";

/** How much of a node its row shows. */
export interface RowLayout {
  /** Width of the whole row. */
  readonly columns: number;
  /** Width of names. */
  readonly nameWidth: number;
  /** Which figures there is room for. */
  readonly figures: ReadonlySet<Figure>;
}

type Figure = "segment" | "bar" | "bytes" | "rate" | "left";

const NO_BUSES: ReadonlyMap<string, BusState> = new Map();
const NAME_WIDTH_MAX = 20;
const BAR_WIDTH = 12;
const PHASE_WIDTH = 10;
const SEGMENT_WIDTH = 7;
const PERCENT_WIDTH = 5;
const BYTES_WIDTH = 19;
const RATE_WIDTH = 11;
const LEFT_WIDTH = 6;
/** Columns of phase and percentage, which are always there, each with the blank before it. */
const LEAST_WIDTH = PHASE_WIDTH + PERCENT_WIDTH + 2;
/** What is left out first stands last. */
const FIGURES: readonly (readonly [Figure, number])[] = [
  ["segment", SEGMENT_WIDTH + 1],
  ["left", LEFT_WIDTH + 1],
  ["rate", RATE_WIDTH + 1],
  ["bar", BAR_WIDTH + 1],
  ["bytes", BYTES_WIDTH + 1],
];

/**
 * Decides what rows of a width show: everything on a wide one, on a narrow one name, phase and
 * percentage.
 *
 * @param nodes The nodes.
 * @param columns The width.
 * @returns The layout.
 */
export function rowLayout(nodes: readonly NodeState[], columns: number): RowLayout {
  const widest = Math.max(4, ...nodes.map(({ name }) => name.length));
  const nameWidth = Math.min(NAME_WIDTH_MAX, widest, Math.max(4, columns - LEAST_WIDTH));
  const figures = new Set<Figure>();
  let left = columns - nameWidth - LEAST_WIDTH;
  for (const [figure, width] of FIGURES) {
    if (width > left) break;
    figures.add(figure);
    left -= width;
  }
  return { columns, nameWidth, figures };
}

/**
 * Draws the titles of the columns.
 *
 * @param layout What rows show.
 * @returns One row, each title where its figure stands.
 */
export function titleRow({ nameWidth, figures }: RowLayout): string {
  return [
    "node".padEnd(nameWidth),
    "state".padEnd(PHASE_WIDTH),
    ...(figures.has("segment") ? ["segment"] : []),
    ...(figures.has("bar") ? ["written".padEnd(BAR_WIDTH)] : []),
    (figures.has("bar") ? "" : "done").padStart(PERCENT_WIDTH),
    ...(figures.has("bytes") ? ["bytes".padStart(BYTES_WIDTH)] : []),
    ...(figures.has("rate") ? ["rate".padStart(RATE_WIDTH)] : []),
    ...(figures.has("left") ? ["time".padStart(LEFT_WIDTH)] : []),
  ].join(" ").trimEnd();
}

/**
 * Draws a node as one row.
 *
 * @param node The node.
 * @param layout What is shown.
 * @param view The time, in ms, colours, and how fast the run goes.
 * @returns The row, not wider than the layout's columns where these are enough for a name.
 */
export function nodeRow(
  node: NodeState,
  layout: RowLayout,
  view: {
    readonly nowMs: number;
    readonly paint: Paint;
    readonly rates?: Rates;
    readonly buses?: ReadonlyMap<string, BusState>;
  },
): string {
  const { paint, buses = NO_BUSES } = view;
  const progress = nodeProgress(node);
  const waits = waitedForBus(node, buses);
  const name = cut(node.name, layout.nameWidth).padEnd(layout.nameWidth);
  const phase = (waits === undefined ? progress.phase : BUS_AWAY_PHASE).padEnd(PHASE_WIDTH);
  const used = layout.nameWidth + 1 + phase.length;
  if (isUpdateDue(node)) return `${name} ${paint(phase, "strong")} ${versionStep(node)}`.trimEnd();
  if (node.phase === "failed" || node.phase === "refused") {
    const cause = causeThatFits(node, layout.columns - used - 1);
    return `${name} ${paint(phase, "bad")} ${paint(cause, "bad")}`;
  }
  const { bytes, bytesTotal } = progress;
  const unplannedRatio = node.phase === "done" ? 1 : 0;
  const ratio = bytesTotal === 0 ? unplannedRatio : bytes / bytesTotal;
  const figures = figuresOf(node, ratio, layout, view);
  const left = layout.columns - used - figures.reduce((sum, { text }) => sum + 1 + text.length, 0);
  const notes = isEnded(node) ? [] : notesOf(node, left, waits);
  const tone = toneOf(node);
  const painted = figures.map((figure) => figure.isBar ? paint(figure.text, tone) : figure.text);
  return [name, paint(phase, tone), ...painted, ...notes.map((note) => paint(note, "dim"))]
    .join(" ").trimEnd();
}

interface FigureText {
  readonly text: string;
  readonly isBar?: boolean;
}

function figuresOf(
  node: NodeState,
  ratio: number,
  { figures }: RowLayout,
  { nowMs, rates = NO_RATES }: { readonly nowMs: number; readonly rates?: Rates },
): readonly FigureText[] {
  const { segment, segmentCount, bytes, bytesTotal } = nodeProgress(node);
  const rate = isEnded(node) ? 0 : bytesPerSecondOf(rates, node, nowMs);
  const texts: FigureText[] = [];
  if (figures.has("segment")) {
    texts.push({
      text: (segment === 0 ? "" : `${segment}/${segmentCount}`).padStart(SEGMENT_WIDTH),
    });
  }
  if (figures.has("bar")) texts.push({ text: bar(ratio), isBar: true });
  texts.push({ text: `${Math.floor(ratio * 100)} %`.padStart(PERCENT_WIDTH) });
  if (figures.has("bytes")) {
    const text = bytesTotal === 0 ? "" : `${formatBytes(bytes)}/${formatBytes(bytesTotal)}`;
    texts.push({ text: text.padStart(BYTES_WIDTH) });
  }
  if (figures.has("rate")) {
    texts.push({ text: (rate > 0 ? `${formatBytes(rate)}/s` : "").padStart(RATE_WIDTH) });
  }
  if (figures.has("left")) texts.push({ text: leftText(node, rates, nowMs).padStart(LEFT_WIDTH) });
  return texts;
}

/** How long it will still take; for what is through, how long it took. */
function leftText(node: NodeState, rates: Rates, nowMs: number): string {
  const { endedAtMs, startedAtMs } = node;
  if (endedAtMs !== undefined) return formatDuration(endedAtMs - (startedAtMs ?? endedAtMs), true);
  const leftMs = remainingMsOf(rates, node, nowMs);
  return leftMs === undefined ? "" : `-${formatClock(leftMs)}`;
}

/** What went wrong on the way, as far as it fits whole. */
function notesOf(
  node: NodeState,
  room: number,
  waits: string | undefined,
): readonly string[] {
  if (waits !== undefined && waits.length + 1 <= room) return [waits];
  if (node.retries === 0) return [];
  const retries = counted(node.retries, "retry", "retries");
  const full = node.error === undefined ? retries : `${retries} (${node.error.code})`;
  return [full, retries, `${node.retries}r`].filter((text) => text.length + 1 <= room).slice(0, 1);
}

/** The cause in as many words as fit whole; where nothing does, cut. */
function causeThatFits(node: NodeState, room: number): string {
  const { code = "", message = "for an unknown reason" } = node.error ?? {};
  const texts = [
    ...(code === "" ? [] : [`${code}: ${printable(message)}`]),
    printable(message),
    printable(message).replace(/^Cannot [^:]*: /, ""),
    code,
  ];
  return texts.find((text) => text !== "" && text.length <= room) ?? cut(code, room);
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
