/** Two trust files that both follow one: which of them counts is decided by the chain that is given. */
import { rejects, strictEqual } from "node:assert/strict";
import { generateSigningKey, type SigningKey } from "../../../src/adapters/mod.ts";
import {
  BundleError,
  encodeTrust,
  encodeTrustFile,
  keyIdOf,
  protectedHeader,
  toBeSigned,
  TRUST_AAD,
} from "../../../src/bundle/mod.ts";
import { openTrust } from "../../../src/cli/open_release.ts";

const NOW_S = 1_800_000_000;
const [ROOT, LEFT, RIGHT] = await Promise.all(
  Array.from({ length: 3 }, () => generateSigningKey("EdDSA")),
) as [SigningKey, SigningKey, SigningKey];

/** A trust file with these roots, signed by these keys. */
async function file(
  sequenceNumber: number,
  roots: readonly SigningKey[],
  signers: readonly SigningKey[],
  more: { readonly rootThreshold?: number; readonly revoked?: readonly SigningKey[] } = {},
): Promise<Uint8Array> {
  const payload = encodeTrust({
    sequenceNumber,
    expiresAtS: NOW_S + 1000,
    threshold: 1,
    rootThreshold: more.rootThreshold ?? 1,
    keys: roots.map(({ spki }, i) => ({ name: `k${i}`, spki, isRoot: true, isRelease: true })),
    revoked: (more.revoked ?? []).map(({ spki }) => keyIdOf(spki)),
  });
  return encodeTrustFile(
    payload,
    await Promise.all(signers.map(async ({ algorithm, spki, sign }) => {
      const keyId = keyIdOf(spki);
      const protectedBytes = protectedHeader(algorithm, keyId);
      return {
        algorithm,
        isAlgorithmProtected: true,
        keyId,
        protectedBytes,
        unprotected: new Map(),
        signature: await sign(toBeSigned(protectedBytes, payload, TRUST_AAD)),
      };
    })),
  );
}

/** Not signed by those who may say what follows. */
function isUnsigned(error: unknown): boolean {
  return error instanceof BundleError &&
    ["TRUST_SIGNATURE", "BUNDLE_SIGNER_UNKNOWN"].includes(error.code);
}

function open(...files: readonly Uint8Array[]) {
  return openTrust(files, { nowS: NOW_S, rootKeyIds: [keyIdOf(ROOT.spki).toHex()] });
}

/** One, and two that follow it: with the same number, and other keys. */
const first = await file(1, [ROOT], [ROOT]);
const left = await file(2, [LEFT], [ROOT, LEFT]);
const right = await file(2, [RIGHT], [ROOT, RIGHT]);

Deno.test("trust files that fork: each alone follows the one before", async () => {
  strictEqual((await open(first, left)).keys[0]!.name, "k0");
  strictEqual((await open(first, right)).keys[0]!.name, "k0");
});

Deno.test("trust files that fork: one does not follow the other, in whichever order", async () => {
  // The parent's root does not speak for the other branch, whose roots are others now.
  await rejects(open(first, left, right), isUnsigned);
  await rejects(open(first, right, left), isUnsigned);
  // Not by a higher number either.
  const higher = await file(3, [RIGHT], [ROOT, RIGHT]);
  await rejects(open(first, left, higher), isUnsigned);
  strictEqual((await open(first, right, await file(3, [RIGHT], [RIGHT]))).sequenceNumber, 3);
  await rejects(open(first, left, await file(3, [RIGHT], [RIGHT])), isUnsigned);
});

Deno.test("trust files that fork with the same roots: the same number does not follow", async () => {
  const one = await file(2, [ROOT, LEFT], [ROOT]);
  const other = await file(2, [ROOT, RIGHT], [ROOT]);
  await rejects(open(first, one, other), { code: "TRUST_ROLLBACK" });
  await rejects(open(first, other, one), { code: "TRUST_ROLLBACK" });
  await rejects(open(first, one, one), { code: "TRUST_ROLLBACK" });
  await rejects(open(first, await file(3, [ROOT], [ROOT]), one), { code: "TRUST_ROLLBACK" });
});

Deno.test("trust files that fork: a root that one branch has revoked does not bring in the other", async () => {
  const revoking = await file(2, [ROOT, LEFT], [ROOT, LEFT], { revoked: [ROOT] });
  const late = await file(3, [ROOT, RIGHT], [ROOT]);
  await rejects(open(first, revoking, late), { code: "BUNDLE_KEY_REVOKED" });
});

Deno.test("trust files that fork: the middle cannot be left out where its roots are others", async () => {
  const later = await file(3, [LEFT], [LEFT]);
  strictEqual((await open(first, left, later)).sequenceNumber, 3);
  await rejects(open(first, later), isUnsigned);
  await rejects(open(later), { code: "TRUST_ROOT_UNKNOWN" });
});
