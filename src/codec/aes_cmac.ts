import { createCipheriv, timingSafeEqual } from "node:crypto";

const BLOCK_BYTES = 16;
const KEY_SIZES_BYTES = [16, 24, 32];

/**
 * AES-CMAC, synchronous: what bootloaders with symmetric security access ask as the key to a seed.
 *
 * Source: RFC 4493, "The AES-CMAC Algorithm", and NIST SP 800-38B for the longer keys.
 *
 * @param key 16, 24 or 32 bytes: AES-128, -192 or -256.
 * @param message Any length, also 0.
 * @returns 16 bytes.
 * @throws {RangeError} If the key has another length.
 */
export function aesCmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  if (!KEY_SIZES_BYTES.includes(key.length)) {
    throw new RangeError(
      `Cannot compute AES-CMAC: the key has ${key.length} bytes, expected 16, 24 or 32`,
    );
  }
  const zeroBlock = new Uint8Array(BLOCK_BYTES);
  const subkey1 = doubled(lastOfCbc(key, zeroBlock));
  const blockCount = Math.max(1, Math.ceil(message.length / BLOCK_BYTES));
  const padded = new Uint8Array(blockCount * BLOCK_BYTES);
  padded.set(message);
  const isWhole = message.length === padded.length;
  if (!isWhole) padded[message.length] = 0x80;
  const subkey = isWhole ? subkey1 : doubled(subkey1);
  const lastBlock = padded.subarray(-BLOCK_BYTES);
  for (let i = 0; i < BLOCK_BYTES; i++) lastBlock[i]! ^= subkey[i]!;
  return lastOfCbc(key, padded);
}

/**
 * Checks a MAC without telling by its timing how much of it is right.
 *
 * @param key As in {@link aesCmac}.
 * @param message As in {@link aesCmac}.
 * @param mac What was received: 16 bytes, or the first ones of them, at least 4.
 * @returns Whether it belongs to the message.
 * @throws {RangeError} If the key has another length.
 */
export function verifyAesCmac(key: Uint8Array, message: Uint8Array, mac: Uint8Array): boolean {
  if (mac.length < 4 || mac.length > BLOCK_BYTES) return false;
  return timingSafeEqual(aesCmac(key, message).subarray(0, mac.length), mac);
}

/** The last block of AES-CBC from a zero vector. Chained here: Deno has no AES-192 in that mode. */
function lastOfCbc(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  const cipher = createCipheriv(`aes-${8 * key.length}-ecb`, key, null).setAutoPadding(false);
  let state: Uint8Array = new Uint8Array(BLOCK_BYTES);
  for (let at = 0; at < blocks.length; at += BLOCK_BYTES) {
    const mixed = state.map((byte, i) => byte ^ blocks[at + i]!);
    state = new Uint8Array(cipher.update(mixed));
  }
  // Without padding it adds nothing, but until then Deno keeps the cipher.
  cipher.final();
  return state;
}

/** The block times x in GF(2^128), as RFC 4493 generates its subkeys. */
function doubled(block: Uint8Array): Uint8Array {
  const result = new Uint8Array(BLOCK_BYTES);
  for (let i = 0; i < BLOCK_BYTES; i++) {
    result[i] = (block[i]! << 1) | ((block[i + 1] ?? 0) >>> 7);
  }
  if ((block[0]! & 0x80) !== 0) result[BLOCK_BYTES - 1]! ^= 0x87;
  return result;
}
