import type { NodeState } from "../fleet/mod.ts";
import { isUpdateDue } from "./node_outcome.ts";
import { ACTIVITIES, type Activity, type TimelineSpan } from "./timeline.ts";
import { formatTick, timeTicks } from "./time_axis.ts";
import { escapeMarkup } from "./_markup.ts";

const WIDTH = 1000;
const ROW = 16;
const BAR = 11;
const AXIS = 24;
const SIGN_WIDTH = 16;
/** Bars are at least so wide, in user units: what took time is seen. */
const BAR_WIDTH_MIN = 0.4;

/** What a timeline shows. */
export interface TimelineView {
  /** The nodes, from top to bottom. */
  readonly nodes: readonly NodeState[];
  /** How each spent its time. */
  readonly timeline: ReadonlyMap<string, readonly TimelineSpan[]>;
  /** Time at the left border, in ms. */
  readonly startMs: number;
  /** Time at the right border, in ms. */
  readonly endMs: number;
}

/**
 * Draws how nodes spent their time: a row a node, a colour an activity, by classes `a-writing` and
 * so on; a sign at the end of each row tells how the node ended.
 *
 * @param view What is shown.
 * @returns An SVG element.
 */
export function svgTimeline(view: TimelineView): string {
  const { nodes, startMs, endMs } = view;
  const nameWidth = Math.min(220, 12 + 6.6 * Math.max(4, ...nodes.map(({ name }) => name.length)));
  const plotWidth = WIDTH - nameWidth - SIGN_WIDTH;
  const height = AXIS + nodes.length * ROW + 4;
  const toX = (ms: number): number =>
    nameWidth + plotWidth * Math.min(1, Math.max(0, (ms - startMs) / Math.max(1, endMs - startMs)));
  const ticks = timeTicks(endMs - startMs, 10).map((ms) => {
    const x = round(toX(startMs + ms));
    return `<path class="grid" d="M${x} ${AXIS - 4}V${height}"/>` +
      `<text class="tick" x="${x}" y="${AXIS - 9}">${formatTick(ms)}</text>`;
  });
  const rows = nodes.map((node, i) => rowOf(node, AXIS + i * ROW, toX, view));
  return `<svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" role="img" ` +
    `aria-label="Timeline: what each of ${nodes.length} nodes did, and when">` +
    `${ticks.join("")}${rows.join("")}</svg>`;
}

/**
 * Explains the colours of a timeline.
 *
 * @returns An HTML list.
 */
export function timelineLegend(): string {
  const items = ACTIVITIES.map((activity) =>
    `<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="a-${activity}" width="10" ` +
    `height="10"/></svg>${activity}</li>`
  );
  return `<ul class="legend">${items.join("")}</ul>`;
}

function rowOf(
  node: NodeState,
  y: number,
  toX: (ms: number) => number,
  { timeline, startMs }: TimelineView,
): string {
  const spans = timeline.get(node.name) ?? [];
  const paths = new Map<Activity, string>();
  for (const { activity, startMs: from, endMs } of spans) {
    const x = toX(from);
    const width = Math.max(BAR_WIDTH_MIN, toX(endMs) - x);
    const piece = `M${round(x)} ${y}h${round(width)}v${BAR}h-${round(width)}z`;
    paths.set(activity, (paths.get(activity) ?? "") + piece);
  }
  const bars = ACTIVITIES.filter((activity) => paths.has(activity))
    .map((activity) => `<path class="a-${activity}" d="${paths.get(activity)}"/>`);
  const end = endSign(node);
  const endX = round(toX(node.endedAtMs ?? startMs) + 3);
  const sign = end === undefined
    ? ""
    : `<text class="${end.tone}" x="${endX}" y="${y + 9}">${end.sign}</text>`;
  return `<g><title>${escapeMarkup(titleOf(node, spans))}</title>` +
    `<text x="0" y="${y + 9}">${escapeMarkup(shorten(node.name))}</text>${
      bars.join("")
    }${sign}</g>`;
}

function endSign(node: NodeState): { readonly sign: string; readonly tone: string } | undefined {
  if (isUpdateDue(node)) return { sign: "!", tone: "" };
  switch (node.phase) {
    case "done":
      return { sign: "✓", tone: "good" };
    case "failed":
    case "refused":
      return { sign: "✗", tone: "bad" };
    case "cancelled":
      return { sign: "–", tone: "dim" };
    default:
      return undefined;
  }
}

function titleOf(node: NodeState, spans: readonly TimelineSpan[]): string {
  const sums = new Map<Activity, number>();
  for (const { activity, startMs, endMs } of spans) {
    sums.set(activity, (sums.get(activity) ?? 0) + endMs - startMs);
  }
  const words = [...sums].map(([activity, ms]) => `${activity} ${(ms / 1000).toFixed(1)} s`);
  return `${node.name}: ${words.join(", ") || "nothing"}`;
}

const NAME_CHARACTERS_MAX = 31;

function shorten(name: string): string {
  return name.length <= NAME_CHARACTERS_MAX ? name : `${name.slice(0, NAME_CHARACTERS_MAX - 1)}…`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
