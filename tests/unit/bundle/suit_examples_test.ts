import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import {
  BundleError,
  decodeSuitEnvelope,
  encodeSuitEnvelope,
  signedDigest,
  toBeSigned,
} from "../../../src/bundle/mod.ts";
import {
  cborDiagnostic,
  CborTag,
  type CborValue,
  decodeCbor,
  encodeCbor,
} from "../../../src/codec/mod.ts";
import { suitExamples, suitPublicKey, suitWalker } from "../../support/suit_vectors.ts";

const CBOR = { tags: [18, 107], arrayKeys: true };
const EXAMPLES = suitExamples();

Deno.test("suitExamples() finds all nine envelopes of the four examples", () => {
  strictEqual(EXAMPLES.length, 9);
});

for (const { name, bytes } of EXAMPLES) {
  Deno.test(`encodeSuitEnvelope() gives ${name} of the specification back byte by byte`, () => {
    strictEqual(encodeSuitEnvelope(decodeSuitEnvelope(bytes)).toHex(), bytes.toHex());
  });

  Deno.test(`decodeSuitEnvelope() reads ${name}, whose signature verifies`, async () => {
    const { manifest, signatures } = decodeSuitEnvelope(bytes);
    strictEqual(manifest.sequenceNumber, Number(name.slice(8, 9)));
    const key = await crypto.subtle.importKey(
      "spki",
      new Uint8Array(suitPublicKey()),
      { name: "ECDSA", namedCurve: "P-256" },
      false,
      ["verify"],
    );
    for (const { algorithm, protectedBytes, signature } of signatures) {
      strictEqual(algorithm, "ES256");
      const message = new Uint8Array(toBeSigned(protectedBytes, signedDigest(manifest)));
      const method = { name: "ECDSA", hash: "SHA-256" };
      ok(await crypto.subtle.verify(method, key, new Uint8Array(signature), message));
      message[20]! ^= 1;
      ok(!await crypto.subtle.verify(method, key, new Uint8Array(signature), message));
    }
  });

  Deno.test(`CddlWalker accepts ${name}`, () => {
    ok(suitWalker().matches(decodeCbor(bytes, CBOR), "SUIT_start"));
  });
}

Deno.test("suitExamples() has five signed envelopes", () => {
  const signed = EXAMPLES.filter(({ bytes }) => decodeSuitEnvelope(bytes).signatures.length === 1);
  strictEqual(signed.length, 5);
});

/** The first example with one part of it replaced. */
function changed(change: (parts: Parts) => void): CborValue {
  const tagged = decodeCbor(EXAMPLES[1]!.bytes, CBOR) as CborTag;
  const envelope = new Map(tagged.value as Map<CborValue, CborValue>);
  const manifest = new Map(open(envelope.get(3)) as Map<CborValue, CborValue>);
  const common = new Map(open(manifest.get(3)) as Map<CborValue, CborValue>);
  const authentication = [...open(envelope.get(2)) as CborValue[]];
  const shared = [...open(common.get(4)) as CborValue[]];
  const parts = { envelope, manifest, common, authentication, shared };
  change(parts);
  if (common.get(4) instanceof Uint8Array) common.set(4, encodeCbor(shared, CBOR));
  if (manifest.get(3) instanceof Uint8Array) manifest.set(3, encodeCbor(common, CBOR));
  if (envelope.get(3) instanceof Uint8Array) envelope.set(3, encodeCbor(manifest, CBOR));
  if (envelope.get(2) instanceof Uint8Array) envelope.set(2, encodeCbor(authentication, CBOR));
  return new CborTag(107, envelope as unknown as CborValue);
}

interface Parts {
  readonly envelope: Map<CborValue, CborValue>;
  readonly manifest: Map<CborValue, CborValue>;
  readonly common: Map<CborValue, CborValue>;
  readonly authentication: CborValue[];
  readonly shared: CborValue[];
}

function open(value: CborValue | undefined): CborValue {
  return decodeCbor(value as Uint8Array, CBOR);
}

