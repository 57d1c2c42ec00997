import type { CborValue } from "../codec/mod.ts";
import { equalBytes } from "../core/mod.ts";
import { encodeShape, ShapeReader } from "./_shape.ts";
import { BundleError } from "./bundle_error.ts";
import { type CoseSign1, decodeCoseSign1, encodeCoseSign1 } from "./cose_sign1.ts";
import { algorithmOf, keyIdOf, type NamedKey } from "./signers.ts";

/** A key of a trust file, with what it may sign. */
export interface TrustedKey extends NamedKey {
  /** Whether it signs trust files. */
  readonly isRoot: boolean;
  /** Whether it signs releases. */
  readonly isRelease: boolean;
}

/** Whose signatures count, until when. */
export interface TrustFile {
  /** Counts up with every trust file. */
  readonly sequenceNumber: number;
  /** Seconds since 1970 after which it is not used any more. */
  readonly expiresAtS: number;
  /** How many release keys must sign a release. */
  readonly threshold: number;
  /** How many root keys must sign a trust file. */
  readonly rootThreshold: number;
  /** The keys. */
  readonly keys: readonly TrustedKey[];
  /** Identifiers of keys that do not count any more. */
  readonly revoked: readonly Uint8Array[];
}

/** A trust file with its signatures. */
export interface SignedTrustFile {
  /** What it says. */
  readonly trust: TrustFile;
  /** What its signatures sign. */
  readonly payload: Uint8Array;
  /** Who signed it: not verified yet. */
  readonly signatures: readonly CoseSign1[];
}

/** Keeps a signature of a trust file from passing as one of a release, and the other way. */
export const TRUST_AAD: Uint8Array = new TextEncoder().encode("canvoy trust file");

const VERSION = 1;
const KEYS = [1, 2, 3, 4, 5, 6, 7];
const ROLE_ROOT = 1;
const ROLE_RELEASE = 2;
const KEY_ID_BYTES = 32;
/** The year 9999: beyond it dates cannot be told. */
const EXPIRES_AT_S_MAX = 253_402_300_799;
const READER: ShapeReader = new ShapeReader("TRUST_FORMAT", "trust file");

/**
 * Encodes what a trust file says:
 * `{1: 1, 2: sequence, 3: expiry, 4: threshold, 5: root threshold, 6: [[name, key, roles]], 7: revoked}`.
 *
 * @param trust What it says.
 * @returns What is signed.
 * @throws {BundleError} If thresholds cannot be met, or a key cannot sign.
 */
export function encodeTrust(trust: TrustFile): Uint8Array {
  checkTrust(trust);
  const keys = trust.keys.map(({ name, spki, isRoot, isRelease }) => [
    name,
    spki,
    (isRoot ? ROLE_ROOT : 0) + (isRelease ? ROLE_RELEASE : 0),
  ]);
  return encodeShape(
    new Map<number, CborValue>([
      [1, VERSION],
      [2, trust.sequenceNumber],
      [3, trust.expiresAtS],
      [4, trust.threshold],
      [5, trust.rootThreshold],
      [6, keys],
      [7, trust.revoked],
    ]),
  );
}

/**
 * Encodes a trust file with its signatures: `[payload, [signature, ...]]`.
 *
 * @param payload What {@linkcode encodeTrust} made.
 * @param signatures The signatures.
 * @returns The file.
 */
export function encodeTrustFile(payload: Uint8Array, signatures: readonly CoseSign1[]): Uint8Array {
  return encodeShape([payload, signatures.map(encodeCoseSign1)]);
}

/**
 * Decodes a trust file; nothing is verified.
 *
 * @param bytes The file.
 * @returns What it says and who signed it.
 * @throws {BundleError} If the bytes are anything else.
 */
