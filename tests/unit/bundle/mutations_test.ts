import { ok, strictEqual } from "node:assert/strict";
import { verifySignature } from "../../../src/adapters/mod.ts";
import { generateSigningKey, type SigningKey } from "../../../src/adapters/mod.ts";
import {
  BUNDLE_CBOR,
  BundleError,
  type CoseSign1,
  encodeSuitEnvelope,
  keyIdOf,
  packRelease,
  protectedHeader,
  signedDigest,
  type SuitEnvelope,
  toBeSigned,
  type TrustFile,
} from "../../../src/bundle/mod.ts";
import { CborTag, type CborValue, decodeCbor, encodeCbor } from "../../../src/codec/mod.ts";
import { Prng } from "../../../src/core/mod.ts";
import { createImage } from "../../../src/image/mod.ts";
import { verifyRelease } from "../../../src/cli/open_release.ts";
import { dearTest } from "../../support/dear.ts";

const FLIPS_MIN = 100_000;
const MUTATIONS = 10_000;
const SEED = 20261124;

/** A signed release of three small images, and who is trusted to sign it. */
async function signedRelease(
  imageBytes: number,
): Promise<{ readonly bytes: Uint8Array; readonly trust: TrustFile }> {
  const keys = [await generateSigningKey("EdDSA"), await generateSigningKey("ES256")];
  const prng = new Prng(SEED);
  const names = ["gateway", "door", "lamp"];
  const unsigned = packRelease({
    vendor: "example.com",
    sequenceNumber: 7,
    description: "a release",
    components: names.map((name) => ({
      name,
      hardware: `HW-${name}`,
      version: "1.2.3",
      requires: name === "door" ? [{ name: "gateway", version: "1.2.0" }] : [],
    })),
    images: new Map(names.map((name) => [
      name,
      createImage([{ address: 0x0800_8000, data: prng.bytes(imageBytes) }]),
    ])),
  });
  const signatures = await Promise.all(keys.map((key) => sign(key, unsigned)));
  return {
    bytes: encodeSuitEnvelope({ ...unsigned, signatures }),
    trust: {
      sequenceNumber: 1,
      expiresAtS: 2 ** 40,
      threshold: 2,
      rootThreshold: 1,
      keys: keys.map(({ spki }, i) => ({ name: `key ${i}`, spki, isRoot: true, isRelease: true })),
      revoked: [],
    },
  };
}

async function sign(key: SigningKey, { manifest }: SuitEnvelope): Promise<CoseSign1> {
  const keyId = keyIdOf(key.spki);
  const protectedBytes = protectedHeader(key.algorithm, keyId);
  const signature = await key.sign(toBeSigned(protectedBytes, signedDigest(manifest)));
  const { algorithm } = key;
  return {
    algorithm,
    isAlgorithmProtected: true,
    keyId,
    protectedBytes,
    unprotected: new Map(),
    signature,
  };
}

/** Whether a bundle is accepted; what refuses it must be one of our own errors. */
async function isAccepted(bytes: Uint8Array, trust: TrustFile): Promise<boolean> {
  try {
    await verifyRelease(bytes, trust);
    return true;
  } catch (error) {
    ok(error instanceof BundleError, `not typed: ${error}`);
    return false;
  }
}

async function refuseFlips(flipsMin: number): Promise<void> {
  let flips = 0;
  while (flips < flipsMin) {
    const { bytes, trust } = await signedRelease(40);
    ok(await isAccepted(bytes, trust), "the bundle itself is good");
    const changed = new Uint8Array(bytes);
    for (let bit = 0; bit < 8 * bytes.length; bit++, flips++) {
      changed[bit >> 3]! ^= 1 << (bit & 7);
      ok(!await isAccepted(changed, trust), `bit ${bit} flipped`);
      changed[bit >> 3]! ^= 1 << (bit & 7);
    }
  }
}

Deno.test("verifyRelease() accepts no bundle of which one bit is flipped: each bit of one", () =>
  refuseFlips(1));

dearTest(
  "verifyRelease() accepts no bundle of which one bit is flipped: 100,000 flips",
  () => refuseFlips(FLIPS_MIN),
);

