import { createHash } from "node:crypto";

/**
 * SHA-256, synchronous: a promise would not settle inside a virtual-time run.
 *
 * Source: FIPS 180-4, "Secure Hash Standard".
 *
 * @param parts What to hash: the parts count as one message, in order.
 * @returns 32 bytes.
 */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}
