import type { FleetKeySource, FleetSecurity } from "../fleet/mod.ts";
import { createAddKeySource, createXorKeySource, type KeySource } from "../uds/mod.ts";

/**
 * Makes the key sources that a fleet file holds whole: `xor` and `add`.
 *
 * @param key What the fleet file says.
 * @returns The key source.
 * @throws {TypeError} For kinds that need a file: a program opens those itself.
 */
export function plainKeySource(key: FleetKeySource): KeySource {
  switch (key.kind) {
    case "xor":
      return createXorKeySource(key.mask);
    case "add":
      return createAddKeySource(key.addend);
    default:
      throw new TypeError(`Cannot make keys of kind "${key.kind}": give a keySource for them`);
  }
}

/**
 * Makes one key source of those of a node's levels.
 *
 * @param security The levels.
 * @param of Gives the key source of one.
 * @returns The key source; `undefined` where the node has no level.
 */
export function keySourceForLevels(
  security: readonly FleetSecurity[],
  of: (key: FleetKeySource) => KeySource,
): KeySource | undefined {
  if (security.length === 0) return undefined;
  const sources = new Map(security.map(({ level, key }) => [level, of(key)]));
  return {
    computeKey: (challenge) => {
      const source = sources.get(challenge.level);
      if (source === undefined) throw new RangeError(`Cannot unlock level ${challenge.level}`);
      return source.computeKey(challenge);
    },
  };
}
