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
  readonly turn: Leg["turn"];
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
 * @param erasesMax How many may erase at once.
 * @returns When the last one is through, in ms.
 */
export function shareWire(users: readonly WireUser[], erasesMax = Infinity): number {
  const waiting = users.flatMap((user) => follow(user, 0));
  let freeTurns = erasesMax;
  let nowMs = 0;
  let endMs = 0;
  while (waiting.length > 0) {
    const mayGo = waiting.filter(({ turn }) => turn !== "take" || freeTurns > 0);
    const served = mostUrgent(mayGo, nowMs);
    if (served === undefined) {
      nowMs = Math.min(...mayGo.map(({ readyMs }) => readyMs));
      continue;
    }
    const servedMs = Math.min(served.leftMs, interruptedAtMs(mayGo, served, nowMs) - nowMs);
    nowMs += servedMs;
    served.leftMs -= servedMs;
    if (served.leftMs > 0) continue;
    if (served.turn === "take") freeTurns--;
    if (served.turn === "leave") freeTurns++;
    const overMs = nowMs + served.ownMs;
    endMs = Math.max(endMs, overMs);
    waiting.splice(waiting.indexOf(served), 1, ...follow(served.user, overMs));
  }
  return endMs;
}

function follow(user: WireUser, atMs: number): readonly Waiting[] {
  const leg = user.next(atMs);
  if (leg === undefined) return [];
  const { turn, isShort, ownMs, wireMs } = leg;
  return [{ user, turn, isShort, ownMs, readyMs: atMs, leftMs: wireMs }];
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
