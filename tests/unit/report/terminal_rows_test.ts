import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  finalTable,
  fleetMap,
  linesAfterResize,
  NO_RATES,
  paintAnsi,
  paintNothing,
  redraw,
  type RowView,
  sampleRates,
  scrollRange,
  terminalRows,
} from "../../../src/report/mod.ts";
import type { FleetEventBody } from "../../../src/fleet/mod.ts";
import { at, MIXED_RUN, REFUSED_ERASE, started, stateOf } from "./_support.ts";

const VIEW: RowView = {
  columns: 100,
  rows: 20,
  nowMs: 3000,
  paint: paintNothing,
  buses: [{ bus: "body", frames: 1234, bits: 150_000, busyRatio: 0.756 }],
};

Deno.test("terminalRows() shows a row for each node, each bus and all", () => {
  deepStrictEqual(terminalRows(stateOf(MIXED_RUN), VIEW), [
    "node    state      segment written                          bytes        rate   time",
    "door    FAILED     Cannot complete RoutineControl: generalProgrammingFailure (0x72)",
    'lamp    REFUSED    WRONG_HARDWARE: Cannot update node: its hardware is "B"',
    "engine  done               ████████████ 100 %   24.0 KiB/24.0 KiB              1.0 s",
    "gateway writing        2/2 ██████████░░  83 %   20.0 KiB/24.0 KiB",
    "bus body  76 % load, 1234 frames",
    "1 of 4 nodes  2 failed  2.0 s  44.0 KiB of 72.0 KiB  1 retry",
  ]);
});

Deno.test("terminalRows() leaves bar and rate out where they do not fit", () => {
  const rows = terminalRows(stateOf(MIXED_RUN), { ...VIEW, columns: 48 });
  strictEqual(rows[0], "node    state      segment  done   time");
  strictEqual(rows[4], "gateway writing        2/2  83 %");
  strictEqual(rows[1], "door    FAILED     UDS_NEGATIVE_RESPONSE");
});

Deno.test("terminalRows() shows failures and nodes at work when not all nodes fit", () => {
  const rows = terminalRows(stateOf(MIXED_RUN), { ...VIEW, rows: 4, buses: [] });
  deepStrictEqual(rows.map((row) => row.split(" ")[0]), ["door", "lamp", "...", "1"]);
  strictEqual(rows[2], "... 2 more: 1 at work, 1 done");
});

Deno.test("terminalRows() tells a bus that is not error-active", () => {
  const state = stateOf([
    ...MIXED_RUN,
    ...at([3000, { type: "busState", bus: "body", state: "busOff" }]),
  ]);
  ok(terminalRows(state, VIEW).includes("bus body  76 % load, 1234 frames, BUS-OFF"));
});

Deno.test("terminalRows() never exceeds the terminal, whatever its size", () => {
  const many = stateOf(at([0, started(...Array.from({ length: 60 }, (_, i) => `node-${i}`))]));
  fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(70), (columns, rows) => {
    for (const state of [stateOf(MIXED_RUN), many]) {
      const drawn = terminalRows(state, { ...VIEW, columns, rows });
      ok(drawn.length <= Math.max(1, rows), `${drawn.length} rows of ${rows}`);
      for (const row of drawn) ok(row.length <= columns, row);
    }
  }));
});

Deno.test("terminalRows() leaves whole figures out of the last row, and cuts none", () => {
  const last = (columns: number) => terminalRows(stateOf(MIXED_RUN), { ...VIEW, columns }).at(-1);
  strictEqual(last(55), "1 of 4 nodes  2 failed  2.0 s  44.0 KiB of 72.0 KiB");
  strictEqual(last(50), "1 of 4 nodes  2 failed  44.0 KiB of 72.0 KiB");
  strictEqual(last(40), "1 of 4 nodes  2 failed");
});

Deno.test("terminalRows() colours what it says, and only that", () => {
  const escape = String.fromCharCode(0x1B);
  const plain = terminalRows(stateOf(MIXED_RUN), VIEW);
  const coloured = terminalRows(stateOf(MIXED_RUN), { ...VIEW, paint: paintAnsi });
  ok(coloured[1]!.includes(`${escape}[31mFAILED`));
  const bare = coloured.map((row) => row.replaceAll(new RegExp(`${escape}\\[[0-9]+m`, "g"), ""));
  deepStrictEqual(bare, plain);
});

