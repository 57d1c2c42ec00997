import { equalBytes, Prng } from "../core/mod.ts";
import {
  type HandlerResult,
  type KeySource,
  NRC,
  type ServerService,
  SERVICE_ID,
} from "../uds/mod.ts";
import type { NodeServerContext, VirtualNode } from "./virtual_node.ts";

/** Wrong keys until the node locks for a while. */
const WRONG_KEYS_MAX = 3;
/** How long it is locked, in ms. */
const LOCKED_MS = 10_000;

/**
 * SecurityAccess of a node: a random seed, one key for it, and a lock after wrong ones.
 *
 * @param node The node.
 * @param security Level and keys.
 * @returns The service.
 */
export function securityService(
  node: VirtualNode,
  security: { readonly level: number; readonly keySource: KeySource },
): ServerService<NodeServerContext> {
  const { level, keySource } = security;
  const prng = new Prng(node.options.seed, 0x5EED);
  let seed: Uint8Array | undefined;
  let wrongKeys = 0;
  let lockedUntilMs = 0;

  function handle(request: Uint8Array): HandlerResult {
    const isSeed = (request[1]! & 0x7F) === level;
    if (isSeed) {
      if (node.options.clock.now() < lockedUntilMs) {
        return { type: "negative", nrc: NRC.requiredTimeDelayNotExpired };
      }
      const isUnlocked = node.securityLevel === level;
      seed = isUnlocked ? undefined : prng.bytes(4).map((byte) => byte | 1);
      const shown = seed ?? new Uint8Array(4);
      return { type: "positive", response: Uint8Array.of(0x67, level, ...shown) };
    }
    if (seed === undefined) return { type: "negative", nrc: NRC.requestSequenceError };
    const expected = keySource.computeKey({ level, seed });
    seed = undefined;
    if (equalBytes(request.subarray(2), expected)) {
      wrongKeys = 0;
      node.securityLevel = level;
      return { type: "positive", response: Uint8Array.of(0x67, level + 1) };
    }
    if (++wrongKeys < WRONG_KEYS_MAX) return { type: "negative", nrc: NRC.invalidKey };
    wrongKeys = 0;
    lockedUntilMs = node.options.clock.now() + LOCKED_MS;
    return { type: "negative", nrc: NRC.exceedNumberOfAttempts };
  }

  return {
    sid: SERVICE_ID.securityAccess,
    sessions: [2, 3],
    subFunctions: new Map([[level, {}], [level + 1, {}]]),
    handle,
  };
}
