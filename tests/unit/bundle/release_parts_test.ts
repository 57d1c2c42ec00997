/** What a release is packed into, what of it is refused when it is read, and who must have signed it. */
import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { generateSigningKey } from "../../../src/adapters/mod.ts";
import {
  BUNDLE_CBOR,
  checkRootsSigned,
  checksOf,
  checkTrustIsCurrent,
  componentFor,
  type CoseSign1,
  decodeTrustFile,
  encodeTrust,
  encodeTrustFile,
  judgeSigners,
  keyIdOf,
  type NamedKey,
  packRelease,
  protectedHeader,
  readRelease,
  type Release,
  type ReleaseComponent,
  type SignatureCheck,
  suitClassOf,
  type SuitEnvelope,
  type TrustFile,
} from "../../../src/bundle/mod.ts";
import { type CborValue, decodeCbor, encodeCbor } from "../../../src/codec/mod.ts";
import { createImage } from "../../../src/image/mod.ts";

const IMAGE = createImage([{ address: 0x0800_4000, data: Uint8Array.of(1, 2, 3) }]);
const FORMAT = { code: "BUNDLE_FORMAT" };
const UNKNOWN = { code: "BUNDLE_UNKNOWN_PART" };

const DOOR: ReleaseComponent = {
  name: "door",
  hardware: "HW",
  part: "P",
  version: "1.2.3",
  requires: [{ name: "gateway", version: "2.0" }],
};
const GATEWAY: ReleaseComponent = { name: "gateway", hardware: "GW", version: "2.0", requires: [] };

function release(...components: readonly ReleaseComponent[]): Release {
  return {
    vendor: "example.com",
    sequenceNumber: 1,
    description: "",
    components,
    images: new Map(components.map(({ name }) => [name, IMAGE])),
  };
}

Deno.test("suitClassOf() makes the UUIDs that others make of the same words", () => {
  const classOf = (part?: string): readonly string[] => {
    const { vendorIdentifier, classIdentifier } = suitClassOf("example.com", "HW", part);
    return [vendorIdentifier.toHex(), classIdentifier.toHex()];
  };
  // By Python's uuid.uuid5().
  const vendor = "cfbff0d193755685968c48ce8b15ae17";
  deepStrictEqual(classOf(), [vendor, "994d7aae68d359089db35c9e5b6bd1be"]);
  deepStrictEqual(classOf("P"), [vendor, "c975df5618745c4c872410a6c827cafd"]);
});

Deno.test("packRelease() writes identifiers, texts and records of what a component is, and no more", () => {
  const { manifest } = packRelease(release(DOOR, GATEWAY));
  const decoder = new TextDecoder();
  deepStrictEqual(manifest.components.map((id) => id.map((part) => decoder.decode(part))), [
    ["door", "HW", "P"],
    ["gateway", "GW"],
  ]);
  const text = manifest.text?.kind === "here" ? manifest.text.part.get("en") : undefined;
  deepStrictEqual(text?.manifest.size, 0);
  deepStrictEqual(text?.components.map(({ texts }) => [...texts]), [
    [[2, "HW"], [3, "example.com"], [6, "1.2.3"]],
    [[2, "GW"], [3, "example.com"], [6, "2.0"]],
  ]);
  const records = manifest.shared!.flatMap((command) =>
    command.name === "directive-override-parameters"
      ? [decodeCbor(command.parameters.release!) as Map<number, CborValue>]
      : []
  );
  deepStrictEqual(records.map((record) => [...record.keys()]), [[1, 2, 3, 4, 5, 6], [1, 2, 3, 5]]);
  deepStrictEqual(readRelease(packRelease(release(DOOR, GATEWAY))), release(DOOR, GATEWAY));
  // Whoever carries it out compares maker, hardware and image of each.
  const conditions = [...manifest.shared!, ...manifest.validate!].map(({ name }) => name)
    .filter((name) => name.startsWith("condition-"));
  const both = ["condition-vendor-identifier", "condition-class-identifier"];
  const match = "condition-image-match";
  deepStrictEqual(conditions, [...both, ...both, match, match]);
});

Deno.test("packRelease() takes texts of 256 letters, and refuses a component without its image", () => {
  const long = release({ ...GATEWAY, hardware: "H".repeat(256) });
  deepStrictEqual(readRelease(packRelease(long)), long);
  throws(() => packRelease({ ...long, images: new Map() }), {
    ...FORMAT,
    message: /the image "gateway" is missing/,
  });
});

