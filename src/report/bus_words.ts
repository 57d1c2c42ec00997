import type { BusState, NodeState } from "../fleet/mod.ts";
import { isEnded } from "./progress.ts";

/** What a node's row says while its bus is away. */
export const BUS_AWAY_PHASE = "bus away";

const AWAY_WORDS: Readonly<Partial<Record<BusState, string>>> = {
  busOff: "bus-off",
  stopped: "down or gone",
};

/**
 * Tells what a node waits for while frames cannot get on its bus.
 *
 * @param node The node.
 * @param buses Buses whose state was told, by name.
 * @returns Words; `undefined` where it has ended, or does not wait for its bus.
 */
export function waitedForBus(
  node: NodeState,
  buses: ReadonlyMap<string, BusState>,
): string | undefined {
  const words = AWAY_WORDS[buses.get(node.bus) ?? "errorActive"];
  return words === undefined || isEnded(node) ? undefined : `waits for ${node.bus}: ${words}`;
}

/**
 * Tells a bus's state in a line of a log.
 *
 * @param state The state.
 * @returns Words.
 */
export function busStateWords(state: BusState): string {
  const away = AWAY_WORDS[state];
  return away === undefined ? state : `${state}; its nodes wait for it`;
}
