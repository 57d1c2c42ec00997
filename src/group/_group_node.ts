import type { GroupMap, GroupOpened } from "./group_control.ts";

/** What the sender knows of one node. */
export interface GroupNode {
  readonly name: string;
  readonly bufferBlocks: number;
  /** What it told last of programming a block, in ms. */
  programMs: number;
  /** Count of messages that were sent before it joined. */
  readonly joinedAt: number;
  /** Its last map, if that is as new as the last message. */
  map: GroupMap | undefined;
  /** What it missed at the last round, to see whether repair gets on. */
  missingBefore: number;
  roundsWithoutProgress: number;
  /** Messages that were sent for it in these rounds. */
  messagesWithoutProgress: number;
  /** How often a generation was mended wrongly. */
  readonly wrongTimes: Map<number, number>;
}

/** A node that begins with nothing. */
export function newGroupNode(name: string, opened: GroupOpened, joinedAt: number): GroupNode {
  return {
    name,
    bufferBlocks: Math.max(1, opened.bufferBlocks),
    programMs: opened.programMs,
    joinedAt,
    map: undefined,
    missingBefore: Infinity,
    roundsWithoutProgress: 0,
    messagesWithoutProgress: 0,
    wrongTimes: new Map(),
  };
}

/** The lower middle of some numbers; 0 of none. */
export function lowerMedian(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
