import { createPrivateKey, type KeyObject, sign, verify, X509Certificate } from "node:crypto";

/** An X.509 certificate, as far as proving who one is needs it; synchronous. */
export interface Certificate {
  /** From when on it is valid, in ms since 1970. */
  readonly validFromMs: number;
  /** Until when it is valid, in ms since 1970. */
  readonly validToMs: number;

  /**
   * Whether an authority issued it.
   *
   * @param authority The certificate that should have issued it, DER.
   * @returns Whether it did.
   */
  isIssuedBy(authority: Uint8Array): boolean;

  /**
   * Whether its holder signed something.
   *
   * @param message What was signed.
   * @param signature 64 bytes.
   * @returns Whether the holder of this certificate signed it.
   */
  verifies(message: Uint8Array, signature: Uint8Array): boolean;
}

/**
 * Reads a certificate with an Ed25519 or P-256 key.
 *
 * Source: RFC 5280.
 *
 * @param der Its bytes; any.
 * @returns The certificate; `undefined` when it is none.
 */
export function readCertificate(der: Uint8Array): Certificate | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(der);
  } catch {
    return undefined;
  }
  return {
    validFromMs: Date.parse(certificate.validFrom),
    validToMs: Date.parse(certificate.validTo),
    isIssuedBy: (authority) => {
      try {
        const issuer = new X509Certificate(authority);
        return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
      } catch {
        return false;
      }
    },
    verifies: (message, signature) => {
      try {
        const { publicKey } = certificate;
        return verify(hashOf(publicKey), message, keyInput(publicKey), signature);
      } catch {
        return false;
      }
    },
  };
}

/**
 * Makes what signs with a private key at once: a promise would not settle inside an update.
 *
 * @param pkcs8 PrivateKeyInfo, DER, of an Ed25519 or P-256 key.
 * @returns Makes signatures of 64 bytes.
 * @throws {RangeError} If it is no such key.
 */
export function createSigner(pkcs8: Uint8Array): (message: Uint8Array) => Uint8Array {
  let key: KeyObject;
  try {
    const pem = `-----BEGIN PRIVATE KEY-----\n${pkcs8.toBase64()}\n-----END PRIVATE KEY-----\n`;
    key = createPrivateKey(pem);
  } catch {
    throw new RangeError("Cannot sign: this is no private key");
  }
  return (message) => new Uint8Array(sign(hashOf(key), message, keyInput(key)));
}

/** Ed25519 hashes by itself. */
function hashOf(key: KeyObject): "sha256" | null {
  return key.asymmetricKeyType === "ed25519" ? null : "sha256";
}

function keyInput(key: KeyObject): { key: KeyObject; dsaEncoding: "ieee-p1363" } | KeyObject {
  return key.asymmetricKeyType === "ed25519" ? key : { key, dsaEncoding: "ieee-p1363" };
}
