import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { main } from "../../../src/cli/main.ts";
import { MemoryHost } from "./_host.ts";

const FIELD = new URL("../../fixtures/field/", import.meta.url);

async function explain(name: string, ...more: readonly string[]): Promise<MemoryHost> {
  const files = { [name]: Deno.readFileSync(new URL(name, FIELD)) };
  const host = new MemoryHost(["trace", "explain", name, ...more], { files });
  strictEqual(await main(host), 0, host.stderr.text);
  return host;
}

const FIRST_LINES: Readonly<Record<string, string>> = {
  "b05_plain.txt": "candump without -L, without times: 13 frames in 0.000 s, 1 conversation",
  "c05c_dec_smallids.asc": "Vector ASC, base dec: 4 frames in 0.030 s, 1 conversation",
  "c12_txrq.asc": "Vector ASC, base hex: 13 frames in 0.610 s, 1 conversation; passed over: " +
    "6 transmit requests",
  "d01_227.pcap": "pcap: 13 frames in 0.610 s, 1 conversation",
};
for (const [name, line] of Object.entries(FIRST_LINES)) {
  Deno.test(`trace explain says what ${name} is, and what it passed over`, async () => {
    const { stdout } = await explain(name);
    strictEqual(stdout.text.split("\n")[0], `${name}: ${line}`);
  });
}

Deno.test("trace explain finds the requests of a decimal log answered", async () => {
  const { stdout } = await explain("c05c_dec_smallids.asc");
  ok(stdout.text.includes("1 0x064/0x065: 2 requests\n"), stdout.text);
});

Deno.test("trace explain counts what it passed over in its summary", async () => {
  const { stdout } = await explain("c12_txrq.asc", "--json");
  const summary = JSON.parse(stdout.text.trimEnd().split("\n").at(-1)!);
  deepStrictEqual([summary.format, summary.frames, summary.passedOver, summary.details], [
    "asc",
    13,
    { "transmit request": 6 },
    ["base hex"],
  ]);
});

Deno.test("trace explain refuses a file of no known format, and names those it knows", async () => {
  for (const content of ["", ";$FILEVERSION=2.1\n", "\x7FELF\0\0", "MDF     4.10"]) {
    const host = new MemoryHost(["trace", "explain", "a.trc"], { files: { "a.trc": content } });
    strictEqual(await main(host), 2);
    ok(host.stderr.text.includes("Cannot read trace a.trc: it holds no CAN frame, as candump -L"));
    ok(host.stderr.text.includes("Vector ASC, pcapng, pcap, Vector BLF have them"));
  }
});

for (const name of ["run.txt", "run.trc", "run.mf4", "run.pcap", "run", "run.blf.gz"]) {
  Deno.test(`--trace ${name} is refused before anything is read or written`, async () => {
    const host = new MemoryHost(["flash", "none.yaml", "--virtual-time", "--trace", name]);
    strictEqual(await main(host), 2);
    const state = "expected a name that ends in .log, .candump, .asc, .pcapng, .blf";
    ok(host.stderr.text.includes(`Cannot use option --trace: ${state}, not "${name}"`));
    deepStrictEqual([...host.files.keys()], []);
  });
}

/** What trace explain prints of a candump log. */
async function explainLog(lines: Iterable<string>, ...more: readonly string[]): Promise<string> {
  const files = { "a.log": [...lines].join("\n") };
  const host = new MemoryHost(["trace", "explain", "a.log", ...more], { files });
  strictEqual(await main(host), 0, host.stderr.text);
  return host.stdout.text;
}

function* unansweredRequests(count: number, id: (i: number) => string): Iterable<string> {
  for (let i = 0; i < count; i++) {
    const time = `${Math.floor(i / 1000)}.${String(i % 1000).padStart(3, "0")}`;
    yield `(${time}) can0 ${id(i)}#0322F190`;
  }
}

Deno.test("trace explain leaves out the middle of a conversation that nobody reads", async () => {
  const lines = (await explainLog(unansweredRequests(5000, () => "7E0"))).trimEnd().split("\n");
  strictEqual(lines.length, 2004);
  ok(lines.includes("  3000 lines are left out here; --verbose shows them"));
  ok(lines.includes("can0 0x7E0, without answers: 5000 requests, 5000 unanswered"));
  const all = (await explainLog(unansweredRequests(5000, () => "7E0"), "-v")).trimEnd().split("\n");
  strictEqual(all.length, 5003);
});

Deno.test("trace explain keeps so many requests of a conversation and counts the others", async () => {
  const text = await explainLog(unansweredRequests(100_200, () => "7E0"), "-v");
  ok(text.split("\n").length < 100_010);
  ok(text.includes("100000 requests, 100000 unanswered, 200 more requests are left out"));
});

Deno.test("trace explain is not lost among identifiers that nobody answers", async () => {
  const other = unansweredRequests(60_000, (i) => (0x1000_0000 + i).toString(16).toUpperCase());
  const text = await explainLog([
    "(0.000) can0 7E0#021002",
    "(0.001) can0 7E8#065002003201F4",
    ...other,
  ]);
  ok(text.includes("can0 0x7E0/0x7E8: 1 request\n"), text.slice(0, 500));
  ok(text.includes("59936 more conversations without an answer left out"), text.slice(-300));
  ok(text.split("\n").length < 300);
});