Deno.test("redraw() goes up over the rows before and clears what was below", () => {
  const escape = String.fromCharCode(0x1B);
  const readable = (text: string): string => text.replaceAll(escape, "^");
  strictEqual(readable(redraw(["a", "b"], 0)), "^[?25l^[?7l^[2Ka\n^[2Kb\n^[0J^[?7h^[?25h");
  strictEqual(readable(redraw(["a"], 2)), "^[?25l^[?7l^[2A\r^[2Ka\n^[0J^[?7h^[?25h");
});

Deno.test("terminalRows() tells rate and remaining time of each node and of all", () => {
  const before = stateOf(MIXED_RUN.slice(0, -1));
  const state = stateOf(MIXED_RUN);
  const buses = (busyRatio: number): RowView["buses"] => [{ ...VIEW.buses[0]!, busyRatio }];
  let rates = sampleRates(NO_RATES, before, { nowMs: 2400, buses: buses(0.5) });
  rates = sampleRates(rates, state, { nowMs: 3000, buses: buses(0.6) });
  const rows = terminalRows(state, { ...VIEW, rates, buses: buses(0.6) });
  strictEqual(
    rows[4],
    "gateway writing        2/2 ██████████░░  83 %   20.0 KiB/24.0 KiB   6.7 KiB/s  -0:01",
  );
  // 1800 ms busy after 3000 ms, of which 1200 ms before 2400 ms: all of the 600 ms between.
  strictEqual(rows[5], "bus body 100 % load, 1234 frames, 0:01 left");
  ok(rows[6]!.includes("  0:01 left  "), rows[6]);
});

Deno.test("terminalRows() puts nodes side by side on a wide terminal, and maps those left out", () => {
  const names = Array.from({ length: 60 }, (_, i) => `node-${i}`);
  const state = stateOf([
    ...at([0, started(...names)]),
    ...at([5, { node: "node-59", type: "nodeFailed", error: REFUSED_ERASE, state: "bootloader" }]),
    ...at([6, { node: "node-0", type: "nodeDone", upToDate: true }]),
  ]);
  const wide = terminalRows(state, { ...VIEW, columns: 200, rows: 49 });
  for (const name of names) {
    ok(wide.some((row) => new RegExp(`(^|  )${name} `).test(row)), `${name} is in sight`);
  }
  const narrow = terminalRows(state, { ...VIEW, columns: 80, rows: 23 });
  ok(narrow[1]!.startsWith("node-59 FAILED"), narrow[1]);
  ok(narrow.includes("... 43 more: 42 waiting, 1 done"), narrow.join("\n"));
  ok(narrow.includes("✓" + "·".repeat(58) + "✗"), narrow.join("\n"));
  ok(narrow.includes("✗ failed  · waiting  ✓ done"), narrow.join("\n"));
  const scrolled = terminalRows(state, { ...VIEW, columns: 80, rows: 23, scrolledRows: 1 });
  ok(!scrolled.some((row) => row.includes("FAILED ")));
});

Deno.test("terminalRows() scrolls through failures, then all others in the order of the fleet file", () => {
  const names = Array.from({ length: 60 }, (_, i) => `node-${i}`);
  const state = stateOf([
    ...at([0, started(...names)]),
    ...at([5, { node: "node-59", type: "nodeFailed", error: REFUSED_ERASE, state: "bootloader" }]),
    ...at([6, { node: "node-0", type: "nodeDone", upToDate: true }]),
  ]);
  const view = { ...VIEW, columns: 80, rows: 23 };
  const seen = (scrolledRows: number): readonly string[] =>
    terminalRows(state, { ...view, scrolledRows });
  const firstWords = (scrolledRows: number): readonly string[] =>
    seen(scrolledRows).slice(1, 18).map((row) => row.split(" ")[0]!);
  deepStrictEqual(scrollRange(state, view), { pageRows: 17, endRows: 43 });
  deepStrictEqual(firstWords(0), ["node-59", ...names.slice(1, 17)]);
  ok(seen(0).includes("nodes 1-17 of 60, arrows scroll; 43 more: 42 waiting, 1 done"));
  deepStrictEqual(firstWords(1), names.slice(0, 17));
  ok(seen(1).includes("nodes 2-18 of 60, arrows scroll; 43 more: 1 FAILED, 42 waiting"));
  for (const rows of [43, 99]) {
    deepStrictEqual(firstWords(rows), names.slice(42, 59));
    ok(
      seen(rows).includes(
        "nodes 44-60 of 60, arrows scroll; 43 more: 1 FAILED, 41 waiting, 1 done",
      ),
    );
  }
  deepStrictEqual(scrollRange(state, { ...view, rows: 63 }), { pageRows: 60, endRows: 0 });
  deepStrictEqual(scrollRange(state, { ...view, columns: 200 }), { pageRows: 17, endRows: 13 });
});

