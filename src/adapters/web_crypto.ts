/** How keys sign: the names of WebCrypto and of COSE. */
const METHODS = {
  EdDSA: { key: { name: "Ed25519" }, sign: { name: "Ed25519" } },
  ES256: {
    key: { name: "ECDSA", namedCurve: "P-256" },
    sign: { name: "ECDSA", hash: "SHA-256" },
  },
} as const satisfies Record<KeyAlgorithm, unknown>;

/** How a key signs. */
export type KeyAlgorithm = "EdDSA" | "ES256";

/** A private key that can sign, with its public half. */
export interface SigningKey {
  /** How it signs. */
  readonly algorithm: KeyAlgorithm;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** PrivateKeyInfo (PKCS#8), DER: a secret. */
  readonly pkcs8: Uint8Array;
  /** Signs a message; 64 bytes. */
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>;
}

/**
 * Makes a key by the system's own chance.
 *
 * @param algorithm How it signs.
 * @returns The key.
 */
export async function generateSigningKey(algorithm: KeyAlgorithm): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey(METHODS[algorithm].key, true, ["sign", "verify"]);
  const { privateKey } = pair as CryptoKeyPair;
  return await importSigningKey(
    new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey)),
  ) as SigningKey;
}

/**
 * Reads a private key.
 *
 * @param pkcs8 PrivateKeyInfo, DER.
 * @returns The key; `undefined` where it is neither Ed25519 nor P-256.
 */
export async function importSigningKey(pkcs8: Uint8Array): Promise<SigningKey | undefined> {
  for (const algorithm of ["EdDSA", "ES256"] as const) {
    const method = METHODS[algorithm];
    try {
      const key = await crypto.subtle.importKey("pkcs8", owned(pkcs8), method.key, true, ["sign"]);
      const { d: _secret, key_ops: _ops, ...jwk } = await crypto.subtle.exportKey("jwk", key);
      const open = await crypto.subtle.importKey("jwk", jwk, method.key, true, ["verify"]);
      return {
        algorithm,
        spki: new Uint8Array(await crypto.subtle.exportKey("spki", open)),
        pkcs8,
        sign: async (message) =>
          new Uint8Array(await crypto.subtle.sign(method.sign, key, owned(message))),
      };
    } catch {
      // Not of this kind; what WebCrypto says of it could quote it.
    }
  }
  return undefined;
}

/**
 * Verifies a signature.
 *
 * @param check Key, algorithm, message and signature.
 * @returns Whether they belong together; a key that cannot be read verifies nothing.
 */
export async function verifySignature(check: {
  readonly key: { readonly spki: Uint8Array };
  readonly algorithm: KeyAlgorithm;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}): Promise<boolean> {
  const { key, sign } = METHODS[check.algorithm];
  try {
    const open = await crypto.subtle.importKey("spki", owned(check.key.spki), key, false, [
      "verify",
    ]);
    return await crypto.subtle.verify(sign, open, owned(check.signature), owned(check.message));
  } catch {
    return false;
  }
}

/** WebCrypto takes no view of shared memory. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
