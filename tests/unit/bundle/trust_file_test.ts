import { deepStrictEqual, throws } from "node:assert/strict";
import { generateSigningKey } from "../../../src/adapters/mod.ts";
import {
  checkRootsSigned,
  type CoseSign1,
  decodeTrustFile,
  encodeTrust,
  encodeTrustFile,
  keyIdOf,
  protectedHeader,
  type TrustedKey,
  type TrustFile,
} from "../../../src/bundle/mod.ts";
import { type CborValue, decodeCbor, encodeCbor } from "../../../src/codec/mod.ts";

const [A, B] = await Promise.all(["EdDSA", "ES256"].map(async (algorithm): Promise<TrustedKey> => {
  const { spki } = await generateSigningKey(algorithm as "EdDSA" | "ES256");
  return { name: algorithm, spki, isRoot: true, isRelease: true };
})) as [TrustedKey, TrustedKey];

const TRUST: TrustFile = {
  sequenceNumber: 1,
  expiresAtS: 2_000_000_000,
  threshold: 1,
  rootThreshold: 1,
  keys: [A, B],
  revoked: [],
};

/** A signature in canvoy's form; whether it verifies is judged elsewhere. */
function signatureBy({ spki }: TrustedKey): CoseSign1 {
  const keyId = keyIdOf(spki);
  return {
    algorithm: "EdDSA",
    isAlgorithmProtected: true,
    keyId,
    protectedBytes: protectedHeader("EdDSA", keyId),
    unprotected: new Map(),
    signature: new Uint8Array(64),
  };
}

function signed(trust: TrustFile, ...keys: readonly TrustedKey[]) {
  return decodeTrustFile(encodeTrustFile(encodeTrust(trust), keys.map(signatureBy)));
}

Deno.test("decodeTrustFile() gives back what encodeTrustFile() was given", () => {
  deepStrictEqual(signed({ ...TRUST, revoked: [keyIdOf(B.spki)] }, A).trust, {
    ...TRUST,
    revoked: [keyIdOf(B.spki)],
  });
});

const MISTAKES: readonly (readonly [string, Partial<TrustFile>])[] = [
  ["no key", { keys: [] }],
  ["a key twice, under two names", { keys: [A, { ...A, name: "another" }], threshold: 2 }],
  ["a threshold of 0", { threshold: 0 }],
  ["a root threshold of 0", { rootThreshold: 0 }],
  ["a threshold that its keys cannot meet", { threshold: 3 }],
  ["a threshold that only a revoked key would meet", {
    threshold: 2,
    revoked: [keyIdOf(A.spki)],
  }],
  ["release keys that are roots only", {
    keys: [{ ...A, isRelease: false }, { ...B, isRoot: false, isRelease: true }],
    threshold: 2,
  }],
  ["a root threshold that release keys alone would meet", {
    keys: [A, { ...B, isRoot: false }],
    rootThreshold: 2,
  }],
  ["an expiry that no date tells", { expiresAtS: Number.MAX_SAFE_INTEGER }],
];

for (const [what, changes] of MISTAKES) {
  Deno.test(`encodeTrust() and decodeTrustFile() refuse ${what}`, () => {
    const trust = { ...TRUST, ...changes };
    throws(() => encodeTrust(trust), { code: "TRUST_FORMAT" });
    const bytes = encodeTrust(TRUST);
    const map = new Map(decodeCbor(bytes) as Map<number, CborValue>);
    map.set(3, trust.expiresAtS).set(4, trust.threshold).set(5, trust.rootThreshold);
    map.set(
      6,
      trust.keys.map(({ name, spki, isRoot, isRelease }) => [
        name,
        spki,
        Number(isRoot) + 2 * Number(isRelease),
      ]),
    );
    map.set(7, trust.revoked);
    throws(() => decodeTrustFile(encodeTrustFile(encodeCbor(map), [])), { code: "TRUST_FORMAT" });
  });
}

Deno.test("decodeTrustFile() refuses a name that could steer a terminal, and unknown members", () => {
  for (const name of ["", "\u001b[2J", "a\nb", "\u202ea"]) {
    const bytes = encodeTrust({ ...TRUST, keys: [{ ...A, name }] });
    throws(() => decodeTrustFile(encodeTrustFile(bytes, [])), { code: "TRUST_FORMAT" });
  }
  const map = new Map(decodeCbor(encodeTrust(TRUST)) as Map<number, CborValue>).set(8, 0);
  throws(() => decodeTrustFile(encodeTrustFile(encodeCbor(map), [])), { code: "TRUST_FORMAT" });
});

Deno.test("checkRootsSigned() counts keys that signed, not keys that are listed or revoked", () => {
  const [idA, idB] = [A, B].map(({ spki }) => keyIdOf(spki).toHex()) as [string, string];
  checkRootsSigned(signed(TRUST, A), [idA.slice(0, 16)]);
  checkRootsSigned(signed(TRUST, A, B), [idB.toUpperCase(), idA]);
  checkRootsSigned(signed(TRUST), []);
  const unknown = { code: "TRUST_ROOT_UNKNOWN" };
  throws(() => checkRootsSigned(signed(TRUST, A), [idB]), unknown);
  throws(() => checkRootsSigned(signed(TRUST, A), [idA, idB]), unknown);
  const revoked = { ...TRUST, revoked: [keyIdOf(A.spki)] };
  throws(() => checkRootsSigned(signed(revoked, A, B), [idA]), unknown);
});
