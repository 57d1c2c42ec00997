import { printable } from "../core/mod.ts";
import type { FleetState, NodeState } from "../fleet/mod.ts";
import { dueWords, isUpdateDue, versionStep } from "./node_outcome.ts";
import type { Paint, Tone } from "./paint.ts";
import { countNodes } from "./progress.ts";
import { isPassing, remedyFor } from "./remedies.ts";
import { counted, formatBytes, formatDuration, wrapWords } from "./_text.ts";

/** What the table is fitted to. */
export interface TableView {
  /** Width that lines are broken at. */
  readonly columns: number;
  /** Lines beyond which nodes that are through are told together, so that failures stay in sight. */
  readonly rows: number;
}

/** For pipes: nothing is broken, nothing told together. */
const UNBOUNDED: TableView = { columns: Infinity, rows: Infinity };
const STATUS_WIDTH = 11;
/** Below this width, what belongs to a node stands beneath its name, not beside it. */
const COLUMNS_FOR_INDENT = 60;

/**
 * Tells how a run ended: failures first, each with its whole cause, where it was left and what to
 * do. Nodes that failed alike are told together.
 *
 * @param state The fleet at its end.
 * @param paint Colours.
 * @param view What lines are fitted to; unbounded by default.
 * @returns The lines.
 */
export function finalTable(
  state: FleetState,
  paint: Paint,
  view: TableView = UNBOUNDED,
): readonly string[] {
  const nodes = [...state.nodes.values()];
  const nameWidth = Math.max(4, ...nodes.map(({ name }) => name.length));
  const bad = endedAlike(nodes.filter((node) => node.phase !== "done" && !isUpdateDue(node)))
    .flatMap((group) => badLines(group, nameWidth, paint, view));
  const due = dueLines(nodes.filter(isUpdateDue), paint, view);
  const good = nodes.filter(({ phase }) => phase === "done");
  const goodLines = good.map((node) => doneLine(node, nameWidth, paint));
  const total = wrapWords(totalWords(state), view.columns)
    .map((line) => paint(line, totalTone(state)));
  const isLong = bad.length + due.length + goodLines.length + total.length >= view.rows;
  return [
    ...bad,
    ...due,
    ...(isLong && good.length > 1 ? doneTogether(good, paint, view) : goodLines),
    ...total,
  ];
}

const RANKS: Readonly<Partial<Record<NodeState["phase"], number>>> = { failed: 0, refused: 1 };

/**
 * Puts nodes together that ended alike.
 *
 * @param nodes The nodes.
 * @returns Groups of at least one, failed ones first.
 */
export function endedAlike(nodes: readonly NodeState[]): readonly (readonly NodeState[])[] {
  const groups = new Map<string, NodeState[]>();
  for (const node of nodes) {
    const { phase, endState, error } = node;
    // Fractions of a millisecond tell no two causes apart.
    const key = JSON.stringify([phase, endState, error]).replace(/(\d)\.\d+/g, "$1");
    groups.set(key, [...groups.get(key) ?? [], node]);
  }
  return [...groups.values()].map((group, i) => ({ group, i, rank: RANKS[group[0]!.phase] ?? 2 }))
    .sort((left, right) => left.rank - right.rank || left.i - right.i)
    .map(({ group }) => group);
}

function badLines(
  group: readonly NodeState[],
  nameWidth: number,
  paint: Paint,
  view: TableView,
): readonly string[] {
  const node = group[0]!;
  const name = group.length === 1 ? node.name : counted(group.length, "node");
  const width = Math.max(nameWidth, name.length);
  const isNarrow = view.columns < COLUMNS_FOR_INDENT;
  const indent = isNarrow ? 2 : STATUS_WIDTH + width + 1;
  const status = paint((STATUS_WORDS[node.phase] ?? "stopped").padEnd(STATUS_WIDTH - 1), "bad");
  const head = `${status} ${isNarrow ? name : name.padEnd(width)}`;
  const paragraphs = [
    causeOf(node),
    ...(group.length === 1 ? [] : [nameRanges(group.map((one) => one.name))]),
    ...exchangeOf(node),
    ...(node.error === undefined ? [] : [endWords(node), remedyFor(node.error)]),
  ].filter((text) => text !== "");
  const last = paragraphs.length - 1;
  const lines = paragraphs.flatMap((text, i) =>
    wrapWords(text, view.columns - indent)
      .map((line) => i === 0 || i === last ? line : paint(line, "dim"))
  );
  const below = (line: string): string => " ".repeat(indent) + line;
  return isNarrow
    ? [head, ...lines.map(below)]
    : [`${head} ${lines[0]}`, ...lines.slice(1).map(below)];
}

