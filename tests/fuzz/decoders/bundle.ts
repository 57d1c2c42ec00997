import { ok } from "node:assert/strict";
import {
  type CoseSign1,
  decodeCoseSign1,
  decodeImagePayload,
  decodeSuitEnvelope,
  decodeSuitManifest,
  decodeSuitText,
  decodeTrustFile,
  encodeCoseSign1,
  encodeSuitEnvelope,
  encodeSuitManifest,
  encodeSuitText,
  encodeTrust,
  encodeTrustFile,
  packRelease,
  protectedHeader,
  readRelease,
} from "../../../src/bundle/mod.ts";
import { createImage, imageSizeBytes } from "../../../src/image/mod.ts";
import { accepted, type FuzzDecoder } from "../decoder.ts";
import { CBOR_WORDS } from "./journal.ts";

const KEY_ID = new Uint8Array(32).fill(9);
/** Nobody compares it here: structure comes before signatures. */
const SIGNATURE: CoseSign1 = {
  algorithm: "EdDSA",
  isAlgorithmProtected: true,
  keyId: KEY_ID,
  protectedBytes: protectedHeader("EdDSA", KEY_ID),
  unprotected: new Map(),
  signature: new Uint8Array(64).fill(7),
};
/** SubjectPublicKeyInfo of Ed25519, RFC 8410, and 32 bytes. */
const SPKI = Uint8Array.of(
  ...[0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00],
  ...new Uint8Array(32).fill(1),
);
const IMAGE = createImage([{ address: 0x0800_8000, data: new Uint8Array(40).fill(0xA5) }]);

function envelope(names: readonly string[]): Uint8Array {
  const unsigned = packRelease({
    vendor: "example.com",
    sequenceNumber: 7,
    description: "a release",
    components: names.map((name) => ({
      name,
      hardware: `HW-${name}`,
      part: "4711",
      version: "1.2.3",
      requires: name === "door" ? [{ name: names[0]!, version: "1.2.0" }] : [],
    })),
    images: new Map(names.map((name) => [name, IMAGE])),
  });
  return encodeSuitEnvelope({ ...unsigned, signatures: [SIGNATURE] });
}

/** Parts of a bundle, each as a reader finds it once digests fit. */
const PARTS: readonly ((bytes: Uint8Array) => unknown)[] = [
  decodeSuitManifest,
  decodeCoseSign1,
  decodeSuitText,
  (bytes) => decodeImagePayload(bytes, "the image"),
];

function partsOf(bundle: Uint8Array): readonly Uint8Array[] {
  const { manifest, severed, payloads } = decodeSuitEnvelope(bundle);
  return [
    encodeSuitManifest(manifest),
    encodeCoseSign1(SIGNATURE),
    ...(severed.text === undefined ? [] : [encodeSuitText(severed.text)]),
    ...payloads.values(),
  ];
}

/** What bundles are made of, apart from what binds it together. */
export const BUNDLE_PARTS: FuzzDecoder = {
  seeds: partsOf(envelope(["gateway", "door"])),
  words: CBOR_WORDS,
  inputBytesMax: 4096,
  attempt: (bytes) => PARTS.filter((read) => accepted(() => read(bytes)) !== undefined).length > 0,
};

/** Bundles, up to their signatures. */
export const BUNDLE: FuzzDecoder = {
  seeds: [envelope(["gateway"]), envelope(["gateway", "door"])],
  words: CBOR_WORDS,
  inputBytesMax: 4096,
  attempt: (bytes) => {
    const release = accepted(() => readRelease(decodeSuitEnvelope(bytes)));
    if (release === undefined) return false;
    const sizes = [...release.images.values()].map((image) => imageSizeBytes(image));
    ok(sizes.reduce((sum, size) => sum + size, 0) <= bytes.length, "larger than the bundle");
    return true;
  },
};

/** Trust files, up to their signatures. */
export const TRUST: FuzzDecoder = {
  seeds: [
    encodeTrustFile(
      encodeTrust({
        sequenceNumber: 2,
        expiresAtS: 2 ** 33,
        threshold: 1,
        rootThreshold: 1,
        keys: [{ name: "anna", spki: SPKI, isRoot: true, isRelease: true }],
        revoked: [KEY_ID],
      }),
      [SIGNATURE],
    ),
  ],
  words: CBOR_WORDS,
  inputBytesMax: 2048,
  attempt: (bytes) => accepted(() => decodeTrustFile(bytes)) !== undefined,
};
