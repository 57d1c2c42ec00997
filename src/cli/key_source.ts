import type { FleetKeySource, FleetSecurity } from "../fleet/mod.ts";
import { createAddKeySource, createXorKeySource, type KeySource } from "../uds/mod.ts";

/**
 * Makes the key source that a fleet file describes.
 *
 * @param key How keys are made.
 * @returns The key source.
 */
export function toKeySource(key: FleetKeySource): KeySource {
  return key.kind === "xor" ? createXorKeySource(key.mask) : createAddKeySource(key.addend);
}

/**
 * Makes one key source of those of a node's levels.
 *
 * @param security A key source for each level.
 * @returns The key source; `undefined` where the node has no level.
 */
export function keySourceOf(security: readonly FleetSecurity[]): KeySource | undefined {
  if (security.length === 0) return undefined;
  const sources = new Map(security.map(({ level, key }) => [level, toKeySource(key)]));
  return {
    computeKey: (challenge) => {
      const source = sources.get(challenge.level);
      if (source === undefined) throw new RangeError(`Cannot unlock level ${challenge.level}`);
      return source.computeKey(challenge);
    },
  };
}
