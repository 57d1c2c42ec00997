import { type AddressRange, defined, joinRanges, withoutRanges } from "../core/mod.ts";
import type { NodeHistory } from "../fleet/mod.ts";
import { agrees, claimsLeft, isSameNode, type NodeClaims, sharesClaim } from "./node_claims.ts";

/** Every address that there is. */
export const EVERYTHING: AddressRange = { start: 0, end: 2 ** 32 };

/** What is known of one node. */
export interface NodeRecord extends NodeHistory {
  /** What the node is known by. */
  readonly claims: NodeClaims;
  /** Its name, for people. */
  readonly name: string;
  /** The fleet file that named it, for people. */
  readonly fleet: string;
  /** The journal that could not be read in whole, where that is why it is distrusted. */
  readonly because?: string;
  /** Set where the node was met somewhere else since: only its place is still in doubt. */
  readonly isFound?: boolean;
}

/** A journal that could not be read at all: it may be about any node. */
export interface UnreadJournal {
  /** Its file's name. */
  readonly file: string;
  /** The nodes that were worked on since: what it may say of them is in their own records. */
  readonly met: readonly NodeClaims[];
}

/** What runs so far have left of nodes, wherever they are. */
export interface Memory {
  /** What is known of nodes. */
  readonly records: readonly NodeRecord[];
  /** What could not be read. */
  readonly unread: readonly UnreadJournal[];
  /** Serial numbers that two nodes told at once: they tell nobody apart. */
  readonly shared: readonly string[];
}

/** Before the first run. */
export const EMPTY_MEMORY: Memory = { records: [], unread: [], shared: [] };

/**
 * Tells what is known of a node: what any record distrusts that shares a claim with it is distrusted.
 *
 * @param memory What is known of all.
 * @param node What the node is known by.
 * @returns What is known of it; `undefined` where nothing is.
 */
export function historyFor(memory: Memory, node: NodeClaims): NodeHistory | undefined {
  const known = recordsOf(memory, node);
  if (unreadOf(memory, node).length > 0) {
    return { distrusted: [EVERYTHING], endState: ownOf(known)?.endState ?? "bootloader" };
  }
  return joinHistories(known);
}

/**
 * Tells which journals that cannot be read in whole are why a node is distrusted.
 *
 * @param memory What is known of all.
 * @param node What the node is known by.
 * @returns Their files' names.
 */
export function causesOf(memory: Memory, node: NodeClaims): readonly string[] {
  const because = recordsOf(memory, node).flatMap(({ because, endState }) =>
    because === undefined || endState === "untouched" ? [] : [because]
  );
  return [...new Set([...because, ...unreadOf(memory, node).map(({ file }) => file)])];
}

/**
 * Tells what is torn and belongs to none of some nodes.
 *
 * @param memory What is known of all.
 * @param nodes What the nodes are known by.
 * @returns The records.
 */
export function missingRecords(
  memory: Memory,
  nodes: readonly NodeClaims[],
): readonly NodeRecord[] {
  return memory.records.filter(({ claims, endState, isFound, because }) =>
    because === undefined && endState !== "untouched" && isFound !== true &&
    !nodes.some((node) => sharesClaim(claims, node))
  );
}

/**
 * Puts together what several know: what one of them distrusts is distrusted.
 *
 * @param all What each knows.
 * @returns What all know.
 */
export function mergeMemories(all: readonly Memory[]): Memory {
  const unread = new Map<string, readonly NodeClaims[]>();
  for (const { file, met } of all.flatMap((one) => one.unread)) {
    unread.set(file, [...unread.get(file) ?? [], ...met]);
  }
  return {
    records: withoutDoubles(all.flatMap(({ records }) => records)),
    unread: [...unread].map(([file, met]) => ({ file, met })),
    shared: [...new Set(all.flatMap(({ shared }) => shared))],
  };
}

/**
 * Leaves of a memory what is about some nodes.
 *
 * @param memory What is known.
 * @param nodes What the nodes are known by.
 * @param isAbout Whether what is about them is kept, or what is not.
 * @returns What is left.
 */
export function partOfMemory(
  memory: Memory,
  nodes: readonly NodeClaims[],
  isAbout: boolean,
): Memory {
  const records = memory.records.filter(({ claims }) =>
    nodes.some((node) => sharesClaim(claims, node)) === isAbout
  );
  return { ...memory, records };
}

/**
 * Drops what a journal that cannot be read left in doubt: a person has settled it.
 *
 * @param memory What is known.
 * @param file The journal's file name.
 * @returns What is known then.
 */
export function settleJournal(memory: Memory, file: string): Memory {
  return {
    ...memory,
    records: memory.records.filter(({ because }) => because !== file),
    unread: memory.unread.filter((one) => one.file !== file),
  };
}

/**
 * Drops what is known of a node: a person has said that it is scrap.
 *
 * @param memory What is known.
 * @param what Its serial number, or its place: interface and identifiers.
 * @returns What is known then.
 */
export function forgetNode(memory: Memory, what: string): Memory {
  const isMeant = ({ claims: { serial, spot, name } }: NodeRecord): boolean =>
    serial === what || spot === what || name === what;
  return { ...memory, records: memory.records.filter((record) => !isMeant(record)) };
}

