import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { parseCandump } from "../../../src/can/mod.ts";
import { main } from "../../../src/cli/main.ts";
import { MemoryHost } from "./_host.ts";

const CONFIGS = new URL("../../../configs/", import.meta.url);

function hostOf(name: string, ...args: readonly string[]): MemoryHost {
  const files: Record<string, Uint8Array> = { [name]: Deno.readFileSync(new URL(name, CONFIGS)) };
  for (const { name: image } of Deno.readDirSync(new URL("images/", CONFIGS))) {
    files[`images/${image}`] = Deno.readFileSync(new URL(`images/${image}`, CONFIGS));
  }
  return new MemoryHost(["flash", name, ...args], { files });
}

/** Each request of a tester in a trace: its service and, of sessions and routines, what of it. */
function requestsIn(host: MemoryHost, path: string): ReadonlySet<string> {
  const text = new TextDecoder().decode(host.files.get(path));
  const requests = new Set<string>();
  for (const line of text.trimEnd().split("\n")) {
    const { frame: { id, data, fd } } = parseCandump(line)!;
    // The demo's testers send on 0x600.., 0x700.. and 0x7DF, its nodes answer on bit 7.
    if (id !== 0x7DF && (id & 0x080) !== 0) continue;
    const type = data[0]! >> 4;
    const offset = type === 1 ? 2 : fd && type === 0 && data[0] === 0 ? 2 : 1;
    if (type > 1) continue;
    const [sid = 0] = data.subarray(offset);
    const shownBytes = sid === 0x31 ? 4 : sid === 0x10 || sid === 0x3E ? 2 : 1;
    const words = [...data.subarray(offset, offset + shownBytes)];
    requests.add(words.map((byte) => byte.toString(16).padStart(2, "0")).join(" "));
  }
  return requests;
}

Deno.test("flash --dry-run sends nothing but questions, and says what would be done", async () => {
  const host = hostOf("demo.yaml", "--dry-run", "--virtual-time", "--trace", "t.log", "--json");
  strictEqual(await main(host), 0, host.stderr.text);
  const asked = requestsIn(host, "t.log");
  deepStrictEqual([...asked].sort(), ["22", "31 01 02 02", "3e 80"]);
  const { plans, buses: _buses, elapsedMs: _elapsed, ...summary } = JSON.parse(host.stdout.text);
  deepStrictEqual(summary, {
    type: "summary",
    command: "flash",
    ok: true,
    dryRun: true,
    due: 12,
    nodes: 12,
    upToDate: 0,
    failed: 0,
    refused: 0,
    retries: summary.retries,
  });
  strictEqual(plans.length, 12);
  ok(
    plans.every(({ eraseBytes, writeBytes }: Record<string, number>) =>
      eraseBytes! >= writeBytes! && writeBytes! > 20_000
    ),
  );
  match(host.stderr.text, /engine: 1\.4\.2 runs; would erase up to \d of \d segments/);

  // The same count sees what a real run sends.
  const real = hostOf("demo.yaml", "--virtual-time", "--trace", "t.log", "-q");
  strictEqual(await main(real), 0);
  const sent = requestsIn(real, "t.log");
  for (const request of ["10 02", "27", "34", "36", "11", "28", "85"]) {
    ok(sent.has(request), `${request} of ${[...sent].join(", ")}`);
  }
});

Deno.test("flash asks once before nodes outside are erased, and sends nothing at a no", async () => {
  const bus = ["--bus", "virtual:x?connect=127.0.0.1:9"];
  const host = hostOf("vcan.yaml", ...bus, "--trace", "t.log");
  host.answer = false;
  strictEqual(await main(host), 130);
  deepStrictEqual(host.questions, [
    "Erase and write 8 nodes on virtual:x?connect=127.0.0.1:9?",
  ]);
  ok(!host.files.has("t.log"));
  strictEqual(host.stderr.text, "canvoy: nothing was sent\n");
});

Deno.test("flash asks once, and says first which nodes a journal that cannot be read leaves in doubt", async () => {
  const bus = ["--bus", "virtual:x?connect=127.0.0.1:9"];
  const file = "2026-11-30T00-00-00.000Z-0000.cborseq";
  for (const answer of [false, undefined]) {
    const host = hostOf("vcan.yaml", ...bus, "--only", "node-1");
    host.files.set(`/home/a/.local/state/canvoy/runs/${file}`, new Uint8Array(0));
    host.answer = answer;
    strictEqual(await main(host), answer === undefined ? 3 : 130, host.stderr.text);
    deepStrictEqual(
      host.questions,
      answer === undefined ? [] : ["Erase and write 1 node on virtual:x?connect=127.0.0.1:9?"],
    );
    const told = host.stderr.text.split(
      `journal ${file} cannot be read in whole: node-1 may be torn and is erased again`,
    );
    strictEqual(told.length, answer === undefined ? 1 : 2, "nobody is there: a run tells it");
  }
});

Deno.test("flash asks nobody with --yes, without a terminal, in a dry run, on its own buses", async () => {
  const cases: readonly (readonly [string, readonly string[], boolean | undefined, number])[] = [
    ["vcan.yaml", ["--yes"], false, 3],
    ["vcan.yaml", [], undefined, 3],
    ["vcan.yaml", ["--dry-run"], false, 3],
    ["minimal.yaml", ["--virtual-time"], false, 0],
  ];
  for (const [name, args, answer, status] of cases) {
    const host = hostOf(name, ...args);
    host.answer = answer;
    strictEqual(await main(host), status, `${name} ${args.join(" ")}: ${host.stderr.text}`);
    deepStrictEqual(host.questions, []);
  }
});
