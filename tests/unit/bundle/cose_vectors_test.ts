import { ok, strictEqual, throws } from "node:assert/strict";
import {
  BundleError,
  type CoseSign1,
  decodeCoseSign1,
  encodeCoseSign1,
  toBeSigned,
} from "../../../src/bundle/mod.ts";
import { encodeCbor } from "../../../src/codec/mod.ts";

const FOLDER = new URL("../../vectors/cose/", import.meta.url);

interface Vector {
  readonly title: string;
  readonly fail?: boolean;
  readonly input: {
    readonly sign0: {
      readonly key: Readonly<Record<string, string>>;
      readonly external?: string;
    };
  };
  readonly intermediates: { readonly ToBeSign_hex: string };
  readonly output: { readonly cbor: string };
}

function readVectors(): readonly Vector[] {
  return [...Deno.readDirSync(FOLDER)]
    .filter(({ name }) => name.endsWith(".json"))
    .map(({ name }) => JSON.parse(Deno.readTextFileSync(new URL(name, FOLDER))));
}

async function verifies({ input }: Vector, sign1: CoseSign1, message: Uint8Array) {
  const { kty, crv, x, y, x_hex } = input.sign0.key;
  const jwk = kty === "OKP"
    ? {
      kty,
      crv,
      x: Uint8Array.fromHex(x_hex!).toBase64({ alphabet: "base64url", omitPadding: true }),
    }
    : { kty, crv, x, y };
  const method = kty === "OKP" ? { name: "Ed25519" } : { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("jwk", jwk as JsonWebKey, method, false, ["verify"]);
  return await crypto.subtle.verify(
    { ...method, hash: "SHA-256" },
    key,
    new Uint8Array(sign1.signature),
    new Uint8Array(message),
  );
}

Deno.test("the vectors are all there: four that pass, three that fail", () => {
  const vectors = readVectors();
  strictEqual(vectors.filter(({ fail }) => fail === true).length, 3);
  strictEqual(vectors.length, 7);
});

for (const vector of readVectors().filter(({ fail }) => fail !== true)) {
  Deno.test(`decodeCoseSign1() reads ${vector.title}, which verifies`, async () => {
    const bytes = Uint8Array.fromHex(vector.output.cbor);
    const sign1 = decodeCoseSign1(bytes);
    const external = Uint8Array.fromHex(vector.input.sign0.external ?? "");
    const message = toBeSigned(sign1.protectedBytes, sign1.payload!, external);
    strictEqual(message.toHex(), vector.intermediates.ToBeSign_hex.toLowerCase());
    ok(await verifies(vector, sign1, message));
    strictEqual(encodeCoseSign1(sign1).toHex(), bytes.toHex());
  });
}

for (const vector of readVectors().filter(({ fail }) => fail === true)) {
  Deno.test(`decodeCoseSign1() does not let ${vector.title} pass`, async () => {
    const bytes = Uint8Array.fromHex(vector.output.cbor);
    let sign1: CoseSign1;
    try {
      sign1 = decodeCoseSign1(bytes);
    } catch (error) {
      ok(error instanceof BundleError, String(error));
      return;
    }
    ok(!await verifies(vector, sign1, toBeSigned(sign1.protectedBytes, sign1.payload!)));
  });
}

Deno.test("decodeCoseSign1() refuses critical headers that it does not know", () => {
  const header = encodeCbor(new Map<number, unknown>([[1, -8], [2, [99]], [99, 1]]));
  const sign1 = encodeCoseSign1({
    algorithm: "EdDSA",
    isAlgorithmProtected: true,
    protectedBytes: header,
    unprotected: new Map(),
    signature: new Uint8Array(64),
  });
  throws(() => decodeCoseSign1(sign1), { code: "BUNDLE_UNKNOWN_PART" });
});
