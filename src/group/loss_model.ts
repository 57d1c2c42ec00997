import { frameCount } from "../isotp/mod.ts";

/** What of a group is lost, as far as independent losses of frames explain it. */
export interface LossModel {
  /** Share of frames that one node loses. */
  readonly frameLossRatio: number;
  /** How many nodes listen. */
  readonly nodes: number;
  /** Bytes that a consecutive frame carries: 7 on a classic bus. */
  readonly frameBytes: number;
}

/** A product and sum of bytes, in ms: 24 cycles at 48 MHz. Source: docs/group-download.md, "Budget". */
const PRODUCT_MS = 24 / 48_000;

/** Time to spare, as a factor. */
const SPARE = 1.25;

/** `[0x3D, 0x26, tag (2), address (4), size (2)]` before the data. */
const HEADER_BYTES = 10;
/** Less than this is not told apart from nothing. */
const TINY = 1e-12;

/**
 * Counts the frames of a group message.
 *
 * Source: ISO 15765-2:2016, "Segmented message transmission": a first frame carries one byte less than
 * a consecutive one.
 *
 * @param blockBytes Bytes of data that it carries.
 * @param frameBytes Bytes that a consecutive frame carries.
 * @returns How many.
 */
export function messageFrames(blockBytes: number, frameBytes: number): number {
  return frameCount(blockBytes + HEADER_BYTES, frameBytes);
}

/**
 * @param frames Frames of a message.
 * @param frameLossRatio Share of frames that are lost.
 * @returns Share of messages that are lost.
 */
export function messageLoss(frames: number, frameLossRatio: number): number {
  return 1 - (1 - frameLossRatio) ** frames;
}

/**
 * @param frames Frames of a message.
 * @param lossRatio Share of messages that were lost.
 * @returns Share of frames that explains it.
 */
export function frameLossOf(frames: number, lossRatio: number): number {
  return 1 - (1 - Math.min(lossRatio, 0.99)) ** (1 / frames);
}

/**
 * What the unluckiest of some nodes loses of a number of messages (mean of the greatest of as many
 * draws of a binomial distribution).
 *
 * @param messages How many are sent.
 * @param lossRatio Share that one node loses.
 * @param nodes How many nodes there are.
 * @returns How many messages, a mean.
 */
export function worstLoss(messages: number, lossRatio: number, nodes: number): number {
  if (lossRatio <= TINY) return 0;
  if (lossRatio >= 1 - TINY) return messages;
  const odds = lossRatio / (1 - lossRatio);
  let chance = (1 - lossRatio) ** messages;
  let below = chance;
  let mean = 0;
  for (let lost = 0; lost < messages; lost++) {
    // Somebody loses more than this.
    const more = 1 - below ** nodes;
    if (more < TINY) break;
    mean += more;
    chance *= odds * (messages - lost) / (lost + 1);
    below = Math.min(1, below + chance);
  }
  return mean;
}

/**
 * @param messages How many are sent.
 * @param lossRatio Share that one node loses.
 * @param lost A number of messages.
 * @returns How likely a node loses so many or more (binomial distribution).
 */
export function chanceOfLoss(messages: number, lossRatio: number, lost: number): number {
  if (lossRatio >= 1 - TINY) return 1;
  // By logarithms: the factors of long products are too small for numbers.
  let chance = 0;
  for (let count = lost; count <= messages; count++) {
    const logChance = logChoose(messages, count) + count * Math.log(lossRatio) +
      (messages - count) * Math.log1p(-lossRatio);
    chance += Math.exp(logChance);
  }
  return Math.min(1, chance);
}

function logChoose(from: number, count: number): number {
  let sum = 0;
  for (let i = 1; i <= count; i++) sum += Math.log((from - count + i) / i);
  return sum;
}

/**
 * What mending takes an unlucky node, spread over the blocks of a generation. Nodes that are late
 * hold their buffers for longer, so lose more, and mend more: they need some time to spare.
 *
 * @param shape How the group is cut.
 * @param lost Messages of a generation that the node loses.
 * @returns How long a block, in ms.
 */
export function mendMsPerBlock(
  { blockBytes, generationBlocks }: {
    readonly blockBytes: number;
    readonly generationBlocks: number;
  },
  lost: number,
): number {
  // As many products for each missing block as the generation has blocks, and its elimination.
  const products = lost * (generationBlocks + lost) * blockBytes;
  return products * PRODUCT_MS * SPARE / generationBlocks;
}