const STATUS_WORDS: Readonly<Partial<Record<NodeState["phase"], string>>> = {
  failed: "FAILED",
  refused: "REFUSED",
};

function causeOf(node: NodeState): string {
  const { error, phase } = node;
  if (phase !== "failed" && phase !== "refused") return endWords(node);
  return printable(error?.message ?? "for an unknown reason");
}

function exchangeOf({ error, phase }: NodeState): readonly string[] {
  if (phase !== "failed" && phase !== "refused") return [];
  // A cause that quotes the whole request needs it no second time.
  const isTold = error?.response === undefined && error?.message.includes(`"${error.request}"`);
  if (isTold) return [];
  const words = [
    ...(error?.request === undefined ? [] : [`last request ${shorten(error.request)}`]),
    ...(error?.response === undefined ? [] : [`response ${shorten(error.response)}`]),
  ];
  return words.length === 0 ? [] : [words.join(", ")];
}

/**
 * Says in which of the promised ends a node was left that is not through.
 *
 * @param node The node.
 * @returns One line without its end.
 */
export function endWords(node: NodeState): string {
  switch (node.endState) {
    case "untouched":
      return "nothing was changed: it is as it was before";
    case "oldImage":
      return "its old image was not touched: it is intact";
    case "eraseUnconfirmed":
      return `it never confirmed an erase: it has its old image, or waits in its bootloader${
        againWords(node)
      }`;
    case "bootloader":
      return `it waits in its bootloader${againWords(node)}`;
    case "newImageUnconfirmed":
      return "the new image is written and verified, but it did not answer from it";
    case "rolledBack":
      return "the new image did not come up: it runs the one before it again";
    default:
      return node.phase === "refused" ? "nothing was touched" : "not reached";
  }
}

/** The same command is said to help only where it does. */
function againWords({ error }: NodeState): string {
  if (error?.code === "ACTIVATION") return ": the new image does not start, it needs another one";
  return error === undefined || isPassing(error)
    ? ": the same command mends it"
    : ": the same command helps once the cause is gone";
}

/** Bytes of a request that are shown: what it asked, not all that it carried. */
const SHOWN_BYTES = 16;

function shorten(bytes: string): string {
  const words = bytes.split(" ");
  return words.length <= SHOWN_BYTES ? bytes : `${words.slice(0, SHOWN_BYTES).join(" ")} ...`;
}

function doneLine(node: NodeState, nameWidth: number, paint: Paint): string {
  const tookMs = (node.endedAtMs ?? 0) - (node.startedAtMs ?? 0);
  const words = [
    ...(node.version === undefined ? [] : [printable(node.version)]),
    ...(node.upToDate ? [] : [`${formatBytes(node.bytesWritten)} in ${formatDuration(tookMs)}`]),
    ...(node.retries > 0 ? [counted(node.retries, "retry", "retries")] : []),
  ].join(", ");
  const status = paint(node.upToDate ? "up to date" : "done      ", "good");
  return `${status} ${node.name.padEnd(nameWidth)} ${words}`.trimEnd();
}

/** Nodes that hold another image, by what an update would bring. */
function dueLines(nodes: readonly NodeState[], paint: Paint, view: TableView): readonly string[] {
  const groups = new Map<string, NodeState[]>();
  for (const node of nodes) {
    const step = versionStep(node);
    groups.set(step, [...groups.get(step) ?? [], node]);
  }
  const status = paint("update due", "strong");
  return [...groups].flatMap(([step, group]) => {
    const names = nameRanges(group.map(({ name }) => name));
    const text = `${counted(group.length, "node")}: ${names}`;
    return wrapWords(step === "" ? text : `${step}, ${text}`, view.columns - STATUS_WIDTH)
      .map((line, i) => `${i === 0 ? status : " ".repeat(STATUS_WIDTH - 1)} ${line}`);
  });
}

