/** Keys that are none, keys of one kind offered as the other, and headers that say so. */
import { ok, rejects, strictEqual, throws } from "node:assert/strict";
import { generateSigningKey, type SigningKey, verifySignature } from "../../../src/adapters/mod.ts";
import {
  algorithmOf,
  checksOf,
  type CoseSign1,
  decodeCoseSign1,
  decodeTrustFile,
  encodeCoseSign1,
  encodeTrust,
  encodeTrustFile,
  keyIdOf,
  protectedHeader,
  type SignatureAlgorithm,
  toBeSigned,
  TRUST_AAD,
  type TrustFile,
} from "../../../src/bundle/mod.ts";
import { openTrust } from "../../../src/cli/open_release.ts";
import { type CborValue, decodeCbor, encodeCbor } from "../../../src/codec/mod.ts";
import { concatBytes } from "../../../src/core/mod.ts";

const ED25519 = Uint8Array.fromHex("302a300506032b6570032100");
const P256 = Uint8Array.fromHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");
const [EDDSA, ES256] = await Promise.all([
  generateSigningKey("EdDSA"),
  generateSigningKey("ES256"),
]);
const P = 2n ** 255n - 19n;
const ASKED = { nowS: 1_800_000_000, rootKeyIds: [] };

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.fromHex(value.toString(16).padStart(64, "0")).reverse();
}

/** y of the points of order 1, 2, 4 and 8, and the same written above the prime. */
const ORDER_8 = BigInt(
  "0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
);
const SMALL = [0n, 1n, P - 1n, ORDER_8, P - ORDER_8, P, P + 1n];
const NO_ED25519: Readonly<Record<string, Uint8Array>> = {
  ...Object.fromEntries(
    SMALL.flatMap((y) => [
      [`a point of small order, y = ${y}`, littleEndian(y)],
      [`a point of small order, y = ${y}, with a sign`, littleEndian(y + 2n ** 255n)],
    ]),
  ),
  "a point that is not on the curve": littleEndian(2n),
  "y above the prime": littleEndian(2n ** 255n - 1n),
  "all ones": new Uint8Array(32).fill(0xFF),
};
const NO_P256: Readonly<Record<string, Uint8Array>> = {
  "a point that is not on the curve": new Uint8Array(64).fill(1),
  "nothing, at infinity": new Uint8Array(64),
  "coordinates above the prime": new Uint8Array(64).fill(0xFF),
  "a valid point whose y is another": ES256.spki.slice(27).with(63, ES256.spki[90]! ^ 1),
};

const BAD_KEYS: readonly (readonly [string, Uint8Array])[] = [
  ...Object.entries(NO_ED25519).map(([what, key]) =>
    [`Ed25519: ${what}`, concatBytes([ED25519, key])] as const
  ),
  ...Object.entries(NO_P256).map(([what, key]) =>
    [`P-256: ${what}`, concatBytes([P256, key])] as const
  ),
  ["Ed25519: a byte too few", EDDSA.spki.subarray(0, 43)],
  ["Ed25519: a byte too many", concatBytes([EDDSA.spki, new Uint8Array(1)])],
  ["P-256: at infinity, as one byte", concatBytes([P256.subarray(0, -1), new Uint8Array(1)])],
  ["P-256: a compressed point", concatBytes([P256.with(26, 2), ES256.spki.slice(27, 59)])],
  [
    "P-256: an Ed25519 key in its place",
    concatBytes([P256, EDDSA.spki.slice(12), EDDSA.spki.slice(12)]),
  ],
  ["Ed25519: x of a P-256 key in its place", concatBytes([ED25519, new Uint8Array(32).fill(2)])],
  ["nothing", new Uint8Array(0)],
];

function trustOf(...keys: readonly Uint8Array[]): TrustFile {
  return {
    sequenceNumber: 1,
    expiresAtS: 2_000_000_000,
    threshold: 1,
    rootThreshold: 1,
    keys: keys.map((spki, i) => ({ name: `k${i}`, spki, isRoot: true, isRelease: true })),
    revoked: [],
  };
}

/** What `encodeTrust` would make of a key if it took it. */
function payloadWith(spki: Uint8Array): Uint8Array {
  const map = new Map(decodeCbor(encodeTrust(trustOf(EDDSA.spki))) as Map<number, CborValue>);
  return encodeCbor(map.set(6, [["k0", spki, 3]]));
}

function sign1(
  algorithm: SignatureAlgorithm,
  spki: Uint8Array,
  signature: Uint8Array,
): CoseSign1 {
  const keyId = keyIdOf(spki);
  return {
    algorithm,
    isAlgorithmProtected: true,
    keyId,
    protectedBytes: protectedHeader(algorithm, keyId),
    unprotected: new Map(),
    signature,
  };
}

for (const [what, spki] of BAD_KEYS) {
  Deno.test(`a key that is none is refused: ${what}`, async () => {
    throws(() => algorithmOf(spki), { code: "TRUST_KEY" });
    throws(() => encodeTrust(trustOf(spki)), { code: "TRUST_KEY" });
    const payload = payloadWith(spki);
    throws(() => decodeTrustFile(encodeTrustFile(payload, [])), { code: "TRUST_KEY" });
    // R of small order and S = 0: of a key of small order that is a signature of one message in eight.
    for (const y of SMALL) {
      const forged = concatBytes([littleEndian(y), new Uint8Array(32)]);
      const file = encodeTrustFile(payload, [sign1("EdDSA", spki, forged)]);
      await rejects(openTrust([file], ASKED), { code: "TRUST_KEY" });
    }
  });
}

