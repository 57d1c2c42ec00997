import { equalBytes } from "../core/mod.ts";
import type { GroupOpening } from "./group_control.ts";

/**
 * Tells whether an opening cuts the group that is open: the same group, but smaller, ending at the end
 * of one of its blocks.
 *
 * Source: docs/group-download.md, "Cut".
 *
 * @param present The group that is open.
 * @param opening What the node is told.
 * @returns Whether it cuts; else it is a group of its own.
 */
export function isGroupCut(present: GroupOpening, opening: GroupOpening): boolean {
  const { identifier, key, region } = opening;
  return identifier.id === present.identifier.id &&
    identifier.extended === present.identifier.extended &&
    equalBytes(key, present.key) &&
    region.address === present.region.address &&
    region.blockBytes === present.region.blockBytes &&
    region.generationBlocks === present.region.generationBlocks &&
    region.sizeBytes < present.region.sizeBytes &&
    region.sizeBytes % region.blockBytes === 0;
}
