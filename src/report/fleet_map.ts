import type { FleetState, NodeState } from "../fleet/mod.ts";
import { isUpdateDue } from "./node_outcome.ts";
import type { Paint, Tone } from "./paint.ts";
import { nodeProgress } from "./progress.ts";

const STEPS = "▁▂▃▄▅▆▇█";

/**
 * Draws a whole fleet as one sign a node, in the order of the fleet file: `·` waits, `▁` to `█` how
 * much of its image it holds, `✓` is through, `✗` failed or was refused, `↻` waits to retry, `-` was
 * stopped, `!` needs an update.
 *
 * @param state The fleet.
 * @param columns How many signs fit one line.
 * @param paint Colours.
 * @returns The lines; signs of one colour are painted together.
 */
export function fleetMap(
  state: FleetState,
  columns: number,
  paint: Paint,
): readonly string[] {
  const signs = [...state.nodes.values()].map((node) => signOf(node));
  const lines: string[] = [];
  for (let i = 0; i < signs.length; i += Math.max(1, columns)) {
    lines.push(paintRuns(signs.slice(i, i + Math.max(1, columns)), paint));
  }
  return lines;
}

/**
 * Explains the signs of a map.
 *
 * @param state The fleet.
 * @param columns How wide the explanation may be.
 * @returns One line: the signs that occur, as many as fit whole.
 */
export function fleetMapLegend(state: FleetState, columns: number): string {
  const signs = new Set([...state.nodes.values()].map((node) => signOf(node).text));
  let line = "";
  for (const [sign, words] of SIGN_WORDS) {
    if (!(sign === STEPS ? [...STEPS].some((step) => signs.has(step)) : signs.has(sign))) continue;
    const part = sign === STEPS ? `${STEPS[0]}-${STEPS.at(-1)} ${words}` : `${sign} ${words}`;
    const longer = line === "" ? part : `${line}  ${part}`;
    if (longer.length > columns) break;
    line = longer;
  }
  return line;
}

/** The signs in the order in which a legend explains them: what needs somebody first. */
const SIGN_WORDS: readonly (readonly [string, string])[] = [
  ["✗", "failed"],
  ["↻", "retrying"],
  [STEPS, "written so far"],
  ["·", "waiting"],
  ["✓", "done"],
  ["!", "update due"],
  ["-", "stopped"],
];

interface Sign {
  readonly text: string;
  readonly tone: Tone;
}

function signOf(node: NodeState): Sign {
  if (isUpdateDue(node)) return { text: "!", tone: "strong" };
  switch (node.phase) {
    case "done":
      return { text: "✓", tone: "good" };
    case "failed":
    case "refused":
      return { text: "✗", tone: "bad" };
    case "cancelled":
      return { text: "-", tone: "dim" };
    case "waitingToRetry":
      return { text: "↻", tone: "strong" };
    case "unknown":
    case "found":
      return { text: "·", tone: "dim" };
    default: {
      if (node.segments.some(({ phase }) => phase === "waitingToRetry")) {
        return { text: "↻", tone: "strong" };
      }
      const { bytes, bytesTotal } = nodeProgress(node);
      const step = bytesTotal === 0 ? 0 : Math.floor(bytes / bytesTotal * STEPS.length);
      return { text: STEPS[Math.min(STEPS.length - 1, step)]!, tone: "busy" };
    }
  }
}

function paintRuns(signs: readonly Sign[], paint: Paint): string {
  let line = "";
  for (let i = 0; i < signs.length;) {
    const { tone } = signs[i]!;
    let run = "";
    while (signs[i]?.tone === tone) run += signs[i++]!.text;
    line += paint(run, tone);
  }
  return line;
}