Deno.test("packRelease() refuses a component twice, and one that lacks what it needs", () => {
  const dependency = { code: "BUNDLE_DEPENDENCY" };
  throws(() => packRelease(release(GATEWAY, GATEWAY)), { ...FORMAT, message: /is there twice/ });
  packRelease(release(GATEWAY, { ...GATEWAY, part: "P" }, DOOR));
  for (
    const others of [
      [],
      [{ ...GATEWAY, version: "1.9" }],
      [{ ...GATEWAY, name: "other" }],
      [GATEWAY, { ...GATEWAY, part: "P", version: "1.9" }],
      [{ name: "gateway", hardware: "GW", requires: [] }],
      [{ ...GATEWAY, version: "new" }],
    ]
  ) throws(() => packRelease(release(DOOR, ...others)), dependency);
});

Deno.test("readRelease() refuses a manifest that says anything else than canvoy carries out", () => {
  const good = packRelease(release(DOOR, GATEWAY));
  const { manifest } = good;
  const { text: _text, ...withoutText } = manifest;
  const { shared: _shared, ...withoutShared } = manifest;
  const load = [{ name: "condition-abort", policy: 0 }] as const;
  const without = (name: "imageDigest" | "release") =>
    manifest.shared!.map((command) => {
      if (command.name !== "directive-override-parameters") return command;
      const { [name]: _left, ...parameters } = command.parameters;
      return { ...command, parameters };
    });
  const refused: readonly (readonly [Partial<SuitEnvelope>, object])[] = [
    [{ manifest: { ...manifest, load } }, UNKNOWN],
    [{ manifest: { ...manifest, validate: [] } }, UNKNOWN],
    [{ manifest: { ...manifest, referenceUri: "https://example.com" } }, UNKNOWN],
    [{ manifest: withoutText }, UNKNOWN],
    [{ manifest: { ...manifest, shared: without("imageDigest") } }, { code: "BUNDLE_DIGEST" }],
    [{ manifest: { ...manifest, shared: without("release") } }, {
      ...FORMAT,
      message: /a component has no record of canvoy's/,
    }],
    [{ manifest: withoutShared }, { ...FORMAT, message: /it has no component/ }],
    [{ payloads: new Map() }, { ...FORMAT, message: /the image "door" is missing/ }],
    [{ payloads: new Map(good.payloads).set("#more", Uint8Array.of(1)) }, FORMAT],
    [{ payloads: new Map(good.payloads).set("#door", Uint8Array.of(1)) }, { code: "BUNDLE_SIZE" }],
    [
      {
        payloads: new Map(good.payloads).set(
          "#door",
          good.payloads.get("#door")!.with(-1, 0),
        ),
      },
      { code: "BUNDLE_DIGEST" },
    ],
    [{ severed: { install: [] } }, FORMAT],
  ];
  for (const [change, error] of refused) throws(() => readRelease({ ...good, ...change }), error);
});

Deno.test("componentFor() takes what is for any part, and says what it has not", () => {
  const any = release({ ...GATEWAY, name: "any" }, { ...GATEWAY, hardware: "OTHER" });
  strictEqual(componentFor(any, { hardware: "GW", part: "9", name: "x" }).name, "any");
  throws(() => componentFor(any, { hardware: "XX", name: "any" }), {
    message: 'Cannot use bundle: it has nothing for hardware "XX"',
  });
  const two = release({ ...GATEWAY, name: "a" }, { ...GATEWAY, name: "b" });
  throws(() => componentFor(two, { hardware: "GW", part: "9", name: "x" }), {
    message: 'Cannot use bundle: 2 components are for hardware "GW", part "9", 0 of them named "x"',
  });
});

const KEYS = await Promise.all(["a", "b"].map(async (name): Promise<NamedKey> => {
  const { spki } = await generateSigningKey("EdDSA");
  return { name, spki };
})) as [NamedKey, NamedKey];

function signatureBy({ spki }: NamedKey, more: Partial<CoseSign1> = {}): CoseSign1 {
  const keyId = keyIdOf(spki);
  return {
    algorithm: "EdDSA",
    isAlgorithmProtected: true,
    keyId,
    protectedBytes: protectedHeader("EdDSA", keyId),
    unprotected: new Map(),
    signature: new Uint8Array(64),
    ...more,
  };
}

