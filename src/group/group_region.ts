import { GF256_BLOCKS_MAX } from "../codec/mod.ts";

/** Which bytes a group is about, and how they are cut. Source: docs/group-download.md, "Blocks". */
export interface GroupRegion {
  /** Address of the first byte. */
  readonly address: number;
  /** How many bytes. */
  readonly sizeBytes: number;
  /** Bytes of a block; the last one may be shorter. */
  readonly blockBytes: number;
  /** Blocks of a generation; the last one may have fewer. */
  readonly generationBlocks: number;
}

/** No block is larger: the largest multiple of 32 whose message stays below 4,096 bytes. */
export const GROUP_BLOCK_BYTES_MAX = 4064;
/** Blocks are whole multiples of it: the largest program unit of an STM32. */
export const GROUP_BLOCK_MULTIPLE_BYTES = 32;
/** No generation is longer: the code needs room for at least one parity block each way. */
export const GROUP_GENERATION_BLOCKS_MAX = GF256_BLOCKS_MAX - 1;
/** No group has more generations, so that its opening, with their checksums, stays one message. */
export const GROUP_GENERATIONS_MAX = 1024;

/**
 * Checks what a group may be about.
 *
 * @param region The region.
 * @returns What is wrong with it; `undefined` when nothing is.
 */
export function groupRegionProblem(region: GroupRegion): string | undefined {
  const { address, sizeBytes, blockBytes, generationBlocks } = region;
  if (blockBytes < GROUP_BLOCK_MULTIPLE_BYTES || blockBytes > GROUP_BLOCK_BYTES_MAX) {
    return `blocks of ${blockBytes} bytes`;
  }
  if (blockBytes % GROUP_BLOCK_MULTIPLE_BYTES !== 0) return `blocks of ${blockBytes} bytes`;
  if (generationBlocks < 1 || generationBlocks > GROUP_GENERATION_BLOCKS_MAX) {
    return `generations of ${generationBlocks} blocks`;
  }
  if (sizeBytes < 1 || address + sizeBytes > 0xFF00_0000) return "its range of addresses";
  return generationCount(region) > GROUP_GENERATIONS_MAX ? "its size" : undefined;
}

/**
 * Counts blocks.
 *
 * @param region A region.
 * @returns How many blocks it has.
 */
export function blockCount({ sizeBytes, blockBytes }: GroupRegion): number {
  return Math.ceil(sizeBytes / blockBytes);
}

/**
 * Counts generations.
 *
 * @param region A region.
 * @returns How many generations it has.
 */
export function generationCount(region: GroupRegion): number {
  return Math.ceil(blockCount(region) / region.generationBlocks);
}

/**
 * Counts the blocks of a generation.
 *
 * @param region A region.
 * @param generation One of its generations, from 0.
 * @returns How many blocks that generation has: k.
 */
export function generationLength(region: GroupRegion, generation: number): number {
  const { generationBlocks } = region;
  return Math.min(generationBlocks, blockCount(region) - generation * generationBlocks);
}

/**
 * Measures a block.
 *
 * @param region A region.
 * @param block One of its blocks, from 0.
 * @returns How many bytes that block has.
 */
export function blockLength(region: GroupRegion, block: number): number {
  return Math.min(region.blockBytes, region.sizeBytes - block * region.blockBytes);
}
