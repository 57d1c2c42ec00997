import type { GroupMap } from "./group_control.ts";
import { chanceOfLoss } from "./loss_model.ts";
import type { FirstLosses } from "./_first_losses.ts";
import type { GroupNode } from "./_group_node.ts";
import type { GroupNodes } from "./_group_nodes.ts";

/** After so many messages, of a region of so many blocks, nodes are asked what they heard. */
export function sampleBlocks(blocks: number): number {
  return Math.min(SAMPLE_BLOCKS_MAX, Math.max(SAMPLE_BLOCKS_MIN, Math.floor(blocks / 32)));
}

/**
 * Picks some nodes, evenly: they tell enough of the others.
 *
 * @param names All nodes.
 * @returns Some of them.
 */
export function someOf(names: readonly string[]): readonly string[] {
  const step = Math.max(1, names.length / SAMPLE_NODES_MAX);
  const count = Math.ceil(names.length / step);
  return Array.from({ length: count }, (_, i) => names[Math.floor(i * step)]!);
}

const SAMPLE_BLOCKS_MIN = 8;
const SAMPLE_BLOCKS_MAX = 16;
const SAMPLE_NODES_MAX = 24;

/** What is less likely than that tells nothing of the others. */
const CHANCE_MIN = 1e-2;

/** What some nodes heard of the first few messages. */
export class Sample {
  /** How many blocks had been sent when they were asked. */
  readonly blocks: number;
  /** Who is asked. */
  readonly names: readonly string[];
  /** What each missed that was there from the beginning. */
  readonly misses = new Map<string, number>();
  readonly #waitsFor: Set<string>;

  /** Asks some of the nodes, evenly taken. */
  constructor(names: readonly string[], blocks: number) {
    this.blocks = blocks;
    this.names = someOf(names);
    this.#waitsFor = new Set(this.names);
  }

  /** Whether all have told, or left. */
  get isOver(): boolean {
    return this.#waitsFor.size === 0;
  }

  /** Whether a node still has to tell. */
  waitsFor(name: string): boolean {
    return this.#waitsFor.has(name);
  }

  /** A node has told. A block that had not been sent when it was asked says nothing. */
  answered({ name, joinedAt }: GroupNode, map: GroupMap): void {
    this.#waitsFor.delete(name);
    const [first] = map.generations;
    const missed = first?.missing.filter((i) => i < this.blocks).length ?? 0;
    if (joinedAt === 0) this.misses.set(name, missed);
  }

  /** A node has left: it is not waited for. */
  left(name: string): void {
    this.#waitsFor.delete(name);
  }

  /**
   * What those that are still there lost: all messages that they should have heard, and lost. Who lost
   * far more than the others explain is not counted: it is bad, or its map is.
   */
  losses(members: GroupNodes, blockBytes: number, frameBytes: number): FirstLosses {
    const all = [...this.misses].filter(([name]) => members.has(name)).map(([, missed]) => missed);
    const sum = all.reduce((one, other) => one + other, 0);
    const others = (all.length - 1) * this.blocks;
    const counted = all.filter((missed) =>
      others === 0 ||
      chanceOfLoss(this.blocks, Math.min(1, (sum - missed + 1) / others), missed) >= CHANCE_MIN
    );
    const lost = counted.reduce((one, other) => one + other, 0);
    return {
      messages: counted.length * this.blocks,
      lost,
      nodes: members.size,
      bufferBytes: members.leastRoomBlocks * blockBytes,
      frameBytes,
    };
  }
}
