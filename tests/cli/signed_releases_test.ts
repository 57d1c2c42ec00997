import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import {
  BUNDLE_CBOR,
  decodeSuitEnvelope,
  decodeTrustFile,
  encodeSuitEnvelope,
} from "../../src/bundle/mod.ts";
import { decodeCbor } from "../../src/codec/mod.ts";
import { cdeDecodeOptions, decode, Tag } from "cbor2";
import { concatBytes, Prng } from "../../src/core/mod.ts";
import { type LabRun, ReleaseLab } from "../support/release_lab.ts";
import { suitWalker } from "../support/suit_vectors.ts";

const lab = await ReleaseLab.create();
const BUNDLE = "--bundle r7.suit --trust trust.cbor";

Deno.test("flash updates three kinds of hardware from one bundle, unlocked by AES-CMAC", async () => {
  const run = await lab.flash(`signed.yaml ${BUNDLE} --json`);
  strictEqual(run.status, 0, run.stderr);
  const summary = JSON.parse(run.stdout.trimEnd().split("\n").at(-1)!);
  strictEqual(summary.done, 4);
  const keys = run.frames.filter((frame) => frame.includes("#10122702"));
  strictEqual(keys.length, 4, "each node gets a key of 16 bytes");
});

Deno.test("bundle pack makes what the CDDL and cbor2's strict deterministic mode accept", () => {
  const bytes = lab.files.get("r7.suit")!;
  ok(suitWalker().matches(decodeCbor(bytes, BUNDLE_CBOR), "SUIT_start"));
  const { count, root } = decodeByCbor2(bytes);
  ok(root instanceof Tag && root.tag === 107);
  strictEqual(count, 21, "authentication, manifest, images, and what stands in them");
  deepStrictEqual(encodeSuitEnvelope(decodeSuitEnvelope(bytes)), bytes);
});

Deno.test("bundle inspect tells all in words and as CBOR; unpack gives the images back", async () => {
  const { stdout } = await lab.good("bundle inspect r7.suit");
  for (const told of ["sequence number 7", "DOOR-103-B", "2.0.0", "107({", "gateway"]) {
    ok(stdout.includes(told), told);
  }
  await lab.good("bundle unpack r7.suit --output out --trust trust.cbor");
  const info = async (file: string) =>
    (await lab.good(`image info ${file}`)).stdout.split("checksums")[1];
  strictEqual(await info("out/door.hex"), await info("images/f103_v2.hex"));
  strictEqual((await lab.run("bundle unpack r7.suit --output out")).status, 2, "never over a file");
});

/** Decodes by cbor2 in its strict deterministic mode, and so what stands in byte strings that hold CBOR. */
function decodeByCbor2(bytes: Uint8Array): { readonly root: unknown; readonly count: number } {
  const root = decode(new Uint8Array(bytes), cdeDecodeOptions);
  let count = 0;
  const look = (value: unknown): void => {
    if (value instanceof Uint8Array) {
      if (!holdsCbor(value)) return;
      count++;
      look(decode(new Uint8Array(value), cdeDecodeOptions));
    } else if (value instanceof Map) { for (const [key, member] of value) look([key, member]); }
    else if (Array.isArray(value)) { for (const item of value) look(item); }
    else if (value instanceof Tag) look(value.contents);
  };
  look(root);
  return { root, count };
}

/** Arrays, maps and tags, by the project's own decoder. */
function holdsCbor(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || bytes[0]! < 0x80) return false;
  try {
    return typeof decodeCbor(bytes, BUNDLE_CBOR) === "object";
  } catch {
    return false;
  }
}

function changeEnvelope(
  change: (payloads: Map<string, Uint8Array>) => void,
): Uint8Array {
  const envelope = decodeSuitEnvelope(lab.files.get("r7.suit")!);
  const payloads = new Map(envelope.payloads);
  change(payloads);
  return encodeSuitEnvelope({ ...envelope, payloads });
}