export function decodeTrustFile(bytes: Uint8Array): SignedTrustFile {
  const parts = READER.array(READER.decode(bytes, "file"), "file");
  if (parts.length !== 2) READER.fail("it is no trust file");
  const payload = READER.bytes(parts[0], "content");
  const signatures = READER.array(parts[1], "signatures")
    .map((part) => decodeCoseSign1(READER.bytes(part, "signature")));
  const map = READER.record(READER.decode(payload, "content"), "content", KEYS);
  if (map.get(1) !== VERSION) READER.fail("it is not of version 1");
  const trust: TrustFile = {
    sequenceNumber: READER.uint(map.get(2), "sequence number"),
    expiresAtS: READER.uint(map.get(3), "expiry"),
    threshold: READER.uint(map.get(4), "threshold"),
    rootThreshold: READER.uint(map.get(5), "root threshold"),
    keys: READER.array(map.get(6), "keys").map(readKey),
    revoked: READER.array(map.get(7), "revoked keys")
      .map((id) => READER.bytes(id, "revoked key", KEY_ID_BYTES)),
  };
  checkTrust(trust);
  return { trust, payload, signatures };
}

/**
 * Checks that a trust file is still valid.
 *
 * @param trust What it says; its signatures are verified.
 * @param nowS The present time, in seconds since 1970.
 * @throws {BundleError} `TRUST_EXPIRED` if it is not.
 */
export function checkTrustIsCurrent(trust: TrustFile, nowS: number): void {
  if (nowS < trust.expiresAtS) return;
  const when = new Date(trust.expiresAtS * 1000).toISOString().slice(0, 10);
  throw new BundleError("TRUST_EXPIRED", `Cannot use trust file: it expired on ${when}`);
}

/**
 * Checks that root keys have signed a trust file. That it lists them says nothing: public keys are
 * anybody's to list.
 *
 * @param file The file; its signatures are verified.
 * @param rootKeyIds Beginnings of the identifiers of the keys that must have signed it.
 * @throws {BundleError} `TRUST_ROOT_UNKNOWN` if one has not, or is revoked.
 */
export function checkRootsSigned(
  { trust, signatures }: SignedTrustFile,
  rootKeyIds: readonly string[],
): void {
  const revoked = new Set(trust.revoked.map((id) => id.toHex()));
  const signers = signatures.flatMap(({ keyId }) => keyId === undefined ? [] : [keyId.toHex()])
    .filter((id) => !revoked.has(id));
  const missing = rootKeyIds.find((id) =>
    !signers.some((signer) => signer.startsWith(id.toLowerCase()))
  );
  if (missing === undefined) return;
  throw new BundleError(
    "TRUST_ROOT_UNKNOWN",
    `Cannot use trust file: root key ${missing}, which the fleet file names, has not signed it`,
  );
}

function readKey(value: CborValue): TrustedKey {
  const parts = READER.array(value, "key");
  const roles = READER.uint(parts[2], "roles of a key");
  if (parts.length !== 3 || roles < 1 || roles > 3) READER.fail("a key is not [name, key, roles]");
  return {
    name: READER.line(parts[0], "name of a key"),
    spki: READER.bytes(parts[1], "key"),
    isRoot: (roles & ROLE_ROOT) !== 0,
    isRelease: (roles & ROLE_RELEASE) !== 0,
  };
}

function checkTrust(trust: TrustFile): void {
  const { expiresAtS, keys, revoked, threshold, rootThreshold } = trust;
  if (expiresAtS > EXPIRES_AT_S_MAX) READER.fail("it expires after the year 9999");
  keys.forEach(({ spki }, i) => {
    algorithmOf(spki);
    if (keys.findIndex((other) => equalBytes(other.spki, spki)) !== i) {
      READER.fail("a key is there twice");
    }
  });
  const alive = keys.filter(({ spki }) => !revoked.some((id) => equalBytes(id, keyIdOf(spki))));
  const counts = [
    [threshold, alive.filter(({ isRelease }) => isRelease).length, "release"],
    [rootThreshold, alive.filter(({ isRoot }) => isRoot).length, "root"],
  ] as const;
  for (const [needed, present, what] of counts) {
    if (needed >= 1 && needed <= present) continue;
    READER.fail(`${needed} ${what} keys are needed, ${present} of its keys count`);
  }
}
