/** What envelopes, manifests and signatures may be, and what is refused of them, part by part. */
import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  algorithmOf,
  BUNDLE_CBOR,
  decodeCoseSign1,
  decodeSuitEnvelope,
  decodeSuitManifest,
  decodeSuitSequence,
  decodeSuitText,
  encodeCoseSign1,
  encodeSuitEnvelope,
  encodeSuitManifest,
  encodeSuitSequence,
  encodeSuitText,
  protectedHeader,
  readSuitParameters,
  type SuitCommand,
  type SuitParameters,
  toBeSigned,
  toSuitParameters,
} from "../../../src/bundle/mod.ts";
import { CborTag, encodeCbor, sha256 } from "../../../src/codec/mod.ts";

const cbor = (value: unknown): Uint8Array => encodeCbor(value, BUNDLE_CBOR);
const FORMAT = { code: "BUNDLE_FORMAT" };
const UNKNOWN = { code: "BUNDLE_UNKNOWN_PART" };
const KEY_ID = new Uint8Array(32).fill(7);
const HEADER = protectedHeader("EdDSA", KEY_ID);
const SIGNATURE = new Uint8Array(64).fill(9);

/** The parts of a COSE_Sign1, one of them changed, or more of them. */
function sign1(change: Readonly<Record<number, unknown>> = {}, tag = 18): Uint8Array {
  const parts: unknown[] = [HEADER, new Map(), null, SIGNATURE];
  for (const [i, part] of Object.entries(change)) parts[Number(i)] = part;
  return cbor(new CborTag(tag, parts as never));
}

Deno.test("decodeCoseSign1() takes headers where they may stand", () => {
  strictEqual(decodeCoseSign1(sign1()).isAlgorithmProtected, true);
  const bare = decodeCoseSign1(sign1({ 0: new Uint8Array(0), 1: new Map([[1, -8]]) }));
  deepStrictEqual([bare.algorithm, bare.isAlgorithmProtected, bare.keyId], [
    "EdDSA",
    false,
    undefined,
  ]);
  const critical = cbor(new Map<number, unknown>([[1, -8], [2, [1, 4]], [4, KEY_ID]]));
  deepStrictEqual(decodeCoseSign1(sign1({ 0: critical })).keyId, KEY_ID);
});

Deno.test("decodeCoseSign1() refuses what is none, and critical headers that count for nothing", () => {
  const refused: readonly (readonly [Uint8Array, RegExp])[] = [
    [Uint8Array.of(0xFF), /^Cannot read signature: COSE_Sign1, at /],
    [cbor([HEADER, new Map(), null, SIGNATURE]), /no COSE_Sign1 with its tag 18/],
    [sign1({}, 107), /no COSE_Sign1 with its tag 18/],
    [sign1({ 1: [] }), /unprotected header is no map/],
    [sign1({ 4: 0 }), /has 5 parts, expected 4/],
    [sign1({ 1: new Map<number, unknown>([[2, [1]]]) }), /critical headers is not protected/],
    [sign1({ 0: cbor(new Map([[1, -257]])) }), /neither EdDSA nor ES256/],
  ];
  for (const [bytes, message] of refused) {
    throws(() => decodeCoseSign1(bytes), { ...FORMAT, message });
  }
  for (const list of [[], [3], [1, 3]]) {
    const header = cbor(new Map<number, unknown>([[1, -8], [2, list], [4, KEY_ID]]));
    throws(() => decodeCoseSign1(sign1({ 0: header })), UNKNOWN);
  }
});

Deno.test("toBeSigned() signs an empty protected header as no bytes, and any other as it is", () => {
  const payload = Uint8Array.of(1, 2);
  const none = new Uint8Array(0);
  for (const [written, signed] of [[[0xA0], []], [[0x05], [0x05]], [[0xA0, 1], [0xA0, 1]]]) {
    deepStrictEqual(
      toBeSigned(Uint8Array.from(written!), payload),
      cbor(["Signature1", Uint8Array.from(signed!), none, payload]),
    );
  }
});

Deno.test("algorithmOf() refuses a point of P-256 whose coordinate is written larger than it is", () => {
  // y = 5; x is a root of x^3 - 3x + b - 25, found by Python.
  const x = "d7325d7646cd60d80a92738ceb345f844cffaf35841022cab176f692de8de1d7";
  const prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
  const key = (y: bigint, of = x): Uint8Array =>
    Uint8Array.fromHex(
      `3059301306072a8648ce3d020106082a8648ce3d03010703420004${of}${
        y.toString(16).padStart(64, "0")
      }`,
    );
  strictEqual(algorithmOf(key(5n)), "ES256");
  throws(() => algorithmOf(key(5n + prime)), { code: "TRUST_KEY" });
  throws(() => algorithmOf(key(6n)), { code: "TRUST_KEY" });
  // The point with an x of 0: its y is a root of b.
  const root = 0x66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4n;
  strictEqual(algorithmOf(key(root, "0".repeat(64))), "ES256");
  throws(() => algorithmOf(key(root, prime.toString(16))), { code: "TRUST_KEY" });
});

