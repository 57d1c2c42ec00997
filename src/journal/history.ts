import { withoutRanges } from "../core/mod.ts";
import {
  EMPTY_FLEET,
  type FleetEvent,
  type NodeHistory,
  type NodeState,
  reduceFleet,
  type SegmentState,
} from "../fleet/mod.ts";
import type { Announcement } from "./journal_record.ts";
import { type JournalNode, nameClaim } from "./journal_header.ts";
import type { Journal } from "./journal_reader.ts";
import {
  EVERYTHING,
  historyFor,
  lastingClaims,
  type Memory,
  mergeMemories,
  type NodeRecord,
  ownHistoryFor,
  tellingClaims,
  withOutcome,
} from "./memory.ts";
import type { NodeClaims } from "./node_claims.ts";

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

/** Events of one or several runs, with what stands beside them in a journal. */
export interface RecordedEvents {
  /** The events, in order. */
  readonly events: readonly FleetEvent[];
  /** What announcements of erases say of their node, by the event's place in the list. */
  readonly announcements?: ReadonlyMap<number, Announcement>;
  /** What the nodes are known by, by name. */
  readonly nodes: readonly JournalNode[];
  /** The fleet file. */
  readonly fleet: string;
}

/**
 * Replays a journal: what is known of the nodes that its runs were about.
 *
 * A segment that an erase was announced for and that was not verified since is never trusted,
 * whatever its checksum says: half-erased cells can read right. Where some of it cannot be read,
 * nothing is trusted of nodes that were not brought through behind that.
 *
 * @param journal The journal.
 * @returns By node; a node that was never touched, or is through, is not in it.
 */
export function historiesOf(journal: Journal): ReadonlyMap<string, NodeHistory> {
  const memory = memoryOf(journal, "");
  const claims = claimsIn(recordedIn(journal));
  return new Map([...claims].flatMap(([name, node]) => {
    const history = historyFor(memory, tellingClaims(memory, node));
    return history === undefined ? [] : [[name, history]];
  }));
}

/**
 * Tells what is known behind a journal: what its header carried, what its runs made of that, and
 * what is in doubt because some of it cannot be read.
 *
 * @param journal The journal.
 * @param file Its file's name.
 * @returns What is known.
 */
export function memoryOf(journal: Journal, file: string): Memory {
  const recorded = recordedIn(journal);
  const known = memoryAfter(journal.header.memory, recorded);
  const doubts = doubtsIn(journal, recorded, file);
  return doubts.length === 0
    ? known
    : mergeMemories([known, { records: doubts, unread: [], shared: [] }]);
}

/**
 * Takes in what runs made of their nodes.
 *
 * @param before What was known.
 * @param recorded The runs.
 * @returns What is known then.
 */
export function memoryAfter(before: Memory, recorded: RecordedEvents): Memory {
  const { fleet } = recorded;
  const nodes = recordedNodes(recorded);
  let memory: Memory = {
    ...before,
    shared: [...new Set([...before.shared, ...sharedSerials(nodes)])],
  };
  for (const { node, isPlanLost, claims: told } of nodes) {
    const claims = tellingClaims(memory, told);
    // A node that ends with its run is known by nothing.
    if (Object.keys(claims).length === 0) continue;
    const known = ownHistoryFor(memory, claims);
    const isDone = node.phase === "done";
    const history = isPlanLost
      ? { distrusted: [EVERYTHING], endState: "bootloader" } as const
      : historyAfter(known, node);
    if (!isDone && history === known) continue;
    memory = withOutcome(memory, {
      claims,
      name: node.name,
      fleet,
      isDone: isDone && !isPlanLost,
      planned: isPlanLost ? [] : node.segments,
      verified: isPlanLost ? [] : verifiedOf(node),
      history,
    });
  }
  return memory;
}

/**
 * Tells what the nodes of runs are known by, with the serial numbers that they told last.
 *
 * @param recorded The runs.
 * @returns By name.
 */
