import { chanceOfLoss } from "./loss_model.ts";
import { type GroupNode, lowerMedian } from "./_group_node.ts";
import type { MovedNode } from "./sender_actions.ts";

/** What a round counts in which a node was still at work, compared with one that was idle. */
const BUSY_ROUND_WEIGHT = 0.02;
/** What is less likely than that is no chance. */
const CHANCE_MIN = 1e-5;

/** What share of some blocks a node lost before anything was mended. */
export interface LostShare {
  /** The share. */
  readonly share: number;
  /** Of how many blocks. */
  readonly blocks: number;
}

/**
 * Finds who would make the group more than `slowdownMax` slower than the wire or the median node does.
 *
 * @param members The nodes.
 * @param wireMs What a whole block takes on the wire, in ms.
 * @param slowdownMax How much slower a node may be, as a factor.
 * @returns Those nodes, and why.
 */
export function slowNodes(
  members: readonly GroupNode[],
  wireMs: number,
  slowdownMax: number,
): readonly MovedNode[] {
  const medianMs = lowerMedian(members.map(({ programMs }) => programMs));
  const baseMs = Math.max(wireMs, medianMs);
  return members.filter(({ programMs }) => programMs > baseMs * slowdownMax).map((
    { name, programMs },
  ) => ({
    name,
    reason: `programming a block takes ${programMs.toFixed(2)} ms, the group needs ${
      baseMs.toFixed(2)
    } ms`,
  }));
}

/**
 * Finds who loses much more than the median node does, and more than chance explains.
 *
 * @param shares What each node lost, also those that have left.
 * @param excessMax How much more it may be, as a share.
 * @returns Those nodes, and why.
 */
export function deafNodes(
  shares: ReadonlyMap<string, LostShare>,
  excessMax: number,
): readonly MovedNode[] {
  if (shares.size < 2) return [];
  const usual = lowerMedian([...shares.values()].map(({ share }) => share));
  const isDeaf = ({ share, blocks }: LostShare): boolean => {
    if (share <= usual + excessMax) return false;
    // What the median node lost of few blocks may be less than what it loses.
    const expected = Math.min(1, usual + 1 / blocks);
    return chanceOfLoss(blocks, expected, Math.round(share * blocks)) < CHANCE_MIN;
  };
  return [...shares].filter(([, share]) => isDeaf(share)).map(([name, { share }]) => ({
    name,
    reason: `it missed ${Math.round(share * 100)} % of the blocks, the median node ${
      Math.round(usual * 100)
    } %`,
  }));
}

/**
 * Finds who did not get on for some rounds, and not by chance; each node's last map is taken into
 * account.
 *
 * @param members The nodes.
 * @param idleRoundsMax How many rounds a node may get without getting on.
 * @param lossRatio Share of messages that nodes lose.
 * @returns Those nodes, and why.
 */
export function stuckNodes(
  members: readonly GroupNode[],
  idleRoundsMax: number,
  lossRatio: number,
): readonly MovedNode[] {
  return members.filter((member) => {
    const { map } = member;
    if (map === undefined) return false;
    const missing = map.generations.reduce(
      (sum, part) => sum + part.missing.length - part.heldParity,
      map.isBusy ? -0.5 : 0,
    );
    const isBetter = missing < member.missingBefore;
    member.missingBefore = Math.min(missing, member.missingBefore);
    // Who still works may take its time, but not for ever.
    const weight = map.isBusy ? BUSY_ROUND_WEIGHT : 1;
    member.roundsWithoutProgress = isBetter ? 0 : member.roundsWithoutProgress + weight;
    if (isBetter) member.messagesWithoutProgress = 0;
    return member.roundsWithoutProgress >= idleRoundsMax &&
      lossRatio ** member.messagesWithoutProgress < CHANCE_MIN;
  }).map(({ name }) => ({
    name,
    reason: `${idleRoundsMax} rounds of repair did not bring it further`,
  }));
}
