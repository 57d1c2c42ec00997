import { crc16Ccitt, Gf256Parity, type ParityBlock } from "../codec/mod.ts";
import type { GroupOpening } from "./group_control.ts";
import { blockLength, generationLength, type GroupRegion } from "./group_region.ts";
import type { GroupWork } from "./group_work.ts";

/** A block that is held. */
export interface HeldBlock {
  /** Which, counted through the region. */
  readonly block: number;
  readonly data: Uint8Array;
}

/** A generation that is being mended. */
export interface Mending {
  readonly generation: number;
  /** What it comes to. */
  readonly blocks: readonly HeldBlock[];
  /** Whether it has the checksum of the opening. */
  readonly isRight: boolean;
  /** What is left to be computed. */
  readonly pieces: GroupWork[];
}

/**
 * Divides what is to be computed: each block's share in each missing one, the system, the checksum.
 *
 * Source: docs/group-download.md, "Order of work".
 *
 * @param region The group's region.
 * @param generation Which generation is mended.
 * @param missingCount How many of its blocks are missing.
 * @returns The pieces, in order.
 */
export function mendingPieces(
  region: GroupRegion,
  generation: number,
  missingCount: number,
): GroupWork[] {
  const length = generationLength(region, generation);
  const products = missingCount * region.blockBytes;
  const piece = { kind: "mend", generation, products: 0, checkedBytes: 0 } as const;
  return [
    ...Array.from({ length }, () => ({ ...piece, products })),
    { ...piece, products: products * missingCount },
    { ...piece, checkedBytes: length * region.blockBytes },
  ];
}

/**
 * Mends a generation: all at once here, in pieces on a node.
 *
 * @param parts The group, the generation, its missing blocks, as much parity.
 * @param present Gives a block of it that is not missing, by its place in the generation.
 * @returns What it comes to.
 */
export function computeMending(
  parts: {
    readonly opening: GroupOpening;
    readonly generation: number;
    readonly missing: readonly number[];
    readonly parity: readonly ParityBlock[];
  },
  present: (place: number) => Uint8Array,
): Mending {
  const { opening: { region, checksums }, generation, missing, parity } = parts;
  const first = generation * region.generationBlocks;
  const length = generationLength(region, generation);
  const pieces = mendingPieces(region, generation, missing.length);
  const restored = new Gf256Parity(length).restore(missing, parity, present);
  const blocks = missing.map((i, row) => ({
    block: first + i,
    data: restored[row]!.subarray(0, blockLength(region, first + i)),
  }));
  let crc: number | undefined;
  for (let i = 0; i < length; i++) {
    const place = missing.indexOf(i);
    crc = crc16Ccitt(place < 0 ? present(i) : blocks[place]!.data, crc);
  }
  return { generation, blocks, isRight: crc === checksums[generation], pieces };
}
