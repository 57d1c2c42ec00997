import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { type CandumpRecord, readTrace } from "../../src/can/mod.ts";
import { bytesToHex } from "../../src/core/mod.ts";
import { readConversations } from "../../src/trace/mod.ts";
import { BUILT_IN_PROFILES } from "../../src/update/mod.ts";
import { runCanvoy } from "../support/canvoy_run.ts";
import { withFolder } from "../support/programs.ts";
import { withProfileBench } from "../support/profile_bench.ts";

const IMAGES = new URL("../../configs/images/", import.meta.url);

/** What a node must say of itself for a built-in profile; others need a key alone. */
const NODE_LINES: Readonly<Record<string, readonly string[]>> = {
  "textbook": ['security: { level: 0x03, add: "12 34" }', 'fingerprint: "20 26 11 23"'],
  "vw-like": [
    'security: { xor: "96 69" }',
    'fingerprint: "26 11 23 42 04 20 42 B1 3D"',
    "block: 2",
  ],
  "nxp-s32k-unified": ['security: { xor: "96 69" }', "driver: ram"],
  "supplier-hash": ['security: { xor: "96 69" }', "driver: ram", 'fingerprint: "20 26 11 23"'],
  "iso14229-banks": ["device: STM32F429ZI", 'security: { xor: "A5 5A" }'],
};

function fleetText(profile: string): string {
  const lines = NODE_LINES[profile] ?? ['security: { xor: "A5 5A" }'];
  const device = lines.some((line) => line.startsWith("device")) ? [] : ["device: STM32F407VG"];
  return [
    "buses: { bench: { url: virtual:bench } }",
    "images:",
    "  app: { file: app.hex, version: 2.0.0 }",
    "  ram: { file: ram.bin, base: 0x20000010 }",
    "nodes:",
    "  - name: node",
    "    bus: bench",
    "    request: 0x7E0",
    "    response: 0x7E8",
    "    layout:",
    "      bootloader: { start: 0x08000000, size: 32K }",
    "      application: { start: 0x08008000, size: 864K }",
    "    image: app",
    `    profile: ${profile}`,
    ...[...device, ...lines].map((line) => `    ${line}`),
  ].join("\n") + "\n";
}

interface Row {
  readonly to: "node" | "all";
  readonly request: string;
  readonly count: number;
  readonly key?: string;
  readonly place?: string;
}

async function shown(fleet: string): Promise<readonly Row[]> {
  const { status, stdout, stderr } = await runCanvoy(
    ["plan", fleet, "--conversation", "node", "--json"],
  );
  strictEqual(status, 0, stderr);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!).conversation;
}

/** Every request that a run had on its bus, in order, but what keeps sessions. */
async function onTheWire(fleet: string, folder: string): Promise<readonly string[]> {
  const trace = `${folder}/run.log`;
  const { status, stderr } = await runCanvoy(["flash", fleet, "--virtual-time", "--trace", trace]);
  strictEqual(status, 0, stderr);
  const records: CandumpRecord[] = [
    ...readTrace({ name: trace, bytes: Deno.readFileSync(trace) }).records,
  ];
  const id = (number: number): { id: number; extended: boolean } => ({
    id: number,
    extended: false,
  });
  const talks = readConversations(records, [
    { name: "all", request: id(0x7DF) },
    { name: "node", request: id(0x7E0), response: id(0x7E8) },
  ]);
  return [...talks.values()].flatMap(({ exchanges }) => exchanges.map(({ request }) => request))
    .sort((left, right) => left.startMs - right.startMs)
    .filter(({ data }) => data[0] !== 0x3E)
    .map(({ data }) => bytesToHex(data));
}

/** Whether a request is the one that is shown: `...` stands for any bytes, in one place. */
function isShown(request: string, { request: text }: Row): boolean {
  const [head = "", tail] = text.split("...").map((part) => part.trim());
  return tail === undefined
    ? request === head
    : request.startsWith(head) && request.length > text.length;
}

for (const profile of BUILT_IN_PROFILES.keys()) {
  Deno.test(`plan --conversation shows what flash sends with ${profile}, in order`, async () => {
    await withFolder(async (folder) => {
      Deno.copyFileSync(new URL("f407_v2.hex", IMAGES), `${folder}/app.hex`);
      Deno.writeFileSync(`${folder}/ram.bin`, Uint8Array.from({ length: 700 }, (_, i) => i));
      const fleet = `${folder}/fleet.yaml`;
      Deno.writeTextFileSync(fleet, fleetText(profile));
      const rows = await shown(fleet);
      const sent = await onTheWire(fleet, folder);
      let at = 0;
      for (const row of rows) {
        // Behind the first one, blocks differ in their counters and addresses.
        const first = sent[at] ?? "nothing";
        ok(isShown(first, row), `${at}: ${first} is not ${row.request}`);
        const blocks = sent.slice(at, at + row.count);
        ok(row.count === 1 || blocks.every((block) => block.startsWith("36 ")), row.request);
        at += row.count;
      }
      strictEqual(at, sent.length, `not shown: ${sent.slice(at).join(", ")}`);
      const unnamed = rows.filter(({ key }) => key === undefined).map(({ request }) => request);
      deepStrictEqual(unnamed, [], "requests of no key");
    });
  });
}

Deno.test("plan --conversation tells each request, and where a profile of one's own says so", async () => {
  const profiles = [
    "  ours:",
    "    enter:",
    "      - 10 02",
    "      - { request: 31 01 02 03, good: [4], busy: [1], poll: { request: 31 03 02 03 } }",
    "    check: none",
    "    erase: { good: [0x02] }",
  ].join("\n");
  await withProfileBench({ profiles }, async ({ fleet }) => {
    const { status, stdout, stderr } = await runCanvoy(["plan", fleet, "--conversation", "node"]);
    strictEqual(status, 0, stderr);
    match(stdout, /^node on bench \(0x7E0\/0x7E8\), profile ours: \d+ requests/);
    match(
      stdout,
      new RegExp(
        "  31 01 02 03\n      RoutineControl: start 0x0203.*\n" +
          "      good: 71 01 02 03, status 04, 01 means not ready: asked again every 100 ms " +
          "by 31 03 02 03; P2 80 ms, .*\n      enter\\[1\\] \\(.*fleet.yaml:28:11\\)\n",
      ),
    );
    match(stdout, /good: 71 01 FF 00, status 02; .*\n {6}erase \(.*fleet.yaml:30:5\)/);
    match(stdout, /Segments 1, 2 alike/);
    match(stdout, /for 3.0 s \(timing.activationMsMax\)/);
    const verbose = await runCanvoy(["plan", fleet, "--conversation", "node", "-v"]);
    ok(!/alike/.test(verbose.stdout) && verbose.stdout.length > stdout.length);
  });
});

Deno.test("plan --conversation refuses a node that there is none of", async () => {
  await withProfileBench({}, async ({ fleet }) => {
    const { status, stderr } = await runCanvoy(["plan", fleet, "--conversation", "nod"]);
    strictEqual(status, 2);
    match(stderr, /--conversation names no node that is meant: did you mean node\?/);
  });
});
