import { sha256 } from "../codec/mod.ts";
import { equalBytes } from "../core/mod.ts";
import { isEd25519Point, isP256Point } from "./_public_points.ts";
import { BundleError, type BundleErrorCode } from "./bundle_error.ts";
import {
  type CoseSign1,
  protectedHeader,
  type SignatureAlgorithm,
  toBeSigned,
} from "./cose_sign1.ts";

/** A public key with its name. */
export interface NamedKey {
  /** Shown where a signature is reported; it proves nothing. */
  readonly name: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
}

/** A signature and all that is needed to verify it. */
export interface SignatureCheck {
  /** The key that it names. */
  readonly key: NamedKey;
  /** How that key signs. */
  readonly algorithm: SignatureAlgorithm;
  /** What was signed. */
  readonly message: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** What a set of signatures has to be. */
export interface SignerRule {
  /** How many keys at least. */
  readonly threshold: number;
  /** Identifiers of keys that do not count any more. */
  readonly revoked: readonly Uint8Array[];
  /** What is signed, for messages: "bundle". */
  readonly what: string;
  /** Code of a signature that does not verify, and of too few. */
  readonly codes: { readonly invalid: BundleErrorCode; readonly tooFew: BundleErrorCode };
}

/** Beginnings of SubjectPublicKeyInfo, before the key itself (RFC 8410; RFC 5480, P-256). */
const SPKI_FORMS: readonly (readonly [SignatureAlgorithm, string, number])[] = [
  ["EdDSA", "302a300506032b6570032100", 44],
  ["ES256", "3059301306072a8648ce3d020106082a8648ce3d03010703420004", 91],
];

/**
 * Names a key: SHA-256 of its SubjectPublicKeyInfo.
 *
 * @param spki The key.
 * @returns 32 bytes.
 */
export function keyIdOf(spki: Uint8Array): Uint8Array {
  return sha256(spki);
}

/**
 * Tells how a key signs.
 *
 * @param spki The key.
 * @returns The algorithm.
 * @throws {BundleError} If it is neither an Ed25519 nor a P-256 key, or not a valid one.
 */
export function algorithmOf(spki: Uint8Array): SignatureAlgorithm {
  const hex = spki.toHex();
  const form = SPKI_FORMS.find(([, start, size]) => hex.startsWith(start) && spki.length === size);
  if (form === undefined) {
    throw new BundleError("TRUST_KEY", "Cannot use key: it is neither Ed25519 nor P-256");
  }
  const [algorithm, start] = form;
  const point = spki.subarray(start.length / 2);
  if (algorithm === "EdDSA" ? isEd25519Point(point) : isP256Point(point)) return algorithm;
  throw new BundleError("TRUST_KEY", "Cannot use key: no secret key has this public one");
}

/**
 * Finds the keys of signatures. Each must be made as {@linkcode protectedHeader} says, by a
 * different one of the keys.
 *
 * @param signatures The signatures.
 * @param keys The keys that may sign.
 * @param signed What they sign, and what it is for messages.
 * @returns What is to be verified, in the same order.
 * @throws {BundleError} `BUNDLE_SIGNER_UNKNOWN` or `BUNDLE_SIGNATURE` otherwise.
 */
export function checksOf(
  signatures: readonly CoseSign1[],
  keys: readonly NamedKey[],
  signed: {
    readonly payload: Uint8Array;
    readonly externalAad: Uint8Array;
    readonly what: string;
  },
): readonly SignatureCheck[] {
  const seen = new Set<NamedKey>();
  return signatures.map((sign1) => {
    const { keyId, protectedBytes, signature, unprotected } = sign1;
    const key = keyId && keys.find(({ spki }) => equalBytes(keyIdOf(spki), keyId));
    if (key === undefined) {
      const name = keyId === undefined ? "no key" : `an unknown key ${shortKeyId(keyId)}`;
      throw new BundleError(
        "BUNDLE_SIGNER_UNKNOWN",
        `Cannot use ${signed.what}: it is signed by ${name}`,
      );
    }
    const algorithm = algorithmOf(key.spki);
    const isPlain = equalBytes(protectedBytes, protectedHeader(algorithm, keyIdOf(key.spki))) &&
      unprotected.size === 0 && !seen.has(key);
    seen.add(key);
    if (!isPlain) {
      throw new BundleError(
        "BUNDLE_SIGNATURE",
        `Cannot use ${signed.what}: the signature by "${key.name}" is not in canvoy's form`,
      );
    }
    const message = toBeSigned(protectedBytes, signed.payload, signed.externalAad);
    return { key, algorithm, message, signature };
  });
}

/**
 * Judges verified signatures: every one must verify, and enough keys that still count must sign.
 *
 * @param checks What was verified.
 * @param results Whether each verifies, in the same order.
 * @param rule What is asked.
 * @returns Names of the keys that count.
 * @throws {BundleError} If it is not so.
 */
export function judgeSigners(
  checks: readonly SignatureCheck[],
  results: readonly boolean[],
  rule: SignerRule,
): readonly string[] {
  const { threshold, revoked, what, codes } = rule;
  const broken = checks.find((_check, i) => results[i] !== true);
  if (broken !== undefined) {
    const state = `the signature by "${broken.key.name}" does not belong to it`;
    throw new BundleError(codes.invalid, `Cannot use ${what}: ${state}`);
  }
  const [dead, alive] = [true, false].map((isDead) =>
    checks.filter(({ key }) => revoked.some((id) => equalBytes(id, keyIdOf(key.spki))) === isDead)
      .map(({ key }) => key.name)
  ) as [string[], string[]];
  if (alive.length >= threshold) return alive;
  if (dead.length > 0) {
    throw new BundleError(
      "BUNDLE_KEY_REVOKED",
      `Cannot use ${what}: the key "${dead.join('", "')}" is revoked, ` +
        `and ${alive.length} of ${threshold} needed signatures remain`,
    );
  }
  throw new BundleError(
    codes.tooFew,
    `Cannot use ${what}: it has ${alive.length} of ${threshold} needed signatures`,
  );
}

/**
 * Shortens a key's identifier for people.
 *
 * @param keyId 32 bytes.
 * @returns Its first 16 digits.
 */
export function shortKeyId(keyId: Uint8Array): string {
  return keyId.subarray(0, 8).toHex();
}