export function claimsIn(recorded: RecordedEvents): ReadonlyMap<string, NodeClaims> {
  const { events, announcements, nodes, fleet } = recorded;
  const claims = new Map(nodes.map((node) => [node.name, node.claims]));
  events.forEach((event, i) => {
    if (!("node" in event)) return;
    const known = claims.get(event.node) ?? { name: nameClaim(fleet, event.node) };
    const serial = event.type === "nodeIdentified"
      ? event.identity.serial
      : announcements?.get(i)?.claims.serial;
    claims.set(event.node, serial === undefined ? known : { ...known, serial });
  });
  return claims;
}

/**
 * Tells what each node was known by in each of the runs: another one may have been at its place when
 * a run was gone on with.
 *
 * @param recorded The runs.
 * @returns All of them; a node without serial number once.
 */
export function everyClaimIn(recorded: RecordedEvents): readonly NodeClaims[] {
  const all = [...claimsIn(recorded).values(), ...recordedNodes(recorded).map((one) => one.claims)];
  return [...new Map(all.map((claims) => [JSON.stringify(claims), claims])).values()];
}

/** Serial numbers that several nodes have told in one run: one that has moved since tells it again. */
function sharedSerials(nodes: readonly RecordedNode[]): readonly string[] {
  const names = new Map<string, string>();
  return nodes.flatMap(({ node: { name }, run, claims: { serial } }) => {
    if (serial === undefined) return [];
    const key = `${run} ${serial}`;
    const first = names.get(key) ?? name;
    names.set(key, first);
    return first === name ? [] : [serial];
  });
}

/**
 * Takes from a journal what happened.
 *
 * @param journal The journal.
 * @returns Its events, and whom they are about.
 */
export function recordedIn(journal: Journal): RecordedEvents {
  const { header, events, announcements } = journal;
  return { events, announcements, nodes: header.nodes, fleet: header.args[1] ?? "" };
}

/** What is missing from a journal may be about each node that was not brought through behind it. */
function doubtsIn(
  journal: Journal,
  recorded: RecordedEvents,
  file: string,
): readonly NodeRecord[] {
  const { gapAt, events, announcements } = journal;
  if (gapAt === undefined) return [];
  const certain = new Map<string, readonly { start: number; end: number }[]>();
  const isDone = new Set<string>();
  const plans = new Map<string, FleetEvent>();
  for (const event of events.slice(0, gapAt)) {
    if (event.type === "nodePlanned") plans.set(event.node, event);
  }
  const behind = {
    ...recorded,
    events: [...plans.values(), ...events.slice(gapAt)],
    announcements: new Map(
      [...announcements].map(([i, announcement]) => [i - gapAt + plans.size, announcement]),
    ),
  };
  const keyOf = (name: string, { serial = "" }: NodeClaims): string => `${name}\n${serial}`;
  for (const { node, isPlanLost, claims } of recordedNodes(behind)) {
    if (isPlanLost) continue;
    const through = node.phase === "done" ? node.segments : verifiedOf(node);
    const key = keyOf(node.name, claims);
    if (node.phase === "done") isDone.add(key);
    certain.set(key, [...certain.get(key) ?? [], ...through]);
  }
  const known = new Map(
    [
      ...claimsIn(recorded),
      ...recordedNodes(recorded).map(({ node, claims }) => [node.name, claims] as const),
    ]
      .filter(([, claims]) => Object.keys(claims).length > 0)
      .map(([name, claims]) => [keyOf(name, claims), { name, claims }]),
  );
  return [...known].map(([key, { name, claims }]) => ({
    claims: lastingClaims(claims),
    name,
    fleet: recorded.fleet,
    because: file,
    distrusted: withoutRanges([EVERYTHING], certain.get(key) ?? []),
    endState: isDone.has(key) ? "untouched" : "bootloader",
  }));
}

/** What became of a node with one of its plans. */
interface RecordedNode {
  readonly node: NodeState;
  /** In which run. */
  readonly run: number;
  /** What it was known by then. */
  readonly claims: NodeClaims;
  /** Whether the plan that its erases were announced by is not there to be read. */
  readonly isPlanLost: boolean;
}

