import type { NodeState } from "../fleet/mod.ts";

/** What a node spends its time on. */
export type Activity =
  | "waiting"
  | "entering"
  | "checking"
  | "erasing"
  | "writing"
  | "verifying"
  | "retrying"
  | "activating";

/** The activities, in the order in which legends show them. */
export const ACTIVITIES: readonly Activity[] = [
  "waiting",
  "entering",
  "checking",
  "erasing",
  "writing",
  "verifying",
  "retrying",
  "activating",
];

/** A time in which a node did one thing. */
export interface TimelineSpan {
  /** What it did. */
  readonly activity: Activity;
  /** From when, in ms. */
  readonly startMs: number;
  /** Until when, in ms. */
  readonly endMs: number;
}

/** Spans of one node that are kept; afterwards the last one grows. */
const SPANS_MAX = 4000;

/** Folds what nodes do into spans of time. */
export class Timeline {
  readonly #spans = new Map<string, TimelineSpan[]>();

  /**
   * Takes down what a node does from now on.
   *
   * @param node The node as it is now.
   * @param atMs The time, in ms.
   */
  next(node: NodeState, atMs: number): void {
    const activity = activityOf(node);
    const spans = this.#spans.get(node.name) ?? [];
    this.#spans.set(node.name, spans);
    const last = spans.at(-1);
    if (last !== undefined && last.endMs === Infinity) {
      if (last.activity === activity) return;
      if (spans.length >= SPANS_MAX && activity !== undefined) return;
      spans[spans.length - 1] = { ...last, endMs: atMs };
    }
    if (activity !== undefined) spans.push({ activity, startMs: atMs, endMs: Infinity });
  }

  /**
   * Tells the spans until now.
   *
   * @param nowMs The time, in ms: where spans end that go on.
   * @returns The spans of each node, by name.
   */
  spans(nowMs: number): ReadonlyMap<string, readonly TimelineSpan[]> {
    return new Map(
      [...this.#spans].map(([name, spans]) => [
        name,
        spans.map((span) => span.endMs === Infinity ? { ...span, endMs: nowMs } : span),
      ]),
    );
  }
}

/**
 * Tells what a node is doing.
 *
 * @param node The node.
 * @returns Its activity; `undefined` once it is over.
 */
export function activityOf(node: NodeState): Activity | undefined {
  switch (node.phase) {
    case "unknown":
    case "found":
      return "waiting";
    case "entering":
    case "unlocked":
      return "entering";
    case "waitingToRetry":
      return "retrying";
    case "imageVerified":
      return "verifying";
    case "swapping":
    case "activating":
    case "confirming":
    case "rollingBack":
      return "activating";
    case "updating":
      return segmentActivity(node);
    default:
      return undefined;
  }
}

const SEGMENT_ACTIVITIES: Readonly<Record<NodeState["segments"][number]["phase"], Activity>> = {
  pending: "waiting",
  checking: "checking",
  erasing: "erasing",
  erased: "waiting",
  writing: "writing",
  verifying: "verifying",
  verified: "waiting",
  skipped: "waiting",
  waitingToRetry: "retrying",
  failed: "retrying",
};

/** The segment at hand tells; between two segments, and where several are, the busiest. */
function segmentActivity(node: NodeState): Activity {
  const phases = new Set(node.segments.map(({ phase }) => phase));
  for (const phase of ["writing", "erasing", "verifying", "checking", "waitingToRetry"] as const) {
    if (phases.has(phase)) return SEGMENT_ACTIVITIES[phase];
  }
  return "waiting";
}
