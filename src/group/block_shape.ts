import {
  GROUP_BLOCK_MULTIPLE_BYTES,
  GROUP_GENERATION_BLOCKS_MAX,
  type GroupRegion,
} from "./group_region.ts";
import { type LossModel, messageFrames, messageLoss, worstLoss } from "./loss_model.ts";

/** How a region is cut. */
export interface BlockShape {
  /** Bytes of a block. */
  readonly blockBytes: number;
  /** Blocks of a generation. */
  readonly generationBlocks: number;
}

/** What nodes have room for. */
export interface NodeRoom {
  /** Bytes of block buffers of the node that has least. */
  readonly bufferBytes: number;
}

/** More generations than this only where they are as long as can be. */
const GENERATIONS_MAX = 32;
/** Buffers that a node that mends needs for the data that comes meanwhile. */
const FREE_BUFFERS = 2;
/** Products of bytes that mending a generation may take: 200 ms at 48 MHz and 24 cycles each. */
const PRODUCTS_MAX = 400_000;
/** One byte tells how many. */
const BUFFERS_MAX = 255;
/** No smaller blocks: their headers cost more than what they save. */
const BLOCK_BYTES_MIN = 64;
/** What data that no buffer is free for costs, as it is sent to each such node. */
const EXCESS_WEIGHT = 2;

/**
 * Cuts a region into generations of about the same length.
 *
 * @param region Its size, bytes of a block, and about how many blocks a generation has.
 * @returns The shape, its generations as near to that as equal ones come.
 */
export function evenGenerations(
  { sizeBytes, blockBytes, generationBlocks }: BlockShape & { readonly sizeBytes: number },
): BlockShape {
  const blocks = Math.ceil(sizeBytes / blockBytes);
  const count = Math.max(1, Math.round(blocks / generationBlocks));
  return { blockBytes, generationBlocks: Math.min(Math.ceil(blocks / count), GENERATION_MAX) };
}

/** Leaves room for as many parity blocks as there are blocks. */
const GENERATION_MAX = Math.floor(GROUP_GENERATION_BLOCKS_MAX / 2);

/**
 * Reckons what a region costs all nodes together.
 *
 * @param sizeBytes Bytes of the region.
 * @param shape How it is cut.
 * @param model What is lost.
 * @param room What nodes can hold.
 * @returns Frames; `Infinity` where mending would take a node too long at a time.
 */
export function expectedFrames(
  sizeBytes: number,
  shape: BlockShape,
  model: LossModel,
  room: NodeRoom,
): number {
  const { blockBytes, generationBlocks } = shape;
  const blocks = Math.ceil(sizeBytes / blockBytes);
  const frames = messageFrames(blockBytes, model.frameBytes);
  const lossRatio = messageLoss(frames, model.frameLossRatio);
  const lost = worstLoss(generationBlocks, lossRatio, model.nodes);
  if (lost * (generationBlocks + lost) * blockBytes > PRODUCTS_MAX) return Infinity;
  const buffers = Math.min(BUFFERS_MAX, Math.floor(room.bufferBytes / blockBytes));
  const held = Math.min(lost, Math.max(1, buffers - FREE_BUFFERS));
  const again = held + EXCESS_WEIGHT * (lost - held);
  return blocks * frames * (1 + again / (1 - lossRatio) / generationBlocks);
}

/**
 * Chooses how a region is cut, for the fewest frames.
 *
 * @param sizeBytes Bytes of the region.
 * @param blockBytesMax Bytes of the largest block that is tried.
 * @param model What is lost.
 * @param room What nodes can hold.
 * @returns The shape; `undefined` where none is possible.
 */
export function bestShape(
  sizeBytes: number,
  blockBytesMax: number,
  model: LossModel,
  room: NodeRoom,
): BlockShape | undefined {
  let best: BlockShape | undefined;
  let least = Infinity;
  for (let blockBytes = blockBytesMax; blockBytes >= BLOCK_BYTES_MIN; blockBytes /= 2) {
    if (blockBytes % GROUP_BLOCK_MULTIPLE_BYTES !== 0) break;
    for (let about = 8; about <= GENERATION_MAX; about += 8) {
      const shape = evenGenerations({ sizeBytes, blockBytes, generationBlocks: about });
      const generations = Math.ceil(sizeBytes / shape.blockBytes / shape.generationBlocks);
      // Nodes take so many at least, and keep a checksum of each.
      if (generations > GENERATIONS_MAX && shape.generationBlocks < GENERATION_MAX) continue;
      const frames = expectedFrames(sizeBytes, shape, model, room);
      if (frames >= least) continue;
      best = shape;
      least = frames;
    }
  }
  return best;
}

/**
 * Cuts a region behind what was sent of it.
 *
 * @param whole The region.
 * @param sentBlocks How many of its blocks were sent.
 * @param shape How the rest is cut into blocks.
 * @returns What was sent, and the rest.
 */
export function cutRegions(
  whole: GroupRegion,
  sentBlocks: number,
  shape: BlockShape,
): { readonly region: GroupRegion; readonly rest: GroupRegion } {
  const { address } = whole;
  const sizeBytes = sentBlocks * whole.blockBytes;
  const rest = { address: address + sizeBytes, sizeBytes: whole.sizeBytes - sizeBytes, ...shape };
  return { region: { ...whole, sizeBytes }, rest };
}