Deno.test("terminalRows() shows failures on top at every size of the terminal", () => {
  const names = Array.from({ length: 64 }, (_, i) => `node-${i}`);
  const state = stateOf([
    ...at([0, started(...names)]),
    ...at([5, { node: "node-60", type: "nodeFailed", error: REFUSED_ERASE, state: "bootloader" }]),
    ...at([6, { node: "node-9", type: "nodeRefused", error: REFUSED_ERASE }]),
  ]);
  for (const [columns, rows] of [[80, 24], [120, 40], [200, 50], [80, 100], [60, 8]] as const) {
    const drawn = terminalRows(state, { ...VIEW, columns, rows: rows - 1 });
    const bad = drawn.findIndex((row) => row.startsWith("node-9 "));
    strictEqual(bad, rows > 10 ? 1 : 0, drawn.join("\n"));
    ok(drawn[bad + 1]!.startsWith("node-60 FAILED"), drawn.join("\n"));
  }
});

Deno.test("fleetMap() shows every node by one sign", () => {
  deepStrictEqual(fleetMap(stateOf(MIXED_RUN), 3, paintNothing), ["✓✗✗", "▇"]);
});

Deno.test("linesAfterResize() counts lines that a narrower terminal breaks", () => {
  strictEqual(linesAfterResize(["x".repeat(80), "y"], { columns: 40, rows: 24 }), 3);
  strictEqual(linesAfterResize(["x".repeat(80), "y"], { columns: 10, rows: 5 }), 4);
});

Deno.test("finalTable() loses no word of a cause, however narrow the terminal", () => {
  const state = stateOf(MIXED_RUN);
  const words = (lines: readonly string[]): string => lines.join(" ").replace(/\s+/g, " ");
  const full = words(finalTable(state, paintNothing));
  for (const columns of [30, 59, 60, 80, 200]) {
    const lines = finalTable(state, paintNothing, { columns, rows: 24 });
    for (const line of lines) ok(line.length <= columns || columns < 40, line);
    for (const cause of [REFUSED_ERASE.message, "check the supply voltage", 'hardware is "B"']) {
      ok(full.includes(cause) && words(lines).includes(cause), `${columns}: ${cause}`);
    }
  }
});

Deno.test("finalTable() tells nodes that ended alike together, so that failures stay in sight", () => {
  const names = Array.from({ length: 60 }, (_, i) => `node-${i}`);
  const silent = (ms: string): typeof REFUSED_ERASE => ({
    ...REFUSED_ERASE,
    message: `Cannot complete it: no response within ${ms} ms`,
  });
  const ends = names.map((node, i): readonly [number, FleetEventBody] => [
    i,
    i === 7 || i === 30
      ? { node, type: "nodeFailed", error: silent(i === 7 ? "120.2" : "120.4"), state: "oldImage" }
      : { node, type: "nodeDone", upToDate: false, version: "2" },
  ]);
  const state = stateOf(at([0, started(...names)], ...ends));
  const lines = finalTable(state, paintNothing, { columns: 80, rows: 24 });
  ok(lines.length < 24, lines.join("\n"));
  ok(lines[0]!.startsWith("FAILED     2 nodes Cannot complete it"), lines[0]);
  strictEqual(lines[1]!.trim(), "node-7, node-30");
  ok(lines.some((line) => line.includes("58 nodes: node-0 .. node-6, node-8 .. node-29,")));
  strictEqual(finalTable(state, paintNothing).length > 58, true);
});