const OFFLINE: readonly (readonly [string, () => Promise<string>, RegExp])[] = [
  ["a revoked key", async () => {
    const id = (await lab.good("bundle inspect trust.cbor")).stdout.match(/key (\w{16}) "b"/)![1];
    await lab.good(
      `bundle trust revoked.cbor --previous trust.cbor --key c.pem.pub --revoke ${id} ` +
        "--expires 2030-01-01",
    );
    await lab.good("bundle sign revoked.cbor --key a.pem");
    return "signed.yaml --bundle r7.suit --trust trust.cbor --trust revoked.cbor";
  }, /the key "b" is revoked, and 1 of 2 needed signatures remain/],
  ["too few signatures", async () => {
    await lab.good("bundle pack signed.yaml --vendor example.com --sequence 7 --output one.suit");
    await lab.good("bundle sign one.suit --key a.pem");
    return "signed.yaml --bundle one.suit --trust trust.cbor";
  }, /it has 1 of 2 needed signatures/],
  ["one key's signature twice", () => {
    const envelope = decodeSuitEnvelope(lab.files.get("one.suit")!);
    const [signature] = envelope.signatures;
    const signatures = [signature!, signature!];
    lab.files.set("twice.suit", encodeSuitEnvelope({ ...envelope, signatures }));
    return Promise.resolve("signed.yaml --bundle twice.suit --trust trust.cbor");
  }, /the signature by "a" is not in canvoy's form/],
  ["the signature of a trust file for that of a release", () => {
    const envelope = decodeSuitEnvelope(lab.files.get("one.suit")!);
    const { signatures } = decodeTrustFile(lab.files.get("trust.cbor")!);
    lab.files.set("borrowed.suit", encodeSuitEnvelope({ ...envelope, signatures }));
    return Promise.resolve("signed.yaml --bundle borrowed.suit --trust trust.cbor");
  }, /the signature by "a" does not belong to it/],
  ["a signature of another release", async () => {
    await lab.pack("r8.suit", "signed.yaml", 8);
    const { signatures } = decodeSuitEnvelope(lab.files.get("r8.suit")!);
    const envelope = decodeSuitEnvelope(lab.files.get("r7.suit")!);
    lab.files.set("moved.suit", encodeSuitEnvelope({ ...envelope, signatures }));
    return "signed.yaml --bundle moved.suit --trust trust.cbor";
  }, /the signature by "a" does not belong to it/],
  ["a signature by a key that is a root only", async () => {
    await lab.good(
      "bundle trust roots.cbor --root a.pem.pub --key b.pem.pub --expires 2030-01-01",
    );
    await lab.good("bundle sign roots.cbor --key a.pem");
    return "signed.yaml --bundle one.suit --trust roots.cbor";
  }, /it is signed by an unknown key/],
  ["a trust file signed by a release key that is no root", async () => {
    await lab.good(
      "bundle trust upstart.cbor --root c.pem.pub --key a.pem.pub --key b.pem.pub " +
        "--expires 2030-01-01",
    );
    await lab.good("bundle sign upstart.cbor --key a.pem");
    return "signed.yaml --bundle r7.suit --trust upstart.cbor";
  }, /trust file: it is signed by an unknown key/],
  ["a revocation that nobody signed", async () => {
    const id = (await lab.good("bundle inspect trust.cbor")).stdout.match(/key (\w{16}) "b"/)![1];
    await lab.good(
      "bundle trust unsigned.cbor --previous trust.cbor --key c.pem.pub " +
        `--revoke ${id} --expires 2030-01-01`,
    );
    return "signed.yaml --bundle r7.suit --trust trust.cbor --trust unsigned.cbor";
  }, /trust file: it has 0 of 1 needed signatures/],
  ["a next trust file that only its own new root signed", async () => {
    await lab.good(
      "bundle trust coup.cbor --previous trust.cbor --root c.pem.pub --key c.pem.pub " +
        "--threshold 1 --expires 2030-01-01",
    );
    await lab.good("bundle sign coup.cbor --key c.pem");
    return "signed.yaml --bundle r7.suit --trust trust.cbor --trust coup.cbor";
  }, /trust file: it has 0 of 1 needed signatures/],
  ["no signature", async () => {
    await lab.good("bundle pack signed.yaml --vendor example.com --sequence 7 --output no.suit");
    return "signed.yaml --bundle no.suit --trust trust.cbor";
  }, /it has 0 of 2 needed signatures/],
  ["an unknown signer", async () => {
    await lab.pack("stranger.suit", "signed.yaml");
    await lab.good("bundle sign stranger.suit --key c.pem");
    return "signed.yaml --bundle stranger.suit --trust trust.cbor";
  }, /it is signed by an unknown key/],
  ["an expired trust file", async () => {
    await lab.trust("expired.cbor", "--threshold 2 --expires 2026-11-24");
    return "signed.yaml --bundle r7.suit --trust expired.cbor";
  }, /it expired on 2026-11-24/],
  ["an older trust file after a newer", async () => {
    await lab.trust("other.cbor", "--threshold 2 --expires 2030-01-01");
    return "signed.yaml --bundle r7.suit --trust trust.cbor --trust other.cbor";
  }, /its number 1 does not follow 1/],
  ["a trust file without signature", async () => {
    await lab.good("bundle trust bare.cbor --key a.pem.pub --key b.pem.pub --expires 2030-01-01");
    return "signed.yaml --bundle r7.suit --trust bare.cbor";
  }, /trust file: it has 0 of 1 needed signatures/],
  ["another root than the fleet file names", () => {
    const pin = '["0123456789abcdef"]';
    lab.fleet("pinned.yaml", ["require_signature: true", `require_signature: ${pin}`]);
    return Promise.resolve(`pinned.yaml ${BUNDLE}`);
  }, /root key 0123456789abcdef, which the fleet file names, has not signed it/],
  ["a stranger's trust file that lists the root that the fleet file names", async () => {
    await lab.good(
      "bundle trust listed.cbor --root a.pem.pub --root c.pem.pub --key c.pem.pub " +
        "--expires 2030-01-01",
    );
    await lab.good("bundle sign listed.cbor --key c.pem");
    await lab.good("bundle pack signed.yaml --vendor example.com --sequence 9 --output c9.suit");
    await lab.good("bundle sign c9.suit --key c.pem");
    const id = (await lab.good("bundle inspect trust.cbor")).stdout.match(/key (\w{16}) "a"/)![1];
    lab.fleet("named.yaml", ["require_signature: true", `require_signature: ["${id}"]`]);
    await lab.good("plan named.yaml --bundle r7.suit --trust trust.cbor");
    return "named.yaml --bundle c9.suit --trust listed.cbor";
  }, /root key \w{16}, which the fleet file names, has not signed it/],
  ["a trust file that revokes the root that signed it", async () => {
    const id = (await lab.good("bundle inspect trust.cbor")).stdout.match(/key (\w{16}) "a"/)![1];
    await lab.good(
      "bundle trust dead.cbor --root a.pem.pub --root c.pem.pub --key c.pem.pub " +
        `--revoke ${id} --expires 2030-01-01`,
    );
    await lab.good("bundle sign dead.cbor --key a.pem");
    await lab.good("bundle sign dead.cbor --key c.pem");
    return "named.yaml --bundle c9.suit --trust dead.cbor";
  }, /root key \w{16}, which the fleet file names, has not signed it/],
  ["payloads swapped between components", () => {
    lab.files.set(
      "swapped.suit",
      changeEnvelope((payloads) => {
        const [door, engine] = [payloads.get("#door")!, payloads.get("#engine")!];
        payloads.set("#door", engine).set("#engine", door);
      }),
    );
    return Promise.resolve("signed.yaml --bundle swapped.suit --trust trust.cbor");
  }, /the image "engine" has \d+ bytes, its manifest says \d+/],
  ["a changed byte of an image", () => {
    lab.files.set(
      "changed.suit",
      changeEnvelope((payloads) => {
        const door = new Uint8Array(payloads.get("#door")!);
        door[100]! ^= 1;
        payloads.set("#door", door);
      }),
    );
    return Promise.resolve("signed.yaml --bundle changed.suit --trust trust.cbor");
  }, /the image "door" is not what its digest says/],
  ["a payload that no component uses", () => {
    lab.files.set("more.suit", changeEnvelope((payloads) => payloads.set("#x", new Uint8Array(1))));
    return Promise.resolve("signed.yaml --bundle more.suit --trust trust.cbor");
  }, /no component uses the payload "#x"/],
  ["a truncated bundle", () => {
    lab.files.set("cut.suit", lab.files.get("r7.suit")!.slice(0, -1));
    return Promise.resolve("signed.yaml --bundle cut.suit --trust trust.cbor");
  }, /the bytes end within an item/],
  ["a padded bundle", () => {
    lab.files.set("padded.suit", concatBytes([lab.files.get("r7.suit")!, new Uint8Array(1)]));
    return Promise.resolve("signed.yaml --bundle padded.suit --trust trust.cbor");
  }, /the item should end here/],
  ["declared hardware that the bundle is not for", () => {
    lab.fleet("other.yaml", ["hardware: GW-446-C", "hardware: GW-446-D"]);
    return Promise.resolve(`other.yaml ${BUNDLE}`);
  }, /it has nothing for hardware "GW-446-D"/],
  ["a declared part that the bundle is not for", () => {
    lab.fleet("part.yaml", ["part: 4711-01", "part: 4711-02"]);
    return Promise.resolve(`part.yaml ${BUNDLE}`);
  }, /it has nothing for hardware "ENG-407-A", part "4711-02"/],
  ["a node that declares no hardware", () => {
    lab.fleet("bare.yaml", [/ +hardware: GW-446-C\n/, ""]);
    return Promise.resolve(`bare.yaml ${BUNDLE}`);
  }, /node "gateway" declares no hardware/],
  [
    "a selection without what it needs",
    () => Promise.resolve(`signed.yaml ${BUNDLE} --only door-0`),
    /needs "gateway", but gateway is not/,
  ],
  [
    "images of files where signatures are required",
    () => Promise.resolve("signed.yaml"),
    /signed.yaml takes signed bundles only/,
  ],
];

for (const [what, prepare, message] of OFFLINE) {
  Deno.test(`flash refuses ${what} before the first frame, with 2`, async () => {
    const run = await lab.flash(await prepare());
    strictEqual(run.status, 2, run.stderr);
    match(run.stderr, message);
    deepStrictEqual(run.frames, []);
    match(run.stderr, /\n {2}\S/, "a remedy is told");
  });
}

Deno.test("flash refuses 300 bundles of which one bit is flipped, with 2 and without a frame", async () => {
  const good = lab.files.get("r7.suit")!;
  const prng = new Prng(20261126);
  for (let i = 0; i < 300; i++) {
    const changed = new Uint8Array(good);
    // Most bits are the images': every other flip is within the envelope's first KiB.
    const bit = prng.below(8 * (i % 2 === 0 ? 1024 : good.length));
    changed[bit >> 3]! ^= 1 << (bit & 7);
    lab.files.set("flipped.suit", changed);
    const run = await lab.flash("signed.yaml --bundle flipped.suit --trust trust.cbor");
    strictEqual(run.status, 2, `bit ${bit}: ${run.stderr}`);
    deepStrictEqual(run.frames, [], `bit ${bit}`);
  }
});

const STEERING = "\u001b[2J\u009b2J\u202e\u0007";

Deno.test("what hostile files say cannot steer the terminal", async () => {
  const { manifest, payloads, ...rest } = decodeSuitEnvelope(lab.files.get("r7.suit")!);
  const text = manifest.text!.kind === "here" ? manifest.text!.part.get("en")! : undefined;
  const steered = { ...text!, manifest: new Map([[1, STEERING], [2, STEERING]]) };
  lab.files.set(
    "steering.suit",
    encodeSuitEnvelope({
      ...rest,
      manifest: {
        ...manifest,
        referenceUri: STEERING,
        text: { kind: "here", part: new Map([["en", steered]]) },
      },
      payloads: new Map([...payloads, [STEERING, new Uint8Array(1)]]),
    }),
  );
  lab.write(
    "steering.yaml",
    lab.text("signed.yaml").replace("bench:", `${STEERING}: *${STEERING}`),
  );
  for (
    const line of [
      "bundle inspect steering.suit",
      "bundle inspect steering.suit --json",
      "bundle verify steering.suit --trust trust.cbor -v",
      "plan steering.yaml",
      `plan signed.yaml --only ${STEERING}`,
    ]
  ) {
    const { stdout, stderr } = await lab.run(line);
    ok((stdout + stderr).length > 20, line);
    ok(!/[^\P{Cc}\n]/u.test(stdout + stderr), JSON.stringify(stdout + stderr));
  }
  const { stdout } = await lab.run("bundle inspect steering.suit");
  ok(!stdout.includes("\u202e"));
});

Deno.test("bundle pack refuses a release whose component needs what it lacks", async () => {
  lab.fleet("lacking.yaml", ["requires: { gateway: 2.0.0 }", "requires: { gateway: 2.1.0 }"]);
  const options = "--vendor example.com --sequence 7 --output lacking.suit";
  const run = await lab.run(`bundle pack lacking.yaml ${options}`);
  strictEqual(run.status, 2);
  match(run.stderr, /"door" needs "gateway" 2.1.0 or newer/);
});

/** Services of requests to one identifier: single and first frames. */
function services(run: LabRun, id: string): readonly string[] {
  const found = run.frames.flatMap((frame) => {
    const [, sender, data] = /(\w+)#(\w+)$/.exec(frame)!;
    if (sender !== id) return [];
    if (data!.startsWith("0")) return [data!.slice(2, 4)];
    return data!.startsWith("1") ? [data!.slice(4, 6)] : [];
  });
  return [...new Set(found)];
}

const ON_BUS:
  readonly (readonly [string, readonly (readonly [string | RegExp, string])[], RegExp])[] = [
    ["tells other hardware", [[
      "hardware: GW-446-C",
      "hardware: GW-446-C\n    sim: { hardware: GW-446-X, behaviour: { seedBytes: 16 } }",
    ]], /its hardware is "GW-446-X", the fleet file says "GW-446-C"/],
    ["has a newer release", [[
      "hardware: GW-446-C",
      "hardware: GW-446-C\n    sim: { sequence: 8, behaviour: { seedBytes: 16 } }",
    ]], /it has release 8, the bundle brings release 7/],
  ];

for (const [what, changes, message] of ON_BUS) {
  Deno.test(`flash refuses a node that ${what}; it hears reading requests only`, async () => {
    lab.fleet("bus.yaml", ...changes);
    const run = await lab.flash(`bus.yaml ${BUNDLE}`);
    strictEqual(run.status, 1, run.stderr);
    match(run.stdout + run.stderr, message);
    match(run.stdout, /3 updated, 1 refused/);
    deepStrictEqual(services(run, "702"), ["22"]);
    ok(services(run, "700").includes("34"), "the others are updated");
    const first = run.frames.findIndex((frame) => /#0[1-7](10|27|28|31|34|85)/.test(frame));
    const asked = run.frames.findLastIndex((frame) => frame.includes("702#0322"));
    ok(asked < first, "every node is asked before anything else goes out");
  });
}

Deno.test("flash refuses an older version, and says nothing to a bus without other nodes", async () => {
  lab.fleet(
    "old.yaml",
    ["engine: { file: images/f407_v2.hex, version: 2.0.0 }", "engine: images/f407_v2.hex"],
    ["engine-old: {", "old: {"],
    ["image: engine\n", "image: old\n"],
    ["sim: { image: engine-old", "sim: { image: engine"],
  );
  await lab.pack("old.suit", "old.yaml");
  const run = await lab.flash("old.yaml --bundle old.suit --trust trust.cbor --only engine");
  strictEqual(run.status, 1, run.stderr);
  match(run.stdout, /it has version 2.0.0, the bundle brings version 1.4.2/);
  deepStrictEqual(services(run, "700"), ["22"]);
  ok(services(run, "7DF").every((sid) => sid === "3E"), "no functional request but 3E");
});

Deno.test("flash --allow-downgrade updates it all the same, and its events say so", async () => {
  lab.fleet("bus.yaml", ...ON_BUS[1]![1]);
  const run = await lab.flash(`bus.yaml ${BUNDLE} --allow-downgrade --json`);
  strictEqual(run.status, 0, run.stderr);
  const events = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  const allowed = events.filter((event) => event.identity?.downgradeAllowed === true);
  deepStrictEqual(allowed.map(({ node }) => node), ["gateway"]);
});

Deno.test("a key file that is open to others, or a wrong passphrase, is refused without its content", async () => {
  lab.write("wrong", "other words\n");
  const run = await lab.run("bundle sign r7.suit --key b.pem --passphrase wrong");
  strictEqual(run.status, 2);
  match(run.stderr, /the passphrase does not open it/);
});

Deno.test("trust files rotate: the next is signed by old and new roots", async () => {
  await lab.good(
    "bundle trust next.cbor --previous trust.cbor --root c.pem.pub --expires 2030-01-01",
  );
  await lab.good("bundle sign next.cbor --key c.pem");
  const chain = "--trust trust.cbor --trust next.cbor";
  const refused = await lab.run(`bundle verify r7.suit ${chain}`);
  strictEqual(refused.status, 2);
  match(refused.stderr, /trust file: it has 0 of 1 needed signatures/);
  await lab.good("bundle sign next.cbor --key a.pem");
  await lab.good(`bundle verify r7.suit ${chain}`);
});