const MATCH: SuitCommand = { name: "condition-image-match", policy: 15 };

Deno.test("decodeSuitSequence() gives back each command that encodeSuitSequence() was given", () => {
  const commands: readonly SuitCommand[] = [
    { name: "directive-set-component-index", index: 0 },
    { name: "directive-set-component-index", index: true },
    { name: "directive-set-component-index", index: [0, 2] },
    { name: "directive-run-sequence", sequence: [MATCH] },
    { name: "directive-try-each", sequences: [[MATCH], [MATCH, MATCH]], mayFail: false },
    { name: "directive-try-each", sequences: [[MATCH], [MATCH]], mayFail: true },
    { name: "directive-override-parameters", parameters: { uri: "#app" } },
    { name: "directive-swap", policy: 0 },
  ];
  deepStrictEqual(decodeSuitSequence(encodeSuitSequence(commands), { part: "install" }), commands);
});

Deno.test("decodeSuitSequence() refuses what is no list of commands, and nests too deeply", () => {
  const match = cbor([3, 15]);
  const refused: readonly (readonly [unknown, object])[] = [
    [[], FORMAT],
    [[3], FORMAT],
    [[3, 15, 3], { ...FORMAT, message: /is no list of commands with arguments/ }],
    [[3, 16], FORMAT],
    [[3, "15"], FORMAT],
    [[12, []], FORMAT],
    [[12, false], FORMAT],
    [[15, [match]], FORMAT],
    [[15, [match, null]], FORMAT],
    [[15, [null, match, match]], FORMAT],
    [[99, 0], { ...UNKNOWN, message: /a command 99 that canvoy does not know/ }],
    [["\u001b[2J", 0], { ...UNKNOWN, message: /a command that is no number that canvoy/ }],
  ];
  for (const [items, error] of refused) {
    throws(() => decodeSuitSequence(cbor(items), { part: "install" }), error);
  }
  const nested = (depth: number): Uint8Array => depth === 0 ? match : cbor([32, nested(depth - 1)]);
  strictEqual(decodeSuitSequence(nested(4), { part: "install" }).length, 1);
  throws(() => decodeSuitSequence(nested(5), { part: "install" }), FORMAT);
  const shared = { part: "shared sequence", isShared: true };
  throws(() => decodeSuitSequence(cbor([32, cbor([21, 2])]), shared), FORMAT);
});

Deno.test("readSuitParameters() gives back all that toSuitParameters() was given, and refuses the rest", () => {
  const uuid = new Uint8Array(16).fill(3);
  const bytes = Uint8Array.of(1);
  const all: Required<SuitParameters> = {
    vendorIdentifier: uuid,
    classIdentifier: uuid,
    imageDigest: new Uint8Array(32),
    componentSlot: 1,
    strictOrder: true,
    softFailure: false,
    imageSize: 5,
    content: bytes,
    uri: "#app",
    sourceComponent: 2,
    invokeArgs: bytes,
    deviceIdentifier: uuid,
    fetchArguments: bytes,
    release: bytes,
  };
  const written = toSuitParameters(all);
  deepStrictEqual(readSuitParameters(written as never), all);
  deepStrictEqual([...written.keys()], [1, 2, 3, 5, 12, 13, 14, 18, 21, 22, 23, 24, 25, -1]);
  const refused: readonly (readonly [Map<unknown, unknown>, object])[] = [
    [new Map(), FORMAT],
    [new Map([[12, 1]]), FORMAT],
    [new Map([[14, "5"]]), FORMAT],
    [new Map([[14, -1]]), FORMAT],
    [new Map([[24, bytes]]), FORMAT],
    [new Map([[4, 0]]), { ...UNKNOWN, message: /an entry 4 that canvoy does not know/ }],
    [new Map([["\u001b[2J", 0]]), UNKNOWN],
    [new Map([[[bytes], 0]]), { ...UNKNOWN, message: /an entry that is an array that canvoy/ }],
  ];
  for (const [map, error] of refused) throws(() => readSuitParameters(map as never), error);
});

Deno.test("decodeSuitText() takes tags of languages and the texts that it knows", () => {
  const text = (language: unknown, entries: readonly (readonly [unknown, unknown])[]): Uint8Array =>
    cbor(new Map([[language, new Map(entries)]]));
  const id = [Uint8Array.of(1)];
  const good = text("de-CH-1996", [[1, "a"], [4, "b"], [id, new Map([[1, "c"], [6, "d"]])]]);
  deepStrictEqual(encodeSuitText(decodeSuitText(good)), good);
  const refused: readonly (readonly [Uint8Array, object])[] = [
    [cbor(new Map()), FORMAT],
    [text(1, []), FORMAT],
    [text("", []), FORMAT],
    [text(["en"], []), FORMAT],
    [text("en\u001b[2J", []), FORMAT],
    [text("abcdefghi", []), FORMAT],
    [text("en", [[0, "a"]]), UNKNOWN],
    [text("en", [[5, "a"]]), UNKNOWN],
    [text("en", [["a", "a"]]), UNKNOWN],
    [text("en", [[id, new Map([[0, "c"]])]]), UNKNOWN],
    [text("en", [[id, new Map([[7, "c"]])]]), UNKNOWN],
    [text("en", [[1, 1]]), FORMAT],
  ];
  for (const [bytes, error] of refused) throws(() => decodeSuitText(bytes), error);
});

