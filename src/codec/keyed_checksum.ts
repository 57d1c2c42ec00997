import { CanvoyError } from "../core/mod.ts";
import { checksum, type ChecksumKind, checksumSizeBytes } from "./checksum.ts";

/** A checksum that takes a key, as AES-CMAC: its first bytes, so many as here. */
export interface KeyedChecksum {
  /** How many bytes. */
  readonly keyed: number;
}

/**
 * Where a node's key sources are told apart by security level, that of its checksums has this one, which is
 * none.
 */
export const CHECKSUM_KEY_LEVEL = 0;

/** What sums bytes up: a checksum, or one that takes a key. */
export type SummedBy = ChecksumKind | KeyedChecksum;

/** Makes the checksum that takes a key: whoever has the key. */
export type SumWithKey = (data: Uint8Array) => Uint8Array;

/** A checksum that takes a key cannot be made. Its message never quotes what was made. */
export class KeyedChecksumError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "KEYED_CHECKSUM";

  /**
   * Says why.
   *
   * @param state What is wrong.
   */
  constructor(state: string) {
    super(`Cannot make the checksum that takes a key: ${state}`);
  }
}

/**
 * Tells checksums that take a key from others.
 *
 * @param by What sums up.
 * @returns Whether it takes a key.
 */
export function isKeyedChecksum(by: SummedBy): by is KeyedChecksum {
  return typeof by === "object" && "keyed" in by;
}

/**
 * Tells how long a checksum is.
 *
 * @param by What sums up.
 * @returns Its length in bytes.
 */
export function summedSizeBytes(by: SummedBy): number {
  return isKeyedChecksum(by) ? by.keyed : checksumSizeBytes(by);
}

/**
 * Sums bytes up.
 *
 * @param by How.
 * @param data The bytes.
 * @param withKey Makes what takes a key; absent: nobody has one.
 * @returns The checksum, {@linkcode summedSizeBytes} long.
 * @throws {KeyedChecksumError} If there is no key, or what is made with it is too short.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { aesCmac } from "./aes_cmac.ts";
 * import { sumUp } from "./keyed_checksum.ts";
 *
 * const key = new Uint8Array(16);
 * const data = Uint8Array.of(1, 2, 3);
 * const sum = sumUp({ keyed: 8 }, data, (bytes) => aesCmac(key, bytes));
 * deepStrictEqual(sum, aesCmac(key, data).slice(0, 8));
 * deepStrictEqual([...sumUp("sum8", data)], [6]);
 * ```
 */
export function sumUp(by: SummedBy, data: Uint8Array, withKey?: SumWithKey): Uint8Array {
  if (!isKeyedChecksum(by)) return checksum(by, data);
  if (withKey === undefined) throw new KeyedChecksumError("the node has no checksumKey");
  const sum = withKey(data);
  if (sum.length < by.keyed) {
    throw new KeyedChecksumError(`${sum.length} bytes were made, ${by.keyed} are needed`);
  }
  return sum.slice(0, by.keyed);
}
