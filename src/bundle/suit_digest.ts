import { type CborValue, sha256 } from "../codec/mod.ts";
import { equalBytes } from "../core/mod.ts";
import { encodeShape, ShapeReader } from "./_shape.ts";

/** SHA-256, the one algorithm that every SUIT implementation knows. */
const SHA_256 = -16;
const SHA_256_BYTES = 32;

const READER: ShapeReader = new ShapeReader("BUNDLE_FORMAT", "bundle");

/**
 * Reads `[algorithm, bytes]`; any algorithm but SHA-256 is refused.
 *
 * Source: draft-ietf-suit-manifest, SUIT_Digest.
 *
 * @param value The decoded digest.
 * @param part What it is the digest of, for messages.
 * @returns 32 bytes.
 * @throws {BundleError} If it is anything else.
 */
export function readSuitDigest(value: CborValue, part: string): Uint8Array {
  const parts = READER.array(value, part);
  if (parts.length !== 2) READER.fail(`${part} has ${parts.length} parts, expected 2`);
  if (parts[0] !== SHA_256) READER.fail(`${part} is not made by SHA-256`, "BUNDLE_UNKNOWN_PART");
  return READER.bytes(parts[1], part, SHA_256_BYTES);
}

/**
 * Makes what {@linkcode readSuitDigest} reads.
 *
 * @param digest 32 bytes.
 * @returns `[algorithm, bytes]`.
 */
export function toSuitDigest(digest: Uint8Array): readonly CborValue[] {
  return [SHA_256, digest];
}

/**
 * Makes the digest of a part of an envelope: over the byte string that holds it, with its head.
 *
 * @param bytes What the byte string holds.
 * @returns 32 bytes.
 */
export function digestOfPart(bytes: Uint8Array): Uint8Array {
  return sha256(encodeShape(bytes));
}

/**
 * Compares a part of an envelope with its digest.
 *
 * @param bytes What the byte string holds.
 * @param digest 32 bytes.
 * @param part What it is, for messages.
 * @throws {BundleError} If they do not belong together.
 */
export function checkPart(bytes: Uint8Array, digest: Uint8Array, part: string): void {
  if (equalBytes(digestOfPart(bytes), digest)) return;
  READER.fail(`${part} is not what its digest says`, "BUNDLE_DIGEST");
}
