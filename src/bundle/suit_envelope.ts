import { type CborKey, CborTag, type CborValue } from "../codec/mod.ts";
import { encodeShape, keyText, ShapeReader } from "./_shape.ts";
import { type CoseSign1, decodeCoseSign1, encodeCoseSign1 } from "./cose_sign1.ts";
import { decodeSuitSequence, encodeSuitSequence, type SuitCommand } from "./suit_commands.ts";
import { checkPart, digestOfPart, readSuitDigest, toSuitDigest } from "./suit_digest.ts";
import {
  decodeSuitManifest,
  encodeSuitManifest,
  SEVERABLE_SEQUENCES,
  type SuitManifest,
  TEXT,
} from "./suit_manifest.ts";
import { decodeSuitText, encodeSuitText, type SuitText } from "./suit_text.ts";

/** An envelope: a manifest, who signed it, what was severed from it, and payloads. */
export interface SuitEnvelope {
  /** The manifest. */
  readonly manifest: SuitManifest;
  /** Signatures over the manifest's digest; the digest was compared when it was decoded. */
  readonly signatures: readonly CoseSign1[];
  /** Parts that stand outside the manifest; each was compared with its digest. */
  readonly severed: {
    readonly payloadFetch?: readonly SuitCommand[];
    readonly install?: readonly SuitCommand[];
    readonly text?: SuitText;
  };
  /** Payloads inside the envelope, by the URI that manifests name them by: `#app`. */
  readonly payloads: ReadonlyMap<string, Uint8Array>;
}

const ENVELOPE_TAG = 107;
const AUTHENTICATION = 2;
const MANIFEST = 3;
const KNOWN_KEYS: readonly CborKey[] = [2, 3, 16, 20, 23];

const READER: ShapeReader = new ShapeReader("BUNDLE_FORMAT", "bundle");

/**
 * Decodes a SUIT envelope, and compares the manifest and what was severed from it with their
 * digests. Signatures and payloads are left to the caller.
 *
 * Source: draft-ietf-suit-manifest, SUIT_Envelope.
 *
 * @param bytes The whole file.
 * @returns The envelope.
 * @throws {BundleError} If the bytes are anything else, or a digest does not fit.
 */
export function decodeSuitEnvelope(bytes: Uint8Array): SuitEnvelope {
  const tagged = READER.decode(bytes, "envelope");
  if (!(tagged instanceof CborTag) || tagged.tag !== ENVELOPE_TAG) {
    READER.fail("it is no SUIT envelope with its tag 107");
  }
  const map = READER.map(tagged.value, "envelope");
  const payloads = new Map<string, Uint8Array>();
  for (const [key, value] of map) {
    if (typeof key === "string") payloads.set(key, READER.bytes(value, `payload ${keyText(key)}`));
    else if (!KNOWN_KEYS.includes(key)) {
      const state = `the envelope has an entry ${keyText(key)} that canvoy does not know`;
      READER.fail(state, "BUNDLE_UNKNOWN_PART");
    }
  }
  const { digest, signatures } = readAuthentication(map.get(AUTHENTICATION));
  const manifestBytes = READER.bytes(map.get(MANIFEST), "manifest");
  checkPart(manifestBytes, digest, "the manifest");
  const manifest = decodeSuitManifest(manifestBytes);
  return { manifest, signatures, severed: readSevered(map, manifest), payloads };
}

/**
 * Encodes a SUIT envelope, with the digest of its manifest.
 *
 * @param envelope The envelope.
 * @returns The bytes.
 */
export function encodeSuitEnvelope(envelope: SuitEnvelope): Uint8Array {
  const { manifest, signatures, severed, payloads } = envelope;
  const manifestBytes = encodeSuitManifest(manifest);
  const authentication = [signedDigest(manifest), ...signatures.map(encodeCoseSign1)];
  const map = new Map<CborKey, CborValue>([
    [AUTHENTICATION, encodeShape(authentication)],
    [MANIFEST, manifestBytes],
  ]);
  for (const [key, name] of SEVERABLE_SEQUENCES) {
    const sequence = severed[name];
    if (sequence !== undefined) map.set(key, encodeSuitSequence(sequence));
  }
  if (severed.text !== undefined) map.set(TEXT, encodeSuitText(severed.text));
  for (const [uri, payload] of payloads) map.set(uri, payload);
  return encodeShape(new CborTag(ENVELOPE_TAG, map));
}

/**
 * Makes what the signatures of an envelope sign: the encoded digest of its manifest.
 *
 * @param manifest The manifest.
 * @returns The payload that its COSE_Sign1 leave out.
 */
export function signedDigest(manifest: SuitManifest): Uint8Array {
  return encodeShape(toSuitDigest(digestOfPart(encodeSuitManifest(manifest))));
}

function readAuthentication(
  value: CborValue | undefined,
): { readonly digest: Uint8Array; readonly signatures: readonly CoseSign1[] } {
  const [digest, ...blocks] = READER.array(
    READER.embedded(value, "authentication wrapper"),
    "authentication wrapper",
  );
  const signatures = blocks.map((block) => {
    const signature = decodeCoseSign1(READER.bytes(block, "authentication block"));
    if (signature.payload !== undefined) READER.fail("a signature brings a payload of its own");
    return signature;
  });
  const part = "digest of the manifest";
  return { digest: readSuitDigest(READER.embedded(digest, part), part), signatures };
}

function readSevered(
  map: ReadonlyMap<CborKey, CborValue>,
  manifest: SuitManifest,
): SuitEnvelope["severed"] {
  const parts: Record<string, readonly SuitCommand[] | SuitText> = {};
  for (const [key, name] of [...SEVERABLE_SEQUENCES, [TEXT, "text"] as const]) {
    if (!map.has(key)) continue;
    const bytes = READER.bytes(map.get(key), name);
    const inManifest = manifest[name];
    if (inManifest?.kind !== "severed") {
      READER.fail(`${name} stands in the envelope, but the manifest has no digest of it`);
    }
    checkPart(bytes, inManifest.digest, name);
    parts[name] = name === "text"
      ? decodeSuitText(bytes)
      : decodeSuitSequence(bytes, { part: name });
  }
  return parts;
}
