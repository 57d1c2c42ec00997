import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  paintAnsi,
  paintNothing,
  redraw,
  type RowView,
  terminalRows,
} from "../../../src/report/mod.ts";
import { at, MIXED_RUN, started, stateOf } from "./_support.ts";

const VIEW: RowView = {
  columns: 100,
  rows: 20,
  nowMs: 3000,
  paint: paintNothing,
  buses: [{ bus: "body", frames: 1234, bits: 150_000, busyRatio: 0.756 }],
};

Deno.test("terminalRows() shows a row for each node, each bus and all", () => {
  deepStrictEqual(terminalRows(stateOf(MIXED_RUN), VIEW), [
    "engine  done               ████████████ 100 % 1 retry",
    "door    FAILED             ░░░░░░░░░░░░   0 % UDS_NEGATIVE_RESPONSE",
    "lamp    REFUSED            ░░░░░░░░░░░░   0 % WRONG_HARDWARE",
    "gateway writing        2/2 ██████████░░  83 %   2.0 KiB/s",
    "body    bus 76 % busy, 1234 frames",
    "1 of 4 nodes  2 failed  44.0 KiB of 72.0 KiB  1 retry  2.0 s",
  ]);
});

Deno.test("terminalRows() leaves bar and rate out where they do not fit", () => {
  const rows = terminalRows(stateOf(MIXED_RUN), { ...VIEW, columns: 48 });
  strictEqual(rows[3], "gateway writing        2/2  83 %");
  strictEqual(rows[1], "door    FAILED               0 % UDS_NEGATIVE_R…");
});

Deno.test("terminalRows() shows failures and nodes at work when not all nodes fit", () => {
  const rows = terminalRows(stateOf(MIXED_RUN), { ...VIEW, rows: 4, buses: [] });
  deepStrictEqual(rows.map((row) => row.split(" ")[0]), ["door", "lamp", "...", "1"]);
  strictEqual(rows[2], "... and 2 more");
});

Deno.test("terminalRows() tells a bus that is not error-active", () => {
  const state = stateOf([
    ...MIXED_RUN,
    ...at([3000, { type: "busState", bus: "body", state: "busOff" }]),
  ]);
  ok(terminalRows(state, VIEW).includes("body    bus 76 % busy, 1234 frames, BUS-OFF"));
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
  strictEqual(readable(redraw(["a", "b"], 0)), "^[?25la^[K\nb^[K\n^[0J^[?25h");
  strictEqual(readable(redraw(["a"], 2)), "^[?25l^[2A\ra^[K\n^[0J^[?25h");
});