Deno.test("algorithmOf() takes every key that is made", async () => {
  for (let i = 0; i < 20; i++) {
    for (const algorithm of ["EdDSA", "ES256"] as const) {
      strictEqual(algorithmOf((await generateSigningKey(algorithm)).spki), algorithm);
    }
  }
});

/** A trust file of one key, signed by it in the way of `header`. */
async function signedBy(
  key: SigningKey,
  header: readonly (readonly [number, CborValue])[],
  unprotected: readonly (readonly [number, CborValue])[] = [],
): Promise<Uint8Array> {
  const payload = encodeTrust(trustOf(key.spki));
  const protectedBytes = header.length === 0 ? new Uint8Array(0) : encodeCbor(new Map(header));
  const signature = await key.sign(toBeSigned(protectedBytes, payload, TRUST_AAD));
  const one = { ...sign1(key.algorithm, key.spki, signature), protectedBytes };
  return encodeTrustFile(payload, [{ ...one, unprotected: new Map(unprotected) }]);
}

const NUMBERS = { EdDSA: -8, ES256: -7 } as const;

for (const [key, other] of [[EDDSA, ES256], [ES256, EDDSA]] as const) {
  const name = key.algorithm;
  const alg = [1, NUMBERS[name]] as const;
  const wrong = [1, NUMBERS[other.algorithm]] as const;
  const kid = [4, keyIdOf(key.spki)] as const;

  Deno.test(`a signature by ${name} counts in canvoy's form, and as nothing else`, async () => {
    strictEqual((await openTrust([await signedBy(key, [alg, kid])], ASKED)).sequenceNumber, 1);
    const cases: Readonly<Record<string, Promise<Uint8Array>>> = {
      "the other algorithm": signedBy(key, [wrong, kid]),
      "the algorithm unprotected": signedBy(key, [kid], [alg]),
      "the other algorithm unprotected, too": signedBy(key, [alg, kid], [wrong]),
      "the same unprotected, too": signedBy(key, [alg, kid], [alg]),
      "the other one protected, the right one not": signedBy(key, [wrong, kid], [alg]),
      "a list of critical headers": signedBy(key, [alg, [2, [1]], kid]),
      "one more header": signedBy(key, [alg, kid, [5, new Uint8Array(12)]]),
    };
    for (const [what, file] of Object.entries(cases)) {
      await rejects(openTrust([await file], ASKED), { code: "BUNDLE_SIGNATURE" }, what);
    }
    const unreadable: Readonly<Record<string, Promise<Uint8Array>>> = {
      "no algorithm": signedBy(key, [kid]),
      "no headers": signedBy(key, []),
      "an algorithm that is none": signedBy(key, [[1, 0], kid]),
      "HMAC": signedBy(key, [[1, 5], kid]),
      "ES384": signedBy(key, [[1, -35], kid]),
      "its algorithm as text": signedBy(key, [[1, name], kid]),
    };
    for (const [what, file] of Object.entries(unreadable)) {
      await rejects(openTrust([await file], ASKED), { code: "BUNDLE_FORMAT" }, what);
    }
    await rejects(openTrust([await signedBy(key, [alg])], ASKED), {
      code: "BUNDLE_SIGNER_UNKNOWN",
    });
    await rejects(openTrust([await signedBy(key, [alg], [kid])], ASKED), {
      code: "BUNDLE_SIGNER_UNKNOWN",
    });
  });

  Deno.test(`a signature by ${name} does not count under the identifier of a key of the other kind`, async () => {
    const message = Uint8Array.of(1, 2, 3);
    const signed = { payload: message, externalAad: new Uint8Array(0), what: "bundle" };
    for (const algorithm of [name, other.algorithm]) {
      const header = protectedHeader(algorithm, keyIdOf(other.spki));
      const signature = await key.sign(toBeSigned(header, message));
      const one = decodeCoseSign1(encodeCoseSign1(sign1(algorithm, other.spki, signature)));
      const keys = [{ name: "other", spki: other.spki }];
      if (algorithm === name) {
        throws(() => checksOf([one], keys, signed), { code: "BUNDLE_SIGNATURE" });
      } else ok(!await verifySignature(checksOf([one], keys, signed)[0]!));
    }
    // Offered to the verifier as what it is not.
    const check = { key, message, signature: await key.sign(message) };
    ok(await verifySignature({ ...check, algorithm: name }));
    ok(!await verifySignature({ ...check, algorithm: other.algorithm }));
  });
}

Deno.test("signatures of other lengths, of zeros and in the other form of s are no signatures", async () => {
  const message = Uint8Array.of(1, 2, 3);
  for (const { algorithm, spki, sign } of [EDDSA, ES256]) {
    for (const size of [0, 63, 65, 70, 72, 128]) {
      const one = sign1(algorithm, spki, new Uint8Array(size));
      throws(() => decodeCoseSign1(encodeCoseSign1(one)), { code: "BUNDLE_FORMAT" });
    }
    const signature = await sign(message);
    const check = { key: { spki }, algorithm, message };
    for (const bad of [new Uint8Array(64), new Uint8Array(64).fill(0xFF), signature.toReversed()]) {
      ok(!await verifySignature({ ...check, signature: bad }));
    }
  }
  // Ed25519: S and S + L would both verify if S were not to be below L (RFC 8032, "Verify").
  const signature = await EDDSA.sign(message);
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${signature.slice(32).reverse().toHex()}`) + order;
  const malleable = concatBytes([signature.subarray(0, 32), littleEndian(s)]);
  const check = { key: EDDSA, algorithm: "EdDSA", message } as const;
  ok(await verifySignature({ ...check, signature }));
  ok(!await verifySignature({ ...check, signature: malleable }));
});
