import { bestShape, type BlockShape, expectedFrames } from "./block_shape.ts";
import type { GroupRegion } from "./group_region.ts";
import {
  frameLossOf,
  mendMsPerBlock,
  messageFrames,
  messageLoss,
  worstLoss,
} from "./loss_model.ts";

/** Frames that opening a group takes on one node, about, and closing the one before. */
const OPEN_FRAMES = 8;
/** Another shape must save that much. */
const WORTHWHILE_SHARE = 0.05;
/** Fewer losses than this tell nothing of how many there will be. */
const LOSSES_MIN = 3;
/** Frames that asking one node for the map of a generation takes, about. */
const ASK_FRAMES = 6;
/** Asking may take that share of the frames of what is asked about. */
const ASK_SHARE_MAX = 0.06;
/** Unasked parity is for the unluckiest of so many times the nodes: who is short holds its buffers. */
const FORESIGHT = 4;

/** Another node is the unluckiest each time: in the long run one loses that many times the mean. */
const UNLUCKY = 1.5;

/** What is known of losses before anything was mended. */
export interface FirstLosses {
  /** Messages that all nodes together should have heard. */
  readonly messages: number;
  /** Messages of these that they lost. */
  readonly lost: number;
  /** How many nodes there are. */
  readonly nodes: number;
  /** Bytes of buffers of the node that has least. */
  readonly bufferBytes: number;
  /** Bytes that a consecutive frame carries. */
  readonly frameBytes: number;
}

/** How each generation is mended while the next one is sent. */
export type EarlyMending =
  /** Nothing was lost. */
  | { readonly kind: "none" }
  /** All nodes are asked for its map. */
  | { readonly kind: "asked" }
  /** So much parity is sent unasked. */
  | { readonly kind: "foreseen"; readonly parityCount: number };

/**
 * @param region How the group is cut.
 * @param losses What nodes lost of its messages.
 * @returns Share of frames that a node loses.
 */
export function frameLoss(region: GroupRegion, losses: FirstLosses): number {
  if (losses.messages === 0) return 0;
  const frames = messageFrames(region.blockBytes, losses.frameBytes);
  return frameLossOf(frames, losses.lost / losses.messages);
}

/**
 * Decides whether the rest of a region is better sent in other blocks.
 *
 * @param region The region.
 * @param sentBlocks How many of its blocks were sent.
 * @param losses What nodes lost of them.
 * @returns The rest's shape; `undefined` where the group stays as it is.
 */
export function betterShape(
  region: GroupRegion,
  sentBlocks: number,
  losses: FirstLosses,
): BlockShape | undefined {
  const restBytes = region.sizeBytes - sentBlocks * region.blockBytes;
  if (losses.lost < LOSSES_MIN || restBytes <= 0) return undefined;
  const model = { ...losses, frameLossRatio: frameLoss(region, losses) };
  const shape = bestShape(restBytes, region.blockBytes, model, losses);
  if (shape === undefined || shape.blockBytes === region.blockBytes) return undefined;
  const stays = expectedFrames(restBytes, region, model, losses);
  const changes = expectedFrames(restBytes, shape, model, losses) + losses.nodes * OPEN_FRAMES;
  return changes < stays * (1 - WORTHWHILE_SHARE) ? shape : undefined;
}

/**
 * Decides how generations are mended early.
 *
 * @param region How the group is cut.
 * @param frameLossRatio Share of frames that a node loses.
 * @param nodes How many nodes there are.
 * @param frameBytes Bytes that a consecutive frame carries.
 * @returns How.
 */
export function earlyMending(
  region: GroupRegion,
  frameLossRatio: number,
  nodes: number,
  frameBytes: number,
): EarlyMending {
  if (frameLossRatio === 0) return { kind: "none" };
  const { blockBytes, generationBlocks } = region;
  const frames = messageFrames(blockBytes, frameBytes);
  const generationFrames = frames * generationBlocks;
  if (nodes * ASK_FRAMES <= ASK_SHARE_MAX * generationFrames) return { kind: "asked" };
  const lossRatio = messageLoss(frames, frameLossRatio);
  const worst = worstLoss(generationBlocks, lossRatio, FORESIGHT * nodes);
  return { kind: "foreseen", parityCount: Math.round(worst / (1 - lossRatio)) };
}

/**
 * What nodes need for mending, from the beginning of one message to that of the next.
 *
 * @param region How the group is cut.
 * @param frameLossRatio Share of frames that a node loses.
 * @param nodes How many nodes there are.
 * @param frameBytes Bytes that a consecutive frame carries.
 * @returns How long, in ms.
 */
export function mendPaceMs(
  region: GroupRegion,
  frameLossRatio: number,
  nodes: number,
  frameBytes: number,
): number {
  const frames = messageFrames(region.blockBytes, frameBytes);
  const lossRatio = messageLoss(frames, frameLossRatio);
  const usual = lossRatio * region.generationBlocks;
  const worst = worstLoss(region.generationBlocks, lossRatio, nodes);
  return mendMsPerBlock(region, Math.min(worst, UNLUCKY * usual));
}