function parameters(entries: readonly (readonly [number, CborValue])[]): CborValue {
  return new Map(entries) as unknown as CborValue;
}

const VIOLATIONS: readonly (readonly [string, (parts: Parts) => void])[] = [
  ["no authentication wrapper", ({ envelope }) => envelope.delete(2)],
  ["no manifest", ({ envelope }) => envelope.delete(3)],
  ["an unknown number in the envelope", ({ envelope }) => envelope.set(99, new Uint8Array(1))],
  ["a payload that is a text", ({ envelope }) => envelope.set("#app", "bytes")],
  ["a manifest that is no byte string", ({ envelope }) => envelope.set(3, 1)],
  ["a manifest of version 2", ({ manifest }) => manifest.set(1, 2)],
  ["no sequence number", ({ manifest }) => manifest.delete(2)],
  ["a negative sequence number", ({ manifest }) => manifest.set(2, -1)],
  ["no common", ({ manifest }) => manifest.delete(3)],
  ["an unknown member of the manifest", ({ manifest }) => manifest.set(77, 0)],
  ["a reference URI that is a number", ({ manifest }) => manifest.set(4, 5)],
  ["a validate that is no sequence", ({ manifest }) => manifest.set(7, encodeCbor(3))],
  ["an empty invoke", ({ manifest }) => manifest.set(9, encodeCbor([]))],
  ["a command without argument", ({ manifest }) => manifest.set(7, encodeCbor([3]))],
  ["a policy of five bits", ({ manifest }) => manifest.set(7, encodeCbor([3, 16]))],
  ["no component", ({ common }) => common.set(2, [])],
  ["a component whose identifier is a text", ({ common }) => common.set(2, [["0"]])],
  ["a vendor of 15 bytes", ({ shared }) => shared[1] = parameters([[1, new Uint8Array(15)]])],
  ["an image size that is a text", ({ shared }) => shared[1] = parameters([[14, "34768"]])],
  ["parameters without any", ({ shared }) => shared[1] = parameters([])],
  ["an unknown command", ({ shared }) => shared[2] = 99],
  ["a directive in the shared sequence that acts", ({ shared }) => shared[2] = 21],
  ["a digest in three parts", ({ authentication }) => {
    authentication[0] = encodeCbor([-16, new Uint8Array(32), 0]);
  }],
  ["a digest of an unknown algorithm", ({ authentication }) => {
    authentication[0] = encodeCbor([-17, new Uint8Array(32)]);
  }],
  ["a signature that is no COSE_Sign1", ({ authentication }) => {
    authentication[1] = encodeCbor(new CborTag(18, [new Uint8Array(0), 1]), CBOR);
  }],
];

for (const [what, change] of VIOLATIONS) {
  Deno.test(`CddlWalker and decodeSuitEnvelope() refuse ${what}`, () => {
    const value = changed(change);
    ok(!suitWalker().matches(value, "SUIT_start"));
    throws(() => decodeSuitEnvelope(encodeCbor(value, CBOR)), BundleError);
  });
}

Deno.test("changed() without a change is accepted: each violation is refused for itself", () => {
  const value = changed(() => {});
  deepStrictEqual(encodeCbor(value, CBOR), EXAMPLES[1]!.bytes);
});

Deno.test("decodeSuitEnvelope() refuses a custom parameter, which CDDL leaves open", () => {
  const value = changed(({ shared }) => shared[1] = parameters([[-7, 1]]));
  ok(suitWalker().matches(value, "SUIT_start"));
  throws(() => decodeSuitEnvelope(encodeCbor(value, CBOR)), BundleError);
});

Deno.test("cborDiagnostic() opens byte strings that hold CBOR", () => {
  const text = cborDiagnostic(decodeCbor(EXAMPLES[1]!.bytes, CBOR), CBOR);
  ok(text.includes("107({"));
  ok(text.includes("2: << [\n"));
  ok(text.includes("h'408d0816f9b510749bf6a51b066951e08a4438f849eb092a1ac768eed9de696c"));
});
