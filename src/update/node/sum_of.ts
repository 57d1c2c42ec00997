import { CHECKSUM_KEY_LEVEL, type SummedBy, sumUp } from "../../codec/mod.ts";
import type { NodeContext } from "./node_context.ts";

/**
 * Sums bytes up, with the node's key where the checksum takes one.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param by How.
 * @param data The bytes.
 * @returns The checksum.
 * @throws {KeyedChecksumError} If the node has no key for it, or too little is made with it.
 */
export function sumOf(
  { connection: { keySource } }: Pick<NodeContext, "connection">,
  by: SummedBy,
  data: Uint8Array,
): Uint8Array {
  const withKey = keySource === undefined
    ? undefined
    : (seed: Uint8Array) => keySource.computeKey({ level: CHECKSUM_KEY_LEVEL, seed });
  return withKey === undefined ? sumUp(by, data) : sumUp(by, data, withKey);
}
