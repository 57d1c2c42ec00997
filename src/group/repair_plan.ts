import type { GroupMap } from "./group_control.ts";
import type { GroupRegion } from "./group_region.ts";
import { lowerMedian } from "./_member.ts";

/** Where more is lost of a generation on average, parity is sent for what nodes tell only. */
const FORESEEN_SHARE_MAX = 0.25;

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
  for (const { map, bufferBlocks } of nodes) {
    const part = map.generations.find((one) => one.generation === generation);
    if (part === undefined) continue;
    const neededCount = part.missing.length - part.heldParity;
    const room = Math.max(1, bufferBlocks - part.heldParity);
    const excess = neededCount - room;
    if (excess > 0) {
      const byUse = part.missing.toSorted((left, right) =>
        missedBy.get(right)! - missedBy.get(left)! || left - right
      );
      for (const i of byUse.slice(0, excess)) again.add(i);
    }
    parityCount = Math.max(parityCount, Math.min(neededCount, room));
  }
  return { blocks: [...again].sort((left, right) => left - right), parityCount };
}

/**
 * Foresees how many parity blocks each generation will need, by what nodes missed of the first one:
 * as many as the worst node missed, what will be lost of them again, and one as chance may be worse.
 *
 * @param misses How many blocks of the first generation each node missed that was there from its
 * beginning.
 * @param region The group's region.
 * @param excessMissMax Who misses more than the median node does by this share of a generation is not
 * counted: it will be moved.
 * @returns How many; 0 where nothing was lost, or so much that nodes had better be asked.
 */
export function foreseenParity(
  misses: readonly number[],
  { generationBlocks }: Pick<GroupRegion, "generationBlocks">,
  excessMissMax: number,
): number {
  const usual = lowerMedian(misses) + excessMissMax * generationBlocks;
  const counted = misses.filter((count) => count <= usual);
  const worst = Math.max(0, ...counted);
  if (worst === 0) return 0;
  const lostShare = counted.reduce((sum, count) => sum + count, 0) /
    (counted.length * generationBlocks);
  return lostShare > FORESEEN_SHARE_MAX ? 0 : Math.round(worst / (1 - lostShare)) + 1;
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
