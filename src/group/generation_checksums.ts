import { crc16Ccitt } from "../codec/mod.ts";
import { generationCount, type GroupRegion } from "./group_region.ts";

/**
 * Computes what an opening tells of each generation: a node compares it with what it mended, before it
 * programs that.
 *
 * Source: docs/group-download.md, "Opening".
 *
 * @param region The group's region.
 * @param data All of its bytes; what is behind them counts for nothing.
 * @returns CRC-16/CCITT-FALSE over each generation's bytes, a shorter last block not filled up.
 */
export function generationChecksums(region: GroupRegion, data: Uint8Array): readonly number[] {
  const lengthBytes = region.blockBytes * region.generationBlocks;
  return Array.from({ length: generationCount(region) }, (_, generation) => {
    const start = generation * lengthBytes;
    return crc16Ccitt(data.subarray(start, Math.min(start + lengthBytes, region.sizeBytes)));
  });
}
