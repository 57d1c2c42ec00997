import { Prng } from "../core/mod.ts";
import type { GroupRegion } from "../group/mod.ts";
import { GroupTrialError } from "./errors.ts";
import type { GroupNodeUnderTest } from "./node_under_test.ts";
import type { Script } from "./script.ts";
import { TrialImage } from "./trial_image.ts";
import type { Trial } from "./trial.ts";

const IMAGE_SEED = 0x4752;
/** The first generation has so many blocks more than the node can hold, where that can be. */
const SPARE_BLOCKS = 4;
/** It has at least so many, and at most so many that as much parity is left for each. */
const GENERATION_BLOCKS_MIN = 16;
const GENERATION_BLOCKS_MAX = 124;
/** The last one has so many, the last of which is shorter by so much: it ends within a program unit. */
export const LAST_BLOCKS = 9;
const SHORT_BY_BYTES = 21;
/** Without so many blocks nothing can be tried. */
const GENERATION_BLOCKS_LEAST = 8;

/** The group that a node is tried with: two generations, the second one short. */
export interface TrialPlan {
  /** The group. */
  readonly image: TrialImage;
  /** Blocks of its first generation: k. */
  readonly k: number;
  /** Blocks of both. */
  readonly blocks: number;
  /** Blocks that the node can hold. */
  readonly bufferBlocks: number;
}

/**
 * Makes the group for a node, once it was asked how many blocks it holds.
 *
 * @param trial The node; its region is erased.
 * @returns The group; a smaller one is open on the node.
 * @throws {GroupTrialError} If there is no room, or the node does not open any.
 */
export function* planTrial(trial: Trial): Script<TrialPlan> {
  const { node } = trial;
  yield* trial.open(imageOf(node, GENERATION_BLOCKS_LEAST));
  const { bufferBlocks } = trial.opened;
  const wanted = Math.max(GENERATION_BLOCKS_MIN, bufferBlocks + SPARE_BLOCKS);
  const { application: { start, end }, blockBytes } = node;
  const room = Math.floor((end - start) / blockBytes) - LAST_BLOCKS;
  const k = Math.min(wanted, GENERATION_BLOCKS_MAX, room);
  if (k < GENERATION_BLOCKS_LEAST) {
    throw new GroupTrialError(`its application has room for ${room + LAST_BLOCKS} blocks only`);
  }
  return { image: imageOf(node, k), k, blocks: k + LAST_BLOCKS, bufferBlocks };
}

/** The bytes that any trial writes at the most, from the application's beginning on. */
export function trialBytes({ application, blockBytes }: GroupNodeUnderTest): number {
  const most = (GENERATION_BLOCKS_MAX + LAST_BLOCKS) * blockBytes;
  return Math.min(most, application.end - application.start);
}

function imageOf(node: GroupNodeUnderTest, k: number): TrialImage {
  const { routine, identifier, key, blockBytes, application } = node;
  const sizeBytes = (k + LAST_BLOCKS) * blockBytes - SHORT_BY_BYTES;
  const region: GroupRegion = {
    address: application.start,
    sizeBytes,
    blockBytes,
    generationBlocks: k,
  };
  const data = new Prng(IMAGE_SEED).bytes(sizeBytes);
  return new TrialImage({ routine, identifier, key, region, data });
}
