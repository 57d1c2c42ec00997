import { aesCmac } from "../codec/mod.ts";

/**
 * Makes keys out of seeds for SecurityAccess: the port behind which key files, programs and shared
 * libraries stand. Synchronous, as all cryptography inside an update is.
 */
export interface KeySource {
  /**
   * Answers a seed.
   *
   * @param challenge The seed and the level that it belongs to.
   * @returns The key.
   * @throws {CanvoyError} If no key can be had.
   */
  computeKey(challenge: SeedChallenge): Uint8Array;
}

/** What a server asks. */
export interface SeedChallenge {
  /** Security level: the odd sub-function of requestSeed; or 0: what is asked for is a checksum with a key. */
  readonly level: number;
  /** securitySeed as it came; or the data that is summed up. */
  readonly seed: Uint8Array;
  /** What the profile kept of the server's answers before, by name; nothing where absent. */
  readonly kept?: Readonly<Record<string, Uint8Array>>;
}

/**
 * A key source of old nodes: each byte of the seed XORed with a byte of a mask, which is repeated.
 *
 * @param mask At least one byte.
 * @returns The key source.
 * @throws {RangeError} If the mask is empty.
 */
export function createXorKeySource(mask: Uint8Array): KeySource {
  if (mask.length === 0) throw new RangeError("Cannot make keys of an empty mask");
  return {
    computeKey: ({ seed }) => seed.map((byte, i) => byte ^ mask[i % mask.length]!),
  };
}

/**
 * A key source of old nodes: the seed as one big-endian number, plus a constant, modulo its size.
 *
 * @param addend At least one byte, big-endian.
 * @returns The key source.
 * @throws {RangeError} If the addend is empty.
 */
export function createAddKeySource(addend: Uint8Array): KeySource {
  if (addend.length === 0) throw new RangeError("Cannot make keys of an empty addend");
  return { computeKey: ({ seed }) => addBigEndian(seed, addend) };
}

/**
 * A key source of bootloaders with a symmetric secret: AES-CMAC of the seed, whole.
 *
 * @param secret 16, 24 or 32 bytes.
 * @returns The key source.
 * @throws {RangeError} If the secret has another length.
 */
export function createCmacKeySource(secret: Uint8Array): KeySource {
  aesCmac(secret, new Uint8Array(0));
  return { computeKey: ({ seed }) => aesCmac(secret, seed) };
}

function addBigEndian(seed: Uint8Array, addend: Uint8Array): Uint8Array {
  const key = new Uint8Array(seed.length);
  let carry = 0;
  for (let i = 1; i <= seed.length; i++) {
    const sum = seed[seed.length - i]! + (addend[addend.length - i] ?? 0) + carry;
    key[seed.length - i] = sum;
    carry = sum >> 8;
  }
  return key;
}
