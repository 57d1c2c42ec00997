import { type CborKey, CborTag, type CborValue } from "../codec/mod.ts";
import { encodeShape, ShapeReader } from "./_shape.ts";

/** How a signature is made. */
export type SignatureAlgorithm = "EdDSA" | "ES256";

/** COSE's numbers of the algorithms. */
const ALGORITHMS: ReadonlyMap<CborValue, SignatureAlgorithm> = new Map([
  [-8, "EdDSA"],
  [-7, "ES256"],
]);

const COSE_SIGN1_TAG = 18;
const HEADER_ALG = 1;
const HEADER_CRIT = 2;
const HEADER_KID = 4;
/** Both algorithms'. */
const SIGNATURE_BYTES = 64;

/** A signature by one key. */
export interface CoseSign1 {
  /** How it was made. */
  readonly algorithm: SignatureAlgorithm;
  /** Whether the algorithm stands where the signature covers it. */
  readonly isAlgorithmProtected: boolean;
  /** Which key made it, from the protected header; absent where it does not say. */
  readonly keyId?: Uint8Array;
  /** The protected header as it was signed. */
  readonly protectedBytes: Uint8Array;
  /** What the signature does not cover. */
  readonly unprotected: ReadonlyMap<CborKey, CborValue>;
  /** What is signed; absent where it stands elsewhere. */
  readonly payload?: Uint8Array;
  /** r and s, or R and S: 64 bytes. */
  readonly signature: Uint8Array;
}

const READER: ShapeReader = new ShapeReader("BUNDLE_FORMAT", "signature");

/**
 * Decodes a tagged COSE_Sign1. Critical headers that canvoy does not know are refused, as are
 * algorithms other than EdDSA and ES256.
 *
 * Source: RFC 9052, "Signing with One Signer".
 *
 * @param bytes `18([protected, unprotected, payload, signature])`.
 * @returns Its parts; nothing is verified.
 * @throws {BundleError} If the bytes are anything else.
 */
export function decodeCoseSign1(bytes: Uint8Array): CoseSign1 {
  const tagged = READER.decode(bytes, "COSE_Sign1");
  if (!(tagged instanceof CborTag) || tagged.tag !== COSE_SIGN1_TAG) {
    READER.fail("it is no COSE_Sign1 with its tag 18");
  }
  const parts = READER.array(tagged.value, "COSE_Sign1");
  if (parts.length !== 4) READER.fail(`COSE_Sign1 has ${parts.length} parts, expected 4`);
  const protectedBytes = READER.bytes(parts[0], "protected header");
  const header: ReadonlyMap<CborKey, CborValue> = protectedBytes.length === 0
    ? new Map()
    : READER.map(READER.decode(protectedBytes, "protected header"), "protected header");
  const unprotected = READER.map(parts[1], "unprotected header");
  checkCritical(header, unprotected);
  const algorithm = ALGORITHMS.get(header.get(HEADER_ALG) ?? unprotected.get(HEADER_ALG) ?? null);
  if (algorithm === undefined) READER.fail("its algorithm is neither EdDSA nor ES256");
  const keyId = header.get(HEADER_KID);
  return {
    algorithm,
    isAlgorithmProtected: header.has(HEADER_ALG),
    ...(keyId === undefined ? {} : { keyId: READER.bytes(keyId, "key identifier") }),
    protectedBytes,
    unprotected,
    ...(parts[2] === null ? {} : { payload: READER.bytes(parts[2], "payload") }),
    signature: READER.bytes(parts[3], "signature", SIGNATURE_BYTES),
  };
}

/**
 * Encodes a tagged COSE_Sign1.
 *
 * @param sign1 Its parts.
 * @returns The bytes.
 */
export function encodeCoseSign1(sign1: CoseSign1): Uint8Array {
  const { protectedBytes, unprotected, payload, signature } = sign1;
  const parts = [protectedBytes, unprotected, payload ?? null, signature];
  return encodeShape(new CborTag(COSE_SIGN1_TAG, parts));
}

/**
 * Encodes the protected header that canvoy signs: the algorithm and the key.
 *
 * @param algorithm How it is signed.
 * @param keyId Which key signs.
 * @returns The header's bytes.
 */
export function protectedHeader(algorithm: SignatureAlgorithm, keyId: Uint8Array): Uint8Array {
  const number = [...ALGORITHMS].find(([, name]) => name === algorithm)![0];
  return encodeShape(new Map<number, CborValue>([[HEADER_ALG, number], [HEADER_KID, keyId]]));
}

/**
 * Makes the bytes that a COSE_Sign1 signs.
 *
 * Source: RFC 9052, "Signing and Verification Process", Sig_structure.
 *
 * @param protectedBytes The protected header; an empty map counts as no bytes.
 * @param payload What is signed.
 * @param externalAad What is signed too, but stands elsewhere; nothing by default.
 * @returns The bytes to sign or to verify.
 */
export function toBeSigned(
  protectedBytes: Uint8Array,
  payload: Uint8Array,
  externalAad: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const isEmpty = protectedBytes.length === 1 && protectedBytes[0] === 0xA0;
  const header = isEmpty ? new Uint8Array(0) : protectedBytes;
  return encodeShape(["Signature1", header, externalAad, payload]);
}

function checkCritical(
  header: ReadonlyMap<CborKey, CborValue>,
  unprotected: ReadonlyMap<CborKey, CborValue>,
): void {
  if (unprotected.has(HEADER_CRIT)) READER.fail("its list of critical headers is not protected");
  if (!header.has(HEADER_CRIT)) return;
  const critical = READER.array(header.get(HEADER_CRIT), "list of critical headers");
  const unknown = critical.find((label) => label !== HEADER_ALG && label !== HEADER_KID);
  if (unknown !== undefined || critical.length === 0) {
    READER.fail("it has a critical header that canvoy does not know", "BUNDLE_UNKNOWN_PART");
  }
}
