import type { GroupMap } from "./group_control.ts";
import { generationLength, type GroupRegion } from "./group_region.ts";
import type { LostShares } from "./_lost_shares.ts";
import type { GroupNode } from "./_group_node.ts";
import { deafNodes, type LostShare, slowNodes } from "./_misfits.ts";
import { missingCount, type RepairNode } from "./repair_plan.ts";
import type { MovedNode } from "./sender_actions.ts";

/** Parity that was mended wrongly so often does not mend any more: a block that came is false. */
const WRONG_TIMES_MAX = 2;

/** The nodes of a group, by their names. */
export class GroupNodes extends Map<string, GroupNode> {
  /** What the slowest of them takes to program a block, in ms. */
  get slowestMs(): number {
    let slowestMs = 0;
    for (const { programMs } of this.values()) slowestMs = Math.max(slowestMs, programMs);
    return slowestMs;
  }

  /** How many blocks the node can hold that can hold least. */
  get leastRoomBlocks(): number {
    return Math.min(...[...this.values()].map(({ bufferBlocks }) => bufferBlocks));
  }

  /** Whose needs are met next: who came late is sent most, once the others are through. */
  served(): readonly GroupNode[] {
    const told = [...this.values()].filter(({ map }) => map !== undefined);
    const first = told.filter(({ joinedAt, map }) => joinedAt === 0 && missingCount(map!) > 0);
    return first.length > 0 ? first : told;
  }

  /** Who makes the group too slow, once it is known what a block takes on the wire. */
  slow(wireMs: number, slowdownMax: number): readonly MovedNode[] {
    return wireMs === 0 ? [] : slowNodes([...this.values()], wireMs, slowdownMax);
  }

  /** Who lost far more than the others of all that was sent. */
  deaf(shares: LostShares, excessMax: number): readonly MovedNode[] {
    return shares.deaf(excessMax).filter(({ name }) => this.has(name));
  }

  /** Who lost far more than the others of one generation, before anything of it was mended. */
  deafIn(
    region: GroupRegion,
    generation: number,
    maps: ReadonlyMap<string, GroupMap>,
    excessMax: number,
  ): readonly MovedNode[] {
    const blocks = generationLength(region, generation);
    const shares = new Map<string, LostShare>();
    for (const [name, map] of maps) {
      if (this.get(name)?.joinedAt !== 0) continue;
      shares.set(name, { share: missingCount(map) / blocks, blocks });
    }
    return deafNodes(shares, excessMax);
  }
}

/** Who misses far more than it can hold is a case for the rounds, or for itself. */
const MENDABLE_SHARE = 1.5;

/** Whether a generation of a node may be mended while others are sent. */
export function isMendable({ bufferBlocks }: GroupNode, map: GroupMap): boolean {
  return missingCount(map) <= bufferBlocks * MENDABLE_SHARE;
}

/** Counts mendings of a node that were wrong. */
export function noteWrong({ wrongTimes }: GroupNode, map: GroupMap): void {
  for (const { generation, isWrong } of map.generations) {
    if (isWrong) wrongTimes.set(generation, (wrongTimes.get(generation) ?? 0) + 1);
  }
}

/** A node as the repair sees it. */
export function repairNode(
  { name, bufferBlocks, wrongTimes }: GroupNode,
  map: GroupMap,
): RepairNode & { readonly name: string } {
  const wrong = [...wrongTimes].filter(([, times]) => times >= WRONG_TIMES_MAX);
  return { name, bufferBlocks, map, unmendable: new Set(wrong.map(([generation]) => generation)) };
}
