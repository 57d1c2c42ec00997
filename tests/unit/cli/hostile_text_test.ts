import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import * as fc from "fast-check";
import { encodeTcpBusMessage } from "../../../src/adapters/tcp_bus_codec.ts";
import { createTraceWriter } from "../../../src/can/mod.ts";
import { main } from "../../../src/cli/main.ts";
import { busOfUrl } from "../../../src/cli/bus_choice.ts";
import { openOutsideBus } from "../../../src/cli/open_outside_bus.ts";
import { printable, printableLines, VirtualClock } from "../../../src/core/mod.ts";
import { csvReport, junitReport, PastRun, type RunRecord } from "../../../src/report/mod.ts";
import { HEADER, journalOf, nodeAt } from "../journal/_support.ts";
import { MIXED_RUN, stateOf } from "../report/_support.ts";
import { poisoned } from "../../support/poisoned_events.ts";
import { MemoryHost } from "./_host.ts";

/** What steers a terminal, turns a text round, forges a line, or is half a character. */
const HIDDEN = [
  "\x1b[2J",
  "\x1b]0;owned\x07",
  "\x9b31m",
  "\x1b[31m",
  "\nforged: ",
  "\u2028",
  "\u202E",
  "\u2066",
  "\u200B",
  "\uFEFF",
  "\0",
  "\x7f",
];
const hostile = fc.array(fc.oneof(fc.constantFrom(...HIDDEN), fc.string({ maxLength: 3 })), {
  minLength: 1,
  maxLength: 6,
}).map((parts) => `${parts.join("")}${HIDDEN[parts.length]!}x`.slice(0, 60));

/** Runs a command; fails where anything but plain text and line feeds comes out. */
async function assertPlain(
  args: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const parts: string[] = [];
  for (const more of [[], ["--verbose"], ["--json"]]) {
    for (const isTerminal of [false, true]) {
      const host = new MemoryHost([...args, ...more], { files, isTerminal });
      await main(host);
      for (const { text } of [host.stdout, host.stderr]) {
        strictEqual(printableLines(text), text, [...args, ...more].join(" "));
        ok(!/^forged: /m.test(text), `a line is forged: ${text}`);
        parts.push(text);
      }
    }
  }
  return parts.join("");
}

const RUNS = { numRuns: 40 };

Deno.test("replay shows hostile names of an events file plainly", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (poison) => {
      const events = poisoned(MIXED_RUN, (one) => `${one}${poison}`);
      const text = events.map((event) => `${JSON.stringify(event)}\n`).join("");
      const shown = await assertPlain(["replay", "run.jsonl"], { "run.jsonl": text });
      ok(shown.includes("engine?") || shown.includes("engine"), "it is shown at all");
      const past = new PastRun(events);
      const page = past.tell(past.endMs);
      strictEqual(printable(page), page);
      ok(!/\\u001b|\\u0000|\\n/.test(page), "nor escaped: the page is told what is to see");
    }),
    RUNS,
  );
});

Deno.test("replay and resume show hostile names of a journal plainly", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (poison) => {
      const header = {
        ...HEADER,
        args: ["flash", `/a${poison}`],
        nodes: [nodeAt(poison, poison)],
        images: [{ name: poison, sha256: new Uint8Array(32) }],
      };
      const files = { j: journalOf(poisoned(MIXED_RUN, (one) => `${one}${poison}`), { header }) };
      await assertPlain(["replay", "j"], files);
      await assertPlain(["resume", "j"], files);
      const other = { j: journalOf([], { header: { ...header, args: [poison, `--${poison}`] } }) };
      await assertPlain(["resume", "j"], other);
    }),
    RUNS,
  );
});

Deno.test("trace explain shows hostile interface names of a pcapng file plainly", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (poison) => {
      const writer = createTraceWriter("pcapng", [poison], 0);
      const parts = [...writer.begin()];
      const frames = [[0x7E0, [0x02, 0x10, 0x02]], [0x7E8, [0x03, 0x7F, 0x10, 0x22]]] as const;
      frames.forEach(([id, bytes], i) => {
        const data = Uint8Array.from(bytes);
        const frame = { id, extended: false, fd: false, bitRateSwitch: false, data };
        parts.push(...writer.frame(frame, i + 1, poison));
      });
      const shown = await assertPlain(["trace", "explain", "t.pcapng"], {
        "t.pcapng": Uint8Array.from(parts),
      });
      ok(shown.includes("1 conversation"), shown);
    }),
    RUNS,
  );
});

