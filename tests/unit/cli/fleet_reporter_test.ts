import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { CommandArguments } from "../../../src/cli/command_spec.ts";
import { FleetReporter } from "../../../src/cli/fleet_reporter.ts";
import { momentsOf } from "../../../src/fleet/mod.ts";
import { at, MIXED_RUN, started } from "../report/_support.ts";
import { MemoryHost } from "./_host.ts";

const GOOD_RUN = at(
  [0, started("a")],
  [5, { node: "a", type: "nodeDone", upToDate: false, version: "2" }],
  [6, { type: "runFinished" }],
);
const BUSES = [{ bus: "body", frames: 3, bits: 330, busyRatio: 0.5 }];

function report(host: MemoryHost, events: typeof GOOD_RUN, ...flags: readonly string[]): number {
  const args: CommandArguments = {
    command: "flash",
    operands: [],
    flags: new Set(flags),
    values: new Map(),
  };
  const reporter = new FleetReporter({ args, host, busFigures: () => BUSES });
  for (const moment of momentsOf(events)) {
    reporter.next(moment);
    reporter.draw(moment.event.atMs);
  }
  return reporter.finish();
}

Deno.test("FleetReporter() writes plain lines and the table into a pipe", () => {
  const host = new MemoryHost([]);
  strictEqual(report(host, GOOD_RUN), 0);
  strictEqual(
    host.stdout.text,
    [
      "    0.000 1 node",
      "    0.005 a: done, version 2 runs, 0 B in 0.0 s",
      "done       a    2, 0 B in 0.0 s",
      "1 node: 1 updated in 0.0 s",
      "",
    ].join("\n"),
  );
  strictEqual(host.stderr.text, "");
});

Deno.test("FleetReporter() writes JSON lines and nothing else to standard output", () => {
  const host = new MemoryHost([]);
  strictEqual(report(host, GOOD_RUN, "json"), 0);
  const records = host.stdout.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  deepStrictEqual(records.slice(0, -1), GOOD_RUN);
  deepStrictEqual(records.at(-1), {
    type: "summary",
    command: "flash",
    ok: true,
    nodes: 1,
    done: 1,
    upToDate: 0,
    failed: 0,
    refused: 0,
    endStates: {
      newImage: 1,
      oldImage: 0,
      bootloader: 0,
      untouched: 0,
      eraseUnconfirmed: 0,
      newImageUnconfirmed: 0,
      rolledBack: 0,
    },
    elapsedMs: 6,
    bytesWritten: 0,
    retries: 0,
    buses: BUSES,
  });
  ok(host.stderr.text.includes("1 node: 1 updated"));
});

Deno.test("FleetReporter() says the result alone when quiet", () => {
  const host = new MemoryHost([]);
  report(host, GOOD_RUN, "quiet");
  strictEqual(host.stdout.text, "done       a    2, 0 B in 0.0 s\n1 node: 1 updated in 0.0 s\n");
});

Deno.test("FleetReporter() draws rows over each other on a terminal, and takes them away", () => {
  const host = new MemoryHost([], { isTerminal: true });
  strictEqual(report(host, MIXED_RUN), 1);
  const screen = screenOf(host.stdout.text);
  strictEqual(screen.filter((line) => line.includes("gateway")).length, 1);
  strictEqual(screen.filter((line) => line.includes("% busy")).length, 0);
  ok(
    screen.slice(-2).join(" ").includes("4 nodes: 1 updated, 1 failed, 1 refused, 1 not finished"),
  );
});

Deno.test("FleetReporter() keeps to plain text with NO_COLOR and on a dumb terminal", () => {
  const escape = String.fromCharCode(0x1B);
  const plain = new MemoryHost([], { isTerminal: true, env: { NO_COLOR: "1" } });
  report(plain, GOOD_RUN);
  ok(!new RegExp(`${escape}\\[[0-9]+m`).test(plain.stdout.text));
  const dumb = new MemoryHost([], { isTerminal: true, env: { TERM: "dumb" } });
  report(dumb, GOOD_RUN);
  ok(!dumb.stdout.text.includes(escape));
  ok(dumb.stdout.text.includes("done, version 2 runs"));
});

Deno.test("FleetReporter() lets a verbose log run upwards above the rows", () => {
  const host = new MemoryHost([], { isTerminal: true });
  report(host, MIXED_RUN, "verbose");
  const screen = screenOf(host.stdout.text);
  ok(screen.some((line) => line.includes("engine: image verified")));
  strictEqual(screen.filter((line) => line.includes("% busy")).length, 0);
});

Deno.test("FleetReporter() listens to keys where it draws and somebody can type, until it is disposed", () => {
  const args = { command: "flash", operands: [], values: new Map() };
  const create = (host: MemoryHost, ...flags: readonly string[]): FleetReporter =>
    new FleetReporter({ args: { ...args, flags: new Set(flags) }, host, busFigures: () => BUSES });
  const host = new MemoryHost([], { isTerminal: true });
  host.answer = true;
  {
    using reporter = create(host);
    const names = Array.from({ length: 20 }, (_, i) => `node-${i}`);
    for (const moment of momentsOf(at([0, started(...names)]))) reporter.next(moment);
    host.type!("\x1b[");
    host.type!("B");
    reporter.draw(1);
    ok(host.stdout.text.includes("nodes 2-6 of 20, arrows scroll"), host.stdout.text);
  }
  strictEqual(host.type, undefined);
  using _quiet = create(host, "quiet");
  strictEqual(host.type, undefined);
});

Deno.test("FleetReporter() ends with 130 when the run was stopped", () => {
  const events = [
    ...at([0, started("a")], [1, { type: "cancelRequested" }]),
    ...at([2, { node: "a", type: "nodeCancelled", state: "oldImage" }], [3, {
      type: "runFinished",
    }]),
  ];
  strictEqual(report(new MemoryHost([]), events), 130);
});

/** What a terminal shows of what was written to it: cursor up, clear below, colours passed over. */
function screenOf(text: string): readonly string[] {
  const escape = String.fromCharCode(0x1B);
  const token = new RegExp(`${escape}\\[([?0-9]*)([A-Za-z])|[\\r\\n]|[^${escape}\\r\\n]+`, "g");
  const lines: string[] = [];
  let row = 0;
  let column = 0;
  for (const [piece, count, action] of text.matchAll(token)) {
    if (action === "A") row -= Number(count);
    else if (action === "J") lines.length = row;
    else if (action === "K") lines[row] = (lines[row] ?? "").slice(0, column);
    else if (piece === "\n") row++;
    else if (action === undefined && piece !== "\r") {
      const line = (lines[row] ?? "").padEnd(column);
      lines[row] = line.slice(0, column) + piece + line.slice(column + piece.length);
      column += piece.length;
    }
    if (action === "A" || piece === "\n" || piece === "\r") column = 0;
    ok(row >= 0, "the cursor left the screen");
  }
  return lines;
}