dearTest(
  `verifyRelease() accepts none of 10,000 bundles of another structure, seed ${SEED}`,
  async () => {
    const { bytes, trust } = await signedRelease(40);
    const prng = new Prng(SEED, 1);
    let count = 0;
    while (count < MUTATIONS) {
      const changed = prng.chance(0.6)
        ? encodeCbor(mutateItem(decodeCbor(bytes, BUNDLE_CBOR), prng), {
          ...BUNDLE_CBOR,
          tags: TAGS,
        })
        : mutateBytes(bytes, prng);
      if (changed.toHex() === bytes.toHex()) continue;
      count++;
      ok(!await isAccepted(changed, trust), `mutation ${count}: ${changed.toHex()}`);
    }
  },
);

const TAGS = [18, 19, 106, 107];

/** Cuts, doubles, inserts or swaps stretches of bytes. */
function mutateBytes(bytes: Uint8Array, prng: Prng): Uint8Array {
  const [a, b] = [prng.below(bytes.length), prng.below(bytes.length)].sort((x, y) => x - y);
  const parts = [bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)] as const;
  const order = [[0], [0, 2], [0, 1, 1, 2], [0, 2, 1], [0, 1], [1, 2]][prng.below(6)]!;
  const extra = prng.chance(0.2) ? [prng.bytes(1 + prng.below(4))] : [];
  return Uint8Array.of(...[...order.map((i) => parts[i]!), ...extra].flatMap((part) => [...part]));
}

/** Changes one item somewhere, also within byte strings that hold CBOR. */
function mutateItem(value: CborValue, prng: Prng): CborValue {
  if (value instanceof CborTag) {
    return prng.chance(0.05)
      ? new CborTag(TAGS[prng.below(TAGS.length)]!, value.value)
      : new CborTag(value.tag, mutateItem(value.value, prng));
  }
  if (value instanceof Uint8Array) return mutateBytesItem(value, prng);
  if (Array.isArray(value)) return mutateArray(value, prng);
  if (value instanceof Map) {
    const pairs = [...value];
    const i = prng.below(pairs.length);
    const action = prng.below(8);
    if (action === 0) pairs.splice(i, 1);
    else if (action === 1 && pairs.length > 0) pairs[i] = [prng.below(40) - 8, pairs[i]![1]];
    else if (action === 2) pairs.push([prng.below(300) - 150, prng.bytes(3)]);
    else if (pairs.length > 0) pairs[i] = [pairs[i]![0], mutateItem(pairs[i]![1], prng)];
    return new Map(pairs);
  }
  if (typeof value === "number") return value + [1, -1, 256, -value][prng.below(4)]!;
  if (typeof value === "string") return prng.chance(0.5) ? value + "x" : value.slice(1);
  return prng.chance(0.5) ? true : 0;
}

function mutateArray(value: readonly CborValue[], prng: Prng): CborValue {
  const items = [...value];
  const i = prng.below(items.length);
  const action = prng.below(7);
  if (action === 0) items.splice(i, 1);
  else if (action === 1) items.splice(i, 0, items[i] ?? 0);
  else if (action === 2) items.reverse();
  else if (items.length > 0) items[i] = mutateItem(items[i]!, prng);
  return items;
}

function mutateBytesItem(value: Uint8Array, prng: Prng): CborValue {
  let inner: CborValue | undefined;
  try {
    inner = decodeCbor(value, BUNDLE_CBOR);
  } catch {
    // Not CBOR: its bytes are changed.
  }
  if (inner !== undefined && typeof inner === "object" && prng.chance(0.9)) {
    return encodeCbor(mutateItem(inner, prng), { ...BUNDLE_CBOR, tags: TAGS });
  }
  const changed = new Uint8Array(value);
  if (changed.length === 0 || prng.chance(0.3)) return prng.bytes(prng.below(40));
  changed[prng.below(changed.length)]! ^= 1 << prng.below(8);
  return changed;
}

Deno.test("verifySignature() verifies nothing with a key that is none", async () => {
  const check = {
    key: { spki: new Uint8Array(44) },
    algorithm: "EdDSA",
    message: new Uint8Array(1),
    signature: new Uint8Array(64),
  } as const;
  strictEqual(await verifySignature(check), false);
});
