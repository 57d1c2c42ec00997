import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { main } from "../../../src/cli/main.ts";
import { MemoryHost } from "./_host.ts";

const IMAGE = new URL("../../../configs/images/f407_v2.hex", import.meta.url);

function fleet(url: string, behaviour = ""): string {
  return `
buses:
  line: { url: "${url}", bitrate: 1000000, group: 0x7FF }
images:
  drive: { file: f407_v2.hex, version: 2.0.0 }
defaults:
  bus: line
  device: STM32F407VG
  layout:
    bootloader: { start: 0x08000000, size: 32K }
    application: { start: 0x08008000, size: 96K }
  image: drive
  security: { xor: "A5 5A 12 34" }
nodes:
  - { name: left, profile: iso14229-group, request: 0x600, response: 0x500, sim: { behaviour: { ${behaviour} } } }
  - { name: right, profile: iso14229-group, request: 0x601, response: 0x501 }
  - { name: alone, profile: iso14229, request: 0x602, response: 0x502 }
`;
}

/** 4 KiB with a stack pointer and a reset vector. */
function plausibleImage(): Uint8Array {
  const image = new Uint8Array(4096).fill(0x5A);
  const view = new DataView(image.buffer);
  view.setUint32(0, 0x2002_0000, true);
  view.setUint32(4, 0x0802_0201, true);
  return image;
}

function hostOf(text: string, ...args: readonly string[]): MemoryHost {
  const files = { "fleet.yaml": text, "f407_v2.hex": Deno.readFileSync(IMAGE) };
  return new MemoryHost(["group", "check", "fleet.yaml", ...args], { files });
}

Deno.test("group check says of each rule that it is kept, and ends with 0", async () => {
  const host = hostOf(fleet("virtual:line"), "--node", "right", "--virtual-time");
  strictEqual(await main(host), 0, host.stderr.text);
  const lines = host.stdout.text.trimEnd().split("\n");
  strictEqual(lines[0], "trying right on virtual:line; its application is erased");
  ok(lines.slice(1, -1).every((line) => /^ok {6}\d/.test(line)), host.stdout.text);
  match(lines.at(-1)!, /^right: \d+ rules tried, 0 broken$/);
});

Deno.test("group check holds up no answer that comes in one frame, as on a CAN FD bus", async () => {
  const text = fleet("virtual:line")
    .replace("bitrate: 1000000", "bitrate: 500000, dataBitrate: 2000000")
    .replace("STM32F407VG", "STM32H743ZI")
    .replace("size: 32K", "size: 128K").replace("0x08008000, size: 96K", "0x08020000, size: 128K")
    .replace("file: f407_v2.hex", "file: f407_v2.bin, base: 0x08020000");
  const files = { "fleet.yaml": text, "f407_v2.bin": plausibleImage() };
  const args = ["group", "check", "fleet.yaml", "--node", "right", "--virtual-time"];
  const host = new MemoryHost(args, { files });
  strictEqual(await main(host), 0, host.stdout.text + host.stderr.text);
  match(host.stdout.text, /^skipped 5 .* its map comes in one frame$/m);
});

Deno.test("group check says what is wrong, with what was expected and seen, and ends with 1", async () => {
  const text = fleet("virtual:line", "p2StarServerMaxMs: 5000");
  const host = hostOf(text, "--node", "left", "--virtual-time", "--quiet");
  strictEqual(await main(host), 1, host.stderr.text);
  const lines = host.stdout.text.trimEnd().split("\n");
  const rule = "states a P2 of 50 ms and a P2* of 1,000 ms, at most";
  strictEqual(lines[0], `WRONG   5        ${rule}: expected 50 and 500 ms; seen 50 and 5000 ms`);
  match(lines[1]!, /^left: \d+ rules tried, 1 broken$/);
  strictEqual(lines.length, 2);
});

Deno.test("group check --json gives an event a rule, and a summary", async () => {
  const text = fleet("virtual:line", "p2StarServerMaxMs: 5000");
  const host = hostOf(text, "--node", "left", "--virtual-time", "--json");
  strictEqual(await main(host), 1, host.stderr.text);
  const records = host.stdout.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  const { tried, ...summary } = records.pop();
  deepStrictEqual(summary, {
    type: "summary",
    command: "group check",
    ok: false,
    node: "left",
    wrong: 1,
    skipped: 0,
  });
  strictEqual(tried, records.length);
  deepStrictEqual(records[0], {
    type: "groupRule",
    section: "3.0",
    rule: "tells the versions that it speaks, ascending, 02 among them",
    result: "ok",
    expected: "62 47 52 02",
    seen: "62 47 52 02",
  });
});

Deno.test("group check asks before a node outside is erased, and sends nothing at a no", async () => {
  const text = fleet("socketcan:can0");
  const host = hostOf(text, "--node", "left");
  host.answer = false;
  strictEqual(await main(host), 130);
  const what = "the application of left on socketcan:can0";
  deepStrictEqual(host.questions, [`Erase ${what}, and leave it without one?`]);
  match(host.stderr.text, /nothing was sent/);
  // Where nobody can be asked, it has to be said.
  const silent = hostOf(text, "--node", "left");
  strictEqual(await main(silent), 2);
  match(silent.stderr.text, /--yes is needed to erase the application of left on socketcan:can0/);
});

Deno.test("group check names what is missing on its command line", async () => {
  const cases: (readonly [readonly string[], RegExp])[] = [
    [[], /--node NAME is needed: 2 nodes take groups/],
    [["--node", "middle"], /fleet\.yaml has no node "middle"/],
    [["--node", "alone"], /profile "iso14229" has no group/],
  ];
  for (const [args, message] of cases) {
    const host = hostOf(fleet("virtual:line"), ...args, "--virtual-time");
    strictEqual(await main(host), 2, host.stdout.text);
    match(host.stderr.text, message);
  }
});

Deno.test("group check tells of a node that is not there, and ends with 1", async () => {
  const host = hostOf(fleet("virtual:line", "isDead: true"), "--node", "left", "--virtual-time");
  strictEqual(await main(host), 1);
  match(host.stderr.text, /^canvoy: Cannot complete/);
  match(host.stdout.text, /left: 0 rules tried, 0 broken; the trial was not ended\n$/);
});