/** All nodes that are through, by version, in as few lines as their names take. */
function doneTogether(
  nodes: readonly NodeState[],
  paint: Paint,
  view: TableView,
): readonly string[] {
  const groups = new Map<string, NodeState[]>();
  for (const node of nodes) {
    const status = node.upToDate ? "up to date" : "done      ";
    const version = node.version === undefined ? "" : ` ${printable(node.version)}`;
    const key = `${status}${version}`;
    groups.set(key, [...groups.get(key) ?? [], node]);
  }
  return [...groups].flatMap(([key, group]) => {
    const retried = group.filter(({ retries }) => retries > 0).length;
    const text =
      `${counted(group.length, "node")}${retried > 0 ? `, ${retried} with retries` : ""}: ` +
      nameRanges(group.map(({ name }) => name));
    const version = key.slice(STATUS_WIDTH);
    const lines = wrapWords(
      version === "" ? text : `${version}, ${text}`,
      view.columns - STATUS_WIDTH,
    );
    return lines.map((line, i) =>
      `${i === 0 ? paint(key.slice(0, STATUS_WIDTH - 1), "good") : " ".repeat(STATUS_WIDTH - 1)} ` +
      line
    );
  });
}

/**
 * Lists names shortly.
 *
 * @param names The names, in their order.
 * @returns Those in a row that count up by the first and the last: `valve-1 .. valve-9`.
 */
export function nameRanges(names: readonly string[]): string {
  const parts: string[] = [];
  for (let i = 0; i < names.length;) {
    let last = i;
    while (last + 1 < names.length && follows(names[last]!, names[last + 1]!)) last++;
    if (last - i >= 2) parts.push(`${names[i]} .. ${names[last]}`);
    else parts.push(...names.slice(i, last + 1));
    i = last + 1;
  }
  return parts.join(", ");
}

function follows(name: string, next: string): boolean {
  const [, stem, digits] = /^(.*?)(\d{1,9})$/.exec(name) ?? [];
  if (stem === undefined || digits === undefined) return false;
  return next === stem + String(Number(digits) + 1).padStart(digits.length, "0");
}

function totalTone(state: FleetState): Tone {
  const { nodes, done, upToDate, due } = countNodes(state);
  if (done + upToDate === nodes) return "good";
  return done + upToDate + due === nodes ? "strong" : "bad";
}

/**
 * Says what became of a run.
 *
 * @param state The fleet, at its end or where the run stopped.
 * @returns For example `12 nodes: 11 updated, 1 failed in 34.1 s`.
 */
export function totalWords(state: FleetState): string {
  const { nodes, done, upToDate, due, failed, refused, cancelled } = countNodes(state);
  const atWork = nodes - done - upToDate - due - failed - refused - cancelled;
  const parts = [
    ...(done === 0 && due > 0 ? [] : [`${done} updated`]),
    ...dueWords(state.nodes.values()),
    ...(upToDate > 0 ? [`${upToDate} up to date`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(cancelled > 0 ? [`${cancelled} stopped`] : []),
    ...(atWork > 0 ? [`${atWork} not finished`] : []),
  ];
  const took = formatDuration(state.atMs - state.startedAtMs);
  const skipped = skippedSegments(state);
  const there = skipped === 0 ? "" : `; ${counted(skipped, "segment")} already there`;
  return `${counted(nodes, "node")}: ${parts.join(", ")} in ${took}${there}`;
}

/** Segments that were not sent, as their nodes held them already. */
function skippedSegments(state: FleetState): number {
  return [...state.nodes.values()]
    .reduce((sum, { segments }) => sum + segments.filter(isSkipped).length, 0);
}

function isSkipped({ phase }: NodeState["segments"][number]): boolean {
  return phase === "skipped";
}