/** What a run made of a node. */
export interface NodeOutcome {
  /** What it is known by. */
  readonly claims: NodeClaims;
  /** Its name. */
  readonly name: string;
  /** The fleet file. */
  readonly fleet: string;
  /** Whether it was brought through: then all that was planned holds what it should. */
  readonly isDone: boolean;
  /** What was planned. */
  readonly planned: readonly AddressRange[];
  /** What was written and verified. */
  readonly verified: readonly AddressRange[];
  /** Its history then, where it was worked on and not brought through. */
  readonly history?: NodeHistory | undefined;
}

/**
 * Takes in what a run made of a node.
 *
 * @param memory What was known.
 * @param outcome What became of it.
 * @returns What is known then.
 */
export function withOutcome(memory: Memory, outcome: NodeOutcome): Memory {
  const { claims, name, fleet, isDone, history } = outcome;
  const known = lastingClaims(claims);
  const certain = isDone ? outcome.planned : outcome.verified;
  const doubts = unreadOf(memory, claims).map(({ file }): NodeRecord => ({
    claims: known,
    name,
    fleet,
    because: file,
    distrusted: withoutRanges([EVERYTHING], certain),
    endState: isDone ? "untouched" : "bootloader",
  }));
  const records = memory.records.flatMap((record) =>
    !sharesClaim(record.claims, claims)
      ? [record]
      : isDone
      ? recordBehindDone(record, outcome)
      : recordBehindFailure(record, outcome)
  );
  const own = isDone || history === undefined ? [] : [{ claims: known, name, fleet, ...history }];
  return {
    ...memory,
    records: withoutDoubles([...records, ...doubts, ...own]),
    unread: memory.unread.map(({ file, met }) => ({
      file,
      met: met.some((one) => agrees(one, known)) ? met : [...met, known],
    })),
  };
}

/**
 * Leaves what a record keeps: names are for people, and for journals that know nothing else.
 *
 * @param claims What a node is known by.
 * @returns The same, without its name where its place is known.
 */
export function lastingClaims(claims: NodeClaims): NodeClaims {
  if (claims.spot === undefined) return claims;
  const { name: _name, ...lasting } = claims;
  return lasting;
}

/** Beside the image of a node that is through: a larger one may come back. */
function recordBehindDone(record: NodeRecord, outcome: NodeOutcome): readonly NodeRecord[] {
  const { claims, name, fleet, planned } = outcome;
  const left = claimsLeft(record.claims, claims);
  if (left !== undefined) return [{ ...record, claims: left, isFound: true }];
  const distrusted = withoutRanges(record.distrusted, planned);
  if (distrusted.length === 0) return [];
  const { because } = record;
  return [{
    claims: lastingClaims(claims),
    name,
    fleet,
    distrusted,
    endState: "untouched",
    ...defined({ because }),
  }];
}

/** What was verified is certain of the node that it was verified on. */
function recordBehindFailure(
  record: NodeRecord,
  { claims, verified }: NodeOutcome,
): readonly NodeRecord[] {
  if (!agrees(record.claims, claims)) return [record];
  // What it knew is in the node's own history now.
  if (record.because === undefined) return [];
  const distrusted = withoutRanges(record.distrusted, verified);
  return distrusted.length === 0 ? [] : [{ ...record, distrusted }];
}

/** What is known of a node without the journals that cannot be read. */
export function ownHistoryFor(memory: Memory, node: NodeClaims): NodeHistory | undefined {
  return joinHistories(recordsOf(memory, node).filter(({ because }) => because === undefined));
}

function recordsOf(memory: Memory, node: NodeClaims): readonly NodeRecord[] {
  const tellsApart = tellingClaims(memory, node);
  return memory.records.filter(({ claims }) => sharesClaim(claims, tellsApart));
}

function unreadOf(memory: Memory, node: NodeClaims): readonly UnreadJournal[] {
  const tellsApart = tellingClaims(memory, node);
  return memory.unread.filter(({ met }) => !met.some((one) => isSameNode(one, tellsApart)));
}

/**
 * Leaves out a serial number that others have too.
 *
 * @param memory What is known of all.
 * @param node What a node is known by.
 * @returns What tells it apart.
 */
export function tellingClaims(memory: Memory, node: NodeClaims): NodeClaims {
  if (node.serial === undefined || !memory.shared.includes(node.serial)) return node;
  const { serial: _shared, ...rest } = node;
  return rest;
}

function joinHistories(known: readonly NodeRecord[]): NodeHistory | undefined {
  const first = ownOf(known) ?? known[0];
  if (first === undefined) return undefined;
  return {
    distrusted: known.length === 1
      ? first.distrusted
      : joinRanges(known.flatMap(({ distrusted }) => distrusted)),
    endState: first.endState,
  };
}

/** The record that tells where a node was left: not one that is only about what is beside its image. */
function ownOf(known: readonly NodeRecord[]): NodeRecord | undefined {
  return known.find(({ because, endState }) => because === undefined && endState !== "untouched") ??
    known.find(({ endState }) => endState !== "untouched");
}

/** Records of one node that say the same are one. */
function withoutDoubles(records: readonly NodeRecord[]): readonly NodeRecord[] {
  const byNode = new Map<string, NodeRecord>();
  for (const record of records) {
    const { claims, because = "", endState } = record;
    const { serial, adapter, machine, spot, name } = claims;
    const key = JSON.stringify([serial, adapter, machine, spot, name, because, endState]);
    const before = byNode.get(key);
    byNode.set(
      key,
      before === undefined
        ? record
        : { ...record, distrusted: joinRanges([...before.distrusted, ...record.distrusted]) },
    );
  }
  return [...byNode.values()];
}