/** An event, and what its announcement says. */
interface RecordedEvent {
  readonly event: FleetEvent;
  readonly announcement: Announcement | undefined;
}

/** What became of each plan of each node: one that was rolled back had two, in this order. */
function recordedNodes(recorded: RecordedEvents): readonly RecordedNode[] {
  const { events, announcements } = recorded;
  const runs: Map<string, RecordedEvent[][]>[] = [];
  events.forEach((event, i) => {
    if (event.type === "runStarted" || runs.length === 0) runs.push(new Map());
    if (!("node" in event)) return;
    const plans = runs.at(-1)!;
    const parts = plans.get(event.node) ?? [[]];
    plans.set(event.node, parts);
    if (event.type === "nodePlanned") parts.push([]);
    parts.at(-1)!.push({ event, announcement: announcements?.get(i) });
  });
  const told = claimsIn(recorded);
  return runs.flatMap((plans, run) =>
    [...plans].flatMap(([name, parts]) => {
      const all = runs.flatMap((one) => one.get(name) ?? []).flatMap((part) => serialsOf(part));
      const { serial: last, ...place } = told.get(name) ?? {};
      // Where one node alone has told anything at this place, it is that one that is meant.
      let serial = new Set(all).size === 1 ? last : undefined;
      return parts.filter(({ length }) => length > 0).map((part) => {
        serial = serialsOf(part).at(-1) ?? serial;
        const claims = serial === undefined ? place : { ...place, serial };
        return { ...nodeOf(name, part), run, claims };
      });
    })
  );
}

function serialsOf(part: readonly RecordedEvent[]): readonly string[] {
  return part.flatMap(({ event, announcement }) => {
    const serial = event.type === "nodeIdentified"
      ? event.identity.serial
      : announcement?.claims.serial;
    return serial === undefined ? [] : [serial];
  });
}

function nodeOf(
  name: string,
  part: readonly RecordedEvent[],
): Pick<RecordedNode, "node" | "isPlanLost"> {
  const begun: FleetEvent = {
    atMs: 0,
    type: "runStarted",
    nodes: [{ name, bus: "", device: "", image: "" }],
  };
  const [first] = part;
  const plan = first?.event.type === "nodePlanned" ? [] : planOf(name, part);
  const { nodes } = [begun, ...plan, ...part.map(({ event }) => event)]
    .reduce(reduceFleet, EMPTY_FLEET);
  const node = nodes.get(name)!;
  const isPlanLost = part.some(({ event, announcement }) => {
    if (event.type !== "segmentPhase" || announcement?.range === undefined) return false;
    const segment = node.segments[event.segment];
    return segment?.start !== announcement.range.start || segment.end !== announcement.range.end;
  });
  return { node, isPlanLost };
}

/** What is known of a plan that is not there to be read, from the erases that were announced by it. */
function planOf(name: string, part: readonly RecordedEvent[]): readonly FleetEvent[] {
  const segments: { start: number; end: number; dataBytes: number }[] = [];
  for (const { event, announcement } of part) {
    if (event.type !== "segmentPhase" || announcement?.range === undefined) continue;
    while (segments.length <= event.segment) segments.push({ start: 0, end: 0, dataBytes: 0 });
    segments[event.segment] = { ...announcement.range, dataBytes: 0 };
  }
  return segments.length === 0
    ? []
    : [{ atMs: 0, type: "nodePlanned", node: name, segments, imageBytes: 0 }];
}

function verifiedOf(node: NodeState): readonly SegmentState[] {
  return node.segments.filter(({ phase }) => phase === "verified");
}

/** What one more run made of a node. */
function historyAfter(before: NodeHistory | undefined, node: NodeState): NodeHistory | undefined {
  const verified = verifiedOf(node);
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

/** What ran is intact until the banks are exchanged, whatever became of the other one. */
function endStateOfBanks({ endState, bankSwap, identity }: NodeState): NodeHistory["endState"] {
  if (endState !== undefined) return endState;
  if (bankSwap === "asked") return "newImageUnconfirmed";
  return identity.version === undefined ? "untouched" : "oldImage";
}
