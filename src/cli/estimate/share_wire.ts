import type { Leg } from "./node_legs.ts";

/** One who needs the wire again and again. */
export interface WireUser {
  /** Who has the lowest goes first. */
  readonly priority: number;

  /**
   * The leg before this one is over, or there was none.
   *
   * @param atMs When.
   * @returns The next one; `undefined` at the end.
   */
  next(atMs: number): Leg | undefined;
}

interface Waiting {
  readonly user: WireUser;
  readonly isShort: boolean;
  readonly ownMs: number;
  readyMs: number;
  leftMs: number;
}

/**
 * Lets users share one wire: short legs first, then by priority; who becomes more urgent than the one
 * that is served goes before the rest of it, as its next frame does on a bus.
 *
 * @param users They.
 * @returns When the last one is through, in ms.
 */
export function shareWire(users: readonly WireUser[]): number {
  const waiting = users.flatMap((user) => follow(user, 0));
  let nowMs = 0;
  let endMs = 0;
  while (waiting.length > 0) {
    const turn = mostUrgent(waiting, nowMs);
    if (turn === undefined) {
      nowMs = Math.min(...waiting.map(({ readyMs }) => readyMs));
      continue;
    }
    const servedMs = Math.min(turn.leftMs, interruptedAtMs(waiting, turn, nowMs) - nowMs);
    nowMs += servedMs;
    turn.leftMs -= servedMs;
    if (turn.leftMs > 0) continue;
    const overMs = nowMs + turn.ownMs;
    endMs = Math.max(endMs, overMs);
    waiting.splice(waiting.indexOf(turn), 1, ...follow(turn.user, overMs));
  }
  return endMs;
}

function follow(user: WireUser, atMs: number): readonly Waiting[] {
  const leg = user.next(atMs);
  if (leg === undefined) return [];
  const { isShort, ownMs, wireMs } = leg;
  return [{ user, isShort, ownMs, readyMs: atMs, leftMs: wireMs }];
}

function mostUrgent(waiting: readonly Waiting[], nowMs: number): Waiting | undefined {
  let best: Waiting | undefined;
  for (const one of waiting) {
    if (one.readyMs <= nowMs && (best === undefined || isBefore(one, best))) best = one;
  }
  return best;
}

/** When somebody becomes ready who goes first. */
function interruptedAtMs(waiting: readonly Waiting[], served: Waiting, nowMs: number): number {
  let atMs = Infinity;
  for (const one of waiting) {
    if (one.readyMs > nowMs && one.readyMs < atMs && isBefore(one, served)) atMs = one.readyMs;
  }
  return atMs;
}

function isBefore(left: Waiting, right: Waiting): boolean {
  if (left.isShort !== right.isShort) return left.isShort;
  return left.user.priority < right.user.priority;
}
