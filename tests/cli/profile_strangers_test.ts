/**
 * Three profiles that were written from public descriptions and the documentation alone.
 *
 * What each must send was taken from its description, which its file names, by hand; the CRC-32 is that of zlib.
 * Keys and data are dots. The last question, whether the node answers again, is canvoy's own.
 */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { runCanvoy } from "../support/canvoy_run.ts";
import { withFolder } from "../support/programs.ts";

const PROFILES = new URL("../vectors/profiles/strangers/", import.meta.url);
const IMAGE_BYTES = 0x4000;

interface Stranger {
  readonly profile: string;
  /** Of the fleet file: parts, the image's place, and the node. */
  readonly devices?: string;
  readonly image: string;
  readonly node: readonly string[];
  /** What the description has the tester send, in order. */
  readonly requests: readonly string[];
  readonly blocks?: number;
}

const STRANGERS: readonly Stranger[] = [
  {
    profile: "ardep",
    image: "base: 0x08018000",
    node: [
      "request: 0x7E8",
      "response: 0x7E0",
      "device: STM32G474VE",
      "security: none",
      // MCUboot's header is in front of the vector table.
      "layout: { bootloader: { start: 0x08000000, size: 96K }, headerBytes: 512,",
      "  application: { start: 0x08018000, size: 192K } }",
    ],
    requests: [
      "10 02",
      "3E 00",
      "31 01 FF 00",
      "31 03 FF 00",
      "34 00 34 08 01 80 00 00 40 00",
      "36 01 ...",
      "37",
      "11 01",
    ],
    blocks: IMAGE_BYTES / 512,
  },
  {
    profile: "amos",
    // Its part is no STM32: flash is said to lie where canvoy's own parts may have it.
    devices:
      "  own: { core: Cortex-M7, can: FDCAN, flash: 0, erase: [{ size: 16K, count: 128 }], program: 32,\n" +
      "    ecc: true, ram: [{ start: 0x20000000, size: 240K }], vectors: 64 }",
    image: "base: 0x00090000, opaque: true",
    node: [
      "idBits: 29",
      "request: 0x0F240011",
      "response: 0x0F240010",
      "device: own",
      'security: { xor: "A5" }',
      "sim: { behaviour: { seedBytes: 5 } }",
      "layout: { bootloader: { start: 0, size: 576K },",
      "  application: { start: 0x00090000, size: 1472K } }",
    ],
    requests: [
      "22 F1 97",
      "10 02",
      "27 01",
      "27 02 ...",
      "34 00 09 00 00 00 00 40 00",
      "36 00 09 00 00 ...",
      "37 00 09 00 00",
      "2E FD 01 93 86 C3 A5",
      "11 01",
    ],
  },
  {
    profile: "dual-core",
    devices:
      "  own: { core: Cortex-M7, can: FDCAN, flash: 0, erase: [{ size: 8K, count: 256 }], program: 8,\n" +
      "    ecc: true, ram: [{ start: 0x20000000, size: 128K }], vectors: 64 }",
    image: "base: 0x00040000, opaque: true",
    node: [
      "request: 0x7A2",
      "response: 0x7AA",
      "frames: { padding: 0x00 }",
      "device: own",
      'security: [{ level: 0x01, xor: "A5" }, { level: 0x03, xor: "5A" }]',
      "layout: { bootloader: { start: 0, size: 256K }, application: { start: 0x00040000, size: 1M } }",
    ],
    requests: [
      "10 03",
      "27 01",
      "27 02 ...",
      "31 01 02 03",
      "10 02",
      "27 03",
      "27 04 ...",
      "31 01 FF 00 44 00 04 00 00 00 00 40 00",
      "34 00 44 00 04 00 00 00 00 40 00",
      "36 01 ...",
      "37",
      "31 01 02 02 D2 7E C7 BF",
      "31 01 FF 01",
      "11 01",
    ],
  },
];

/** Writes profile, image and fleet file of a stranger into a folder. */
function layOut(folder: string, { profile, devices, image, node }: Stranger): string {
  Deno.copyFileSync(new URL(`${profile}.yaml`, PROFILES), `${folder}/${profile}.yaml`);
  Deno.writeFileSync(`${folder}/app.bin`, imageBytes());
  const lines = [
    'buses: { bench: { url: "virtual:bench" } }',
    ...(devices === undefined ? [] : ["devices:", devices]),
    `images: { app: { file: app.bin, version: 2.0.0, ${image} } }`,
    `profiles: { ours: { file: ${profile}.yaml } }`,
    "nodes:",
    "  - name: node",
    ...["bus: bench", "image: app", "profile: ours", ...node].map((line) => `    ${line}`),
  ];
  Deno.writeTextFileSync(`${folder}/fleet.yaml`, `${lines.join("\n")}\n`);
  return `${folder}/fleet.yaml`;
}

/** Any bytes, with a stack pointer and a reset vector behind 512 of them. */
function imageBytes(): Uint8Array {
  const bytes = Uint8Array.from({ length: IMAGE_BYTES }, (_, i) => i * 13 + (i >> 8));
  const view = new DataView(bytes.buffer);
  view.setUint32(512, 0x20001000, true);
  view.setUint32(516, 0x08018401, true);
  return bytes;
}

for (const stranger of STRANGERS) {
  const { profile, requests, blocks } = stranger;

  Deno.test(`profile ${profile}, written from a document, is without mistakes and ends whole`, async () => {
    const file = new URL(`${profile}.yaml`, PROFILES).pathname;
    const check = await runCanvoy(["profile", "check", file]);
    strictEqual(check.status, 0, check.stderr);
    const alone = await runCanvoy(["profile", "try", file, "--virtual"]);
    strictEqual(alone.status, 0, alone.stdout + alone.stderr);
    match(alone.stdout, /\nok: the node holds the whole image and runs it\n$/);
  });

  Deno.test(`profile ${profile}, written from a document, sends what that says`, async () => {
    await withFolder(async (folder) => {
      const fleet = layOut(folder, stranger);
      const played = await runCanvoy(["profile", "try", fleet, "--virtual"]);
      strictEqual(played.status, 0, played.stdout + played.stderr);
      const plan = await runCanvoy(["plan", fleet, "--conversation", "node", "--json"]);
      strictEqual(plan.status, 0, plan.stderr);
      const rows: readonly { readonly request: string; readonly count: number }[] =
        JSON.parse(plan.stdout.trimEnd().split("\n").at(-1)!).conversation;
      deepStrictEqual(rows.map(({ request }) => request), [...requests, "3E 00"]);
      if (blocks === undefined) return;
      strictEqual(rows.find(({ request }) => request.startsWith("36"))!.count, blocks);
    });
  });
}