Deno.test("decodeSuitManifest() takes the least that a manifest is, and no other version", () => {
  const manifest = (change: readonly (readonly [unknown, unknown])[] = []): Uint8Array =>
    cbor(new Map<unknown, unknown>([[1, 1], [2, 7], [3, cbor(new Map())], ...change]));
  const least = { sequenceNumber: 7, components: [] };
  deepStrictEqual(decodeSuitManifest(manifest()), least);
  deepStrictEqual(encodeSuitManifest(least), manifest());
  const common = (entries: readonly (readonly [number, unknown])[]) => cbor(new Map(entries));
  const shared = manifest([[3, common([[4, cbor([3, 15])]])]]);
  deepStrictEqual(decodeSuitManifest(shared), { ...least, shared: [MATCH] });
  const components = (count: number) =>
    manifest([[3, common([[2, Array.from({ length: count }, () => [Uint8Array.of(1)])]])]]);
  strictEqual(decodeSuitManifest(components(1024)).components.length, 1024);
  const refused: readonly (readonly [Uint8Array, object])[] = [
    [components(1025), FORMAT],
    [manifest([[3, common([[4, cbor([21, 2])]])]]), FORMAT],
    [manifest([[1, 2]]), UNKNOWN],
    [manifest([[2, "7"]]), FORMAT],
    [manifest([[5, 0]]), UNKNOWN],
    [manifest([[3, common([[2, []]])]]), FORMAT],
    [manifest([[3, common([[2, [["a"]]]])]]), FORMAT],
    [manifest([[3, common([[4, 0]])]]), FORMAT],
  ];
  for (const [bytes, error] of refused) throws(() => decodeSuitManifest(bytes), error);
});

Deno.test("decodeSuitEnvelope() refuses other tags, payloads in signatures, and parts nobody vouches for", () => {
  const envelope = {
    manifest: { sequenceNumber: 7, components: [] },
    signatures: [decodeCoseSign1(sign1())],
    severed: {},
    payloads: new Map([["#app", Uint8Array.of(1)]]),
  };
  const bytes = encodeSuitEnvelope(envelope);
  deepStrictEqual(decodeSuitEnvelope(bytes), envelope);
  const payload = { ...envelope, signatures: [decodeCoseSign1(sign1({ 2: Uint8Array.of(1) }))] };
  throws(() => decodeSuitEnvelope(encodeSuitEnvelope(payload)), {
    ...FORMAT,
    message: /brings a payload of its own/,
  });
  const severed = { ...envelope, severed: { install: [MATCH] } };
  throws(() => decodeSuitEnvelope(encodeSuitEnvelope(severed)), {
    ...FORMAT,
    message: /install stands in the envelope/,
  });
  // D8 6B: tag 107.
  strictEqual(bytes[1], 107);
  for (const other of [bytes.subarray(2), Uint8Array.of(0xD2, ...bytes.subarray(2))]) {
    throws(() => decodeSuitEnvelope(other), { ...FORMAT, message: /with its tag 107/ });
  }
  deepStrictEqual(
    decodeCoseSign1(encodeCoseSign1(envelope.signatures[0]!)),
    decodeCoseSign1(sign1()),
  );
});

Deno.test("decodeSuitEnvelope() refuses a manifest and parts that are not what their digests say", () => {
  const digest = (bytes: Uint8Array) => [-16, sha256(cbor(bytes))];
  const sequence = cbor([3, 15]);
  const manifest = cbor(
    new Map<unknown, unknown>([
      [1, 1],
      [2, 7],
      [3, cbor(new Map())],
      [20, digest(sequence)],
    ]),
  );
  const envelope = (vouched: unknown, install: Uint8Array) =>
    cbor(
      new CborTag(
        107,
        new Map<unknown, unknown>([[2, cbor([cbor(vouched)])], [3, manifest], [
          20,
          install,
        ]]) as never,
      ),
    );
  deepStrictEqual(decodeSuitEnvelope(envelope(digest(manifest), sequence)).severed, {
    install: [MATCH],
  });
  const wrong = { code: "BUNDLE_DIGEST" };
  throws(() => decodeSuitEnvelope(envelope(digest(sequence), sequence)), wrong);
  throws(() => decodeSuitEnvelope(envelope(digest(manifest), cbor([3, 14]))), wrong);
  const [, sum] = digest(manifest);
  throws(() => decodeSuitEnvelope(envelope([-44, sum], sequence)), UNKNOWN);
  throws(() => decodeSuitEnvelope(envelope([-16, sum, 0], sequence)), FORMAT);
  throws(() => decodeSuitEnvelope(envelope([-16, new Uint8Array(31)], sequence)), FORMAT);
});
