/** Bootloaders that check what was written with a key. */
import { createCipheriv, createHash } from "node:crypto";
import { match, strictEqual } from "node:assert/strict";
import { FleetFileError } from "../../src/fleet/mod.ts";
import { createCmacKeySource, createXorKeySource, type KeySource } from "../../src/uds/mod.ts";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeDone } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

const KEY = Uint8Array.from({ length: 16 }, (_, i) => 0x40 + i);
const MASK = Uint8Array.of(0xA5, 0x5A, 0x12, 0x34);
/** What it is given by a program that opens files: AES-CMAC for checksums, XOR for its seed. */
const opened = (made: KeySource) => ({ kind }: { readonly kind: string }) =>
  kind === "xor" ? createXorKeySource(MASK) : made;

/** AES-CMAC as RFC 4493 has it, "MAC Generation Algorithm", by the runtime's AES. */
function rogueCmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  const cbc = (bytes: Uint8Array) => {
    const cipher = createCipheriv("aes-128-cbc", key, new Uint8Array(16)).setAutoPadding(false);
    const made = new Uint8Array(cipher.update(bytes));
    cipher.final();
    return made;
  };
  const doubled = (block: Uint8Array) =>
    block.map((byte, i) =>
      (byte << 1 | (block[i + 1] ?? 0) >> 7) ^ (i === 15 && block[0]! >= 0x80 ? 0x87 : 0)
    );
  const first = doubled(cbc(new Uint8Array(16)));
  const isWhole = data.length > 0 && data.length % 16 === 0;
  const padded = new Uint8Array(Math.max(16, Math.ceil(data.length / 16) * 16));
  padded.set(data);
  if (!isWhole) padded[data.length] = 0x80;
  const subkey = isWhole ? first : doubled(first);
  subkey.forEach((byte, i) => padded[padded.length - 16 + i]! ^= byte);
  return cbc(padded).slice(-16);
}

const KEYED: BentNode = {
  rogue: {
    maxNumberOfBlockLength: 1026,
    checksum: (data) => [...rogueCmac(KEY, data).subarray(0, 8)],
  },
  profile: rowProfile("checksum-with-key"),
  node: "checksumKey: { aesCmac: check.key }",
  keySource: opened(createCmacKeySource(KEY)),
};

Deno.test("keyed checksum: lost answers, power cuts, resume", () => {
  judgeBent(KEYED, [{ on: "31 01 02 02", nth: 2 }, { on: "36", nth: 3 }]);
});

Deno.test("keyed checksum: the wrong key never passes, and nothing tells it", () => {
  const bench = new RogueBench({
    ...KEYED,
    keySource: opened(createCmacKeySource(new Uint8Array(16))),
  });
  const run = bench.update();
  strictEqual(run.node.error?.code, "VERIFY_MISMATCH");
  strictEqual(JSON.stringify(run.events).includes("00000000000000000000000000000000"), false);
});

Deno.test("keyed checksum: any key source makes one, here a hash of key and data", () => {
  const hash = (data: Uint8Array) => createHash("sha256").update(KEY).update(data).digest();
  const bench = new RogueBench({
    ...KEYED,
    rogue: { ...KEYED.rogue, checksum: (data) => [...hash(data).subarray(0, 8)] },
    keySource: opened({ computeKey: ({ seed }) => new Uint8Array(hash(seed)) }),
  });
  judgeDone(bench, bench.update());
});

Deno.test("keyed checksum: a key source that makes too little ends it with its name", () => {
  const bench = new RogueBench({
    ...KEYED,
    keySource: opened({ computeKey: () => new Uint8Array(4) }),
  });
  const { error } = bench.update().node;
  strictEqual(error?.code, "KEYED_CHECKSUM");
  match(error.message, /4 bytes were made, 8 are needed/);
});

const MISTAKES: readonly (readonly [string, Partial<BentNode>, RegExp])[] = [
  ["a key that is missing", { node: "" }, /checksumKey: missing, expected the key source of check/],
  [
    "a key that nobody asks for",
    { profile: "" },
    /expected no checksumKey: profile mine sums up w/,
  ],
  [
    "a level of a checksum",
    { node: "checksumKey: { level: 1, aesCmac: check.key }" },
    /checksumKey\.level: expected no level/,
  ],
];

for (const [what, change, told] of MISTAKES) {
  Deno.test(`keyed checksum: ${what}: refused when the fleet is read`, () => {
    let error: unknown;
    try {
      new RogueBench({ ...KEYED, ...change });
    } catch (thrown) {
      error = thrown;
    }
    strictEqual(error instanceof FleetFileError, true);
    match(String(error), told);
  });
}