Deno.test("checksOf() takes each key once, in canvoy's form, and none that it does not know", () => {
  const [a, b] = KEYS;
  const nothing = new Uint8Array(0);
  const signed = { payload: nothing, externalAad: nothing, what: "bundle" };
  const of = (...signatures: readonly CoseSign1[]) => checksOf(signatures, KEYS, signed);
  deepStrictEqual(of(signatureBy(a), signatureBy(b)).map(({ key }) => key.name), ["a", "b"]);
  const form = { code: "BUNDLE_SIGNATURE" };
  throws(() => of(signatureBy(a), signatureBy(a)), form);
  throws(() => of(signatureBy(a, { unprotected: new Map([[5, 0]]) })), form);
  throws(() => of(signatureBy(a, { protectedBytes: Uint8Array.of(0xA0) })), form);
  throws(() => checksOf([signatureBy(a)], [b], signed), {
    code: "BUNDLE_SIGNER_UNKNOWN",
    message: `Cannot use bundle: it is signed by an unknown key ${
      keyIdOf(a.spki).toHex().slice(0, 16)
    }`,
  });
  const { keyId: _keyId, ...unnamed } = signatureBy(a);
  throws(() => of(unnamed), { code: "BUNDLE_SIGNER_UNKNOWN", message: /signed by no key/ });
});

Deno.test("judgeSigners() counts keys whose signature belongs to it, and that are not revoked", () => {
  const [a, b] = KEYS;
  const checks = KEYS.map((key) => ({ key }) as SignatureCheck);
  const judge = (
    results: readonly boolean[],
    threshold: number,
    revoked: readonly NamedKey[] = [],
  ) =>
    judgeSigners(checks.slice(0, Math.max(1, results.length)), results, {
      threshold,
      revoked: revoked.map(({ spki }) => keyIdOf(spki)),
      what: "bundle",
      codes: { invalid: "BUNDLE_SIGNATURE", tooFew: "BUNDLE_THRESHOLD" },
    });
  deepStrictEqual(judge([true, true], 2), ["a", "b"]);
  deepStrictEqual(judge([true, true], 1, [a]), ["b"]);
  for (const results of [[false, true], [true, false], [false], []]) {
    throws(() => judge(results, 1), { code: "BUNDLE_SIGNATURE" });
  }
  throws(() => judge([true], 2), { code: "BUNDLE_THRESHOLD" });
  throws(() => judge([true, true], 2, [b]), { code: "BUNDLE_KEY_REVOKED" });
});

const TRUST: TrustFile = {
  sequenceNumber: 1,
  // 2025-12-01.
  expiresAtS: 1_764_547_200,
  threshold: 1,
  rootThreshold: 1,
  keys: [{ ...KEYS[0], isRoot: true, isRelease: true }],
  revoked: [],
};

Deno.test("checkTrustIsCurrent() refuses a trust file from the second on that it expires at", () => {
  checkTrustIsCurrent(TRUST, TRUST.expiresAtS - 1);
  for (const nowS of [TRUST.expiresAtS, TRUST.expiresAtS + 1]) {
    throws(() => checkTrustIsCurrent(TRUST, nowS), {
      code: "TRUST_EXPIRED",
      message: "Cannot use trust file: it expired on 2025-12-01",
    });
  }
});

Deno.test("decodeTrustFile() refuses another version, another form of a key, and texts for numbers", () => {
  const read = (change: readonly (readonly [number, unknown])[]) => {
    const map = decodeCbor(encodeTrust(TRUST)) as Map<number, CborValue>;
    const changed = new Map<number, unknown>([...map, ...change]);
    return decodeTrustFile(encodeTrustFile(encodeCbor(changed, BUNDLE_CBOR), []));
  };
  const { name, spki } = KEYS[0];
  deepStrictEqual(read([[6, [[name, spki, 3]]]]).trust, TRUST);
  const root = [[name, spki, 3], ["b", KEYS[1].spki, 1]];
  deepStrictEqual(read([[6, root]]).trust.keys.map(({ isRelease }) => isRelease), [true, false]);
  // The last second of the year 9999.
  const last = 253_402_300_799;
  strictEqual(read([[3, last]]).trust.expiresAtS, last);
  throws(() => read([[3, last + 1]]), { code: "TRUST_FORMAT" });
  const { keyId: _keyId, ...unnamed } = signatureBy(KEYS[0]);
  throws(
    () =>
      checkRootsSigned({ trust: TRUST, payload: new Uint8Array(0), signatures: [unnamed] }, ["00"]),
    { code: "TRUST_ROOT_UNKNOWN" },
  );
  for (
    const change of [
      [1, 2],
      [2, "1"],
      [4, "1"],
      [6, [[name, spki, 3, 0]]],
      [6, [[name, spki, 0]]],
      [6, [[name, spki, 3], ["b", KEYS[1].spki, 0]]],
      [6, [[name, spki, 4]]],
      [6, [[name, spki, 7]]],
      [6, [[name, spki]]],
    ] as const
  ) throws(() => read([change]), { code: "TRUST_FORMAT" }, `${change[0]} ${change[1]}`);
  throws(() => decodeTrustFile(encodeCbor([encodeTrust(TRUST), [], 0])), { code: "TRUST_FORMAT" });
});
