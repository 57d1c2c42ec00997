import type { GroupMap } from "./group_control.ts";
import type { GroupRegion } from "./group_region.ts";

/** Buffers that a node needs for data that comes while the others hold parity. */
const FREE_BUFFERS = 2;

/** How missing blocks are sent again. */
export type RepairMode = "coded" | "plain";

/** What is sent to mend one generation. */
export interface GenerationRepair {
  /** Which generation, from 0. */
  readonly generation: number;
  /** Blocks sent again as they are, as places in the generation. */
  readonly blocks: readonly number[];
  /** How many parity blocks that were not sent before. */
  readonly parityCount: number;
}

/** A node as the repair sees it. */
export interface RepairNode {
  /** How many blocks it can hold. */
  readonly bufferBlocks: number;
  /** What it misses. */
  readonly map: GroupMap;
  /** Generations that parity does not mend: a block that it took for right is not. */
  readonly unmendable?: ReadonlySet<number>;
}

/**
 * Decides what mends all nodes: for each generation as many parity blocks as the worst node needs.
 *
 * A node that misses more than it can hold gets some of its blocks again as they are; and where no
 * more blocks are missing by all nodes together than the worst one misses, they are sent again, as
 * that needs no computing.
 *
 * @param nodes The nodes that miss something.
 * @param mode `plain` sends every missing block again, for comparison.
 * @returns What to send, by generation.
 */
export function planRepair(
  nodes: readonly RepairNode[],
  mode: RepairMode,
): readonly GenerationRepair[] {
  const unions = new Map<number, Map<number, number>>();
  for (const { map } of nodes) {
    for (const { generation, missing } of map.generations) {
      const counts = unions.get(generation) ?? new Map<number, number>();
      for (const i of missing) counts.set(i, (counts.get(i) ?? 0) + 1);
      unions.set(generation, counts);
    }
  }
  return [...unions.keys()].sort((left, right) => left - right).map((generation) => {
    const missedBy = unions.get(generation)!;
    const all = [...missedBy.keys()].sort((left, right) => left - right);
    if (mode === "plain") return { generation, blocks: all, parityCount: 0 };
    const { blocks, parityCount } = codedRepair(nodes, generation, missedBy);
    return all.length <= blocks.length + parityCount
      ? { generation, blocks: all, parityCount: 0 }
      : { generation, blocks, parityCount };
  });
}

function codedRepair(
  nodes: readonly RepairNode[],
  generation: number,
  missedBy: ReadonlyMap<number, number>,
): Pick<GenerationRepair, "blocks" | "parityCount"> {
  const again = new Set<number>();
  let parityCount = 0;
  for (const { map, bufferBlocks, unmendable } of nodes) {
    const part = map.generations.find((one) => one.generation === generation);
    if (part === undefined) continue;
    const buffers = bufferBlocks > 2 * FREE_BUFFERS ? bufferBlocks - FREE_BUFFERS : bufferBlocks;
    const room = unmendable?.has(generation) === true ? 0 : buffers;
    // What parity cannot mend, as there is no room for so much of it, comes as data.
    const excess = Math.max(0, part.missing.length - room);
    const byUse = part.missing.toSorted((left, right) =>
      missedBy.get(right)! - missedBy.get(left)! || left - right
    );
    for (const i of byUse.slice(0, excess)) again.add(i);
    // Where all buffers hold parity, the data takes one of them.
    const held = excess > 0 ? Math.min(part.heldParity, room - 1) : part.heldParity;
    const mended = part.missing.length - excess;
    if (mended > 0) parityCount = Math.max(parityCount, mended - held);
  }
  return { blocks: [...again].sort((left, right) => left - right), parityCount };
}

/**
 * Counts what a map misses.
 *
 * @param map The map.
 * @returns How many blocks.
 */
export function missingCount(map: GroupMap): number {
  return map.generations.reduce((sum, { missing }) => sum + missing.length, 0);
}

/**
 * Counts what a node needs, as it holds some parity.
 *
 * @param map Its map.
 * @returns How many messages.
 */
export function neededCount(map: GroupMap): number {
  return map.generations.reduce((sum, part) => sum + part.missing.length - part.heldParity, 0);
}

/**
 * Lists what a map misses.
 *
 * @param map The map.
 * @param region The group's region.
 * @returns Blocks, counted through the region.
 */
export function missingBlocks(map: GroupMap, region: GroupRegion): readonly number[] {
  return map.generations.flatMap(({ generation, missing }) =>
    missing.map((i) => generation * region.generationBlocks + i)
  );
}
