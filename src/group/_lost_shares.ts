import type { GroupMap } from "./group_control.ts";
import { blockCount, type GroupRegion } from "./group_region.ts";
import type { GroupNode } from "./_group_node.ts";
import { deafNodes, type LostShare } from "./_misfits.ts";
import { missingBlocks } from "./repair_plan.ts";
import type { MovedNode } from "./sender_actions.ts";

/** A share of mended blocks is told in such parts, rounded up. */
const SHARE_UNIT = 1 / 31;

/** What each node lost before repair, also those that have left. */
export class LostShares {
  readonly #shares = new Map<string, LostShare>();
  /** Message count at which each block was sent last; absent: never. */
  readonly #sentAt = new Map<number, number>();

  /** A block is sent. */
  sent(block: number, messageCount: number): void {
    this.#sentAt.set(block, messageCount);
  }

  /** A node missed some of the first blocks. */
  first(name: string, missed: number, blocks: number): void {
    this.#shares.set(name, { share: missed / blocks, blocks });
  }

  /** A node told all: of what was sent since it joined it lost what it misses and what it mended. */
  note({ name, joinedAt }: GroupNode, map: GroupMap, region: GroupRegion): void {
    let blocks = 0;
    for (const at of this.#sentAt.values()) if (at > joinedAt) blocks++;
    if (blocks === 0) return;
    const missed = missingBlocks(map, region)
      .filter((block) => (this.#sentAt.get(block) ?? 0) > joinedAt).length;
    const mended = Math.max(0, map.mendedShare - SHARE_UNIT / 2) * blockCount(region);
    const share = Math.min(1, (missed + mended) / blocks);
    const before = this.#shares.get(name);
    if (before !== undefined && before.blocks === blocks && before.share > share) return;
    this.#shares.set(name, { share, blocks });
  }

  /** What nodes lost on average. */
  get mean(): number {
    const shares = [...this.#shares.values()];
    return shares.reduce((sum, { share }) => sum + share, 0) / Math.max(1, shares.length);
  }

  /** Who lost far more than the others. */
  deaf(excessMax: number): readonly MovedNode[] {
    return deafNodes(this.#shares, excessMax);
  }
}
