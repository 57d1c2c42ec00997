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