Deno.test("every command shows hostile names, files and arguments plainly", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (poison) => {
      const yaml = JSON.stringify({
        buses: { [poison]: { url: poison } },
        images: { [poison]: poison },
        nodes: [{ name: poison, bus: poison, device: poison, image: poison, [poison]: 1 }],
      });
      const files = { f: yaml, raw: poison, [poison]: `:${poison}`, hex: `S0${poison}` };
      const lines = [
        ...["plan", "flash", "verify", "sim", "doctor"].map((command) => [command, "f"]),
        ...["plan", "replay", "resume", "trace explain", "image info", "bundle inspect", "explain"]
          .flatMap((command) =>
            [poison, "raw", "hex"].map((name) => [...command.split(" "), name])
          ),
        ["bundle", "verify", "raw", "--trust", "raw"],
        ["bundle", "unpack", "raw", "--output", poison],
        ["image", "convert", "raw", "--output", poison],
        ["scan", "--bus", poison],
        ["scan", "--range", poison, "--bus", "virtual:a"],
        ["flash", "f", `--${poison}`, poison],
        [poison],
        ["--help", poison],
        [poison, "--help"],
      ];
      for (const line of lines) await assertPlain(line, files);
    }),
    { numRuns: 15 },
  );
});

Deno.test("a bus is called by a plain name, whatever the process that has it says", async () => {
  for (const poison of HIDDEN) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const told = (async () => {
      const conn = await listener.accept();
      const bitRates = { bitrateBps: 500_000 };
      await conn.write(encodeTcpBusMessage({ type: "serverHello", name: poison, bitRates }));
      return conn;
    })();
    const url = `virtual:a?connect=127.0.0.1:${listener.addr.port}`;
    const choice = busOfUrl(url);
    const connect = choice.url;
    ok(connect.kind === "loopback");
    const bus = await openOutsideBus(choice, connect, { clock: new VirtualClock() });
    strictEqual(printable(bus.place), bus.place);
    await bus.close();
    (await told).close();
    listener.close();
  }
});

/**
 * What of the command line writes to an output itself, not through Output, and why it may: it makes
 * its text printable first, writes none from outside, or writes JSON by jsonText() or jsonLine().
 */
const OWN_WRITERS = [
  "ask_first.ts",
  "commands/bench.ts",
  "commands/completions.ts",
  "commands/replay.ts",
  "commands/trace_explain.ts",
  "demo_release.ts",
  "fleet_reporter.ts",
  "journal_keeper.ts",
  "log_file.ts",
  "output.ts",
  "report_error.ts",
  "run_once.ts",
  "trace_file.ts",
  "web_page.ts",
];

Deno.test("no other file of the command line writes to an output past the one door", () => {
  const found: string[] = [];
  const visit = (folder: URL, path: string): void => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (isDirectory) visit(new URL(`${name}/`, folder), `${path}${name}/`);
      else {
        const text = Deno.readTextFileSync(new URL(name, folder));
        if (/\bstd(out|err)\s*\.write\(/.test(text)) found.push(`${path}${name}`);
        const isRaw = /write\(\s*JSON\.stringify/.test(text);
        ok(!isRaw, `${path}${name} writes JSON without jsonText()`);
      }
    }
  };
  visit(new URL("../../../src/cli/", import.meta.url), "");
  deepStrictEqual(found.sort(), OWN_WRITERS);
});

Deno.test("reports hold no text that steers a terminal or begins a formula", () => {
  fc.assert(
    fc.property(hostile, fc.constantFrom("", "=", "+", "-", "@", "\t"), (poison, first) => {
      const events = poisoned(MIXED_RUN, (one) => `${one}${poison}`).map((event) =>
        event.type === "nodeDone" ? { ...event, version: `${first}1${poison}` } : event
      );
      const info = {
        command: "flash",
        commandLine: `canvoy flash ${poison}`,
        fleetFile: poison,
        images: [],
        environment: [],
      };
      const record = { info, state: stateOf(events), summary: undefined };
      const csv = csvReport(record as unknown as RunRecord);
      for (const line of csv.split("\r\n")) {
        strictEqual(printable(line), line);
        for (const [cell] of line.matchAll(/"(?:[^"]|"")*"|[^,"]+/g)) {
          ok(!/^"?[=+\-@\t]/.test(cell), cell);
        }
      }
      const junit = junitReport(record as unknown as RunRecord);
      strictEqual(printableLines(junit), junit);
    }),
    RUNS,
  );
});
