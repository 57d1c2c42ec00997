import { type AddressRange, joinRanges, withoutRanges } from "../core/mod.ts";
import {
  EMPTY_FLEET,
  type FleetEvent,
  type NodeHistory,
  type NodeState,
  reduceFleet,
  type SegmentState,
} from "../fleet/mod.ts";
import type { NamedHistory } from "./journal_header.ts";
import type { Journal } from "./journal_reader.ts";

/** Every address that there is. */
const EVERYTHING: AddressRange = { start: 0, end: 2 ** 32 };
/** Phases of a segment whose erase was announced, and that was not verified since. */
const TOUCHED: ReadonlySet<SegmentState["phase"]> = new Set([
  "erasing",
  "erased",
  "writing",
  "verifying",
  "waitingToRetry",
  "failed",
]);
const THROUGH: ReadonlySet<SegmentState["phase"]> = new Set(["verified", "skipped"]);

/**
 * Replays a journal: what is known of each node that its runs did not bring through.
 *
 * A segment that an erase was announced for and that was not verified since is never trusted,
 * whatever its checksum says: half-erased cells can read right. Of a damaged journal nothing is
 * trusted.
 *
 * @param journal The journal.
 * @returns By node; a node that was never touched, or is through, is not in it.
 */
export function historiesOf(journal: Journal): ReadonlyMap<string, NodeHistory> {
  const histories = new Map<string, NodeHistory>(
    journal.header.histories.map(({ node, distrusted, endState }) => [
      node,
      { distrusted, endState },
    ]),
  );
  for (const run of splitRuns(journal.events)) {
    addRun(histories, run);
  }
  if (journal.tail !== "damaged") return histories;
  return new Map(journal.header.nodes.map((node) => [
    node,
    { distrusted: [EVERYTHING], endState: "bootloader" },
  ]));
}

/** What became of each plan of each node: one that was rolled back had two, in this order. */
function plannedNodes(run: readonly FleetEvent[]): readonly NodeState[] {
  const plans = new Map<string, FleetEvent[][]>();
  for (const event of run) {
    if (!("node" in event)) continue;
    const parts = plans.get(event.node) ?? [[]];
    plans.set(event.node, parts);
    if (event.type === "nodePlanned") parts.push([]);
    parts.at(-1)!.push(event);
  }
  const begun = run.slice(0, 1);
  return [...plans].flatMap(([name, parts]) =>
    parts.flatMap((part) =>
      [...begun, ...part].reduce(reduceFleet, EMPTY_FLEET).nodes.get(name) ?? []
    )
  );
}

/**
 * Adds what one more run made of nodes.
 *
 * @param before What was known before it, by node.
 * @param run Its events, from `runStarted`.
 * @returns By node, as {@linkcode historiesOf} tells it.
 */
export function historiesAfter(
  before: ReadonlyMap<string, NodeHistory>,
  run: readonly FleetEvent[],
): ReadonlyMap<string, NodeHistory> {
  const histories = new Map(before);
  addRun(histories, run);
  return histories;
}

function addRun(histories: Map<string, NodeHistory>, run: readonly FleetEvent[]): void {
  for (const node of plannedNodes(run)) {
    const history = historyAfter(histories.get(node.name), node);
    if (history === undefined) histories.delete(node.name);
    else histories.set(node.name, history);
  }
}

/** What one more run made of a node. */
function historyAfter(before: NodeHistory | undefined, node: NodeState): NodeHistory | undefined {
  if (node.phase === "done") return outsideOf(before, node.segments);
  const verified = node.segments.filter(({ phase }) => phase === "verified");
  const torn = node.segments.filter(({ phase }) => TOUCHED.has(phase));
  const distrusted = [
    ...withoutRanges(before?.distrusted ?? [], verified),
    ...torn.map(({ start, end }) => ({ start, end })),
  ];
  const isWhole = distrusted.length === 0 && node.segments.every(({ phase }) => THROUGH.has(phase));
  if (node.bankSwap !== undefined) return { distrusted, endState: endStateOfBanks(node) };
  if (verified.length + torn.length === 0) return before;
  if (node.endState === "rolledBack") {
    return distrusted.length === 0 ? undefined : { distrusted, endState: "rolledBack" };
  }
  if (isWhole) return { distrusted, endState: "newImageUnconfirmed" };
  const isErased = before?.endState === "bootloader" || verified.length > 0 ||
    torn.some(({ phase }) => phase !== "erasing");
  return { distrusted, endState: isErased ? "bootloader" : "eraseUnconfirmed" };
}

/** Beside the image of a node that is through: a larger one may come back. */
function outsideOf(
  before: NodeHistory | undefined,
  image: readonly AddressRange[],
): NodeHistory | undefined {
  const distrusted = withoutRanges(before?.distrusted ?? [], image);
  return distrusted.length === 0 ? undefined : { distrusted, endState: "untouched" };
}

/** What ran is intact until the banks are exchanged, whatever became of the other one. */
function endStateOfBanks({ endState, bankSwap, identity }: NodeState): NodeHistory["endState"] {
  if (endState !== undefined) return endState;
  if (bankSwap === "asked") return "newImageUnconfirmed";
  return identity.version === undefined ? "untouched" : "oldImage";
}

/** A run's events each: another one may have gone on in the same journal. */
function splitRuns(events: readonly FleetEvent[]): readonly (readonly FleetEvent[])[] {
  const starts = events.flatMap(({ type }, i) => type === "runStarted" ? [i] : []);
  return starts.map((start, i) => events.slice(start, starts[i + 1]));
}

/**
 * Puts together what several journals know of the same nodes: what one of them distrusts is
 * distrusted.
 *
 * @param all What each knows, the newest first: that one tells where a node was left.
 * @returns By node.
 */
export function mergeHistories(
  all: readonly ReadonlyMap<string, NodeHistory>[],
): ReadonlyMap<string, NodeHistory> {
  const merged = new Map<string, NodeHistory>();
  for (const [node, history] of all.flatMap((each) => [...each])) {
    const { endState = history.endState, distrusted = [] } = merged.get(node) ?? {};
    merged.set(node, {
      distrusted: joinRanges([...distrusted, ...history.distrusted]),
      endState,
    });
  }
  return merged;
}

/**
 * Lists histories as a header holds them.
 *
 * @param histories By node.
 * @returns The same, in the order of the map.
 */
export function toNamedHistories(
  histories: ReadonlyMap<string, NodeHistory>,
): readonly NamedHistory[] {
  return [...histories].map(([node, { distrusted, endState }]) => ({ node, distrusted, endState }));
}
