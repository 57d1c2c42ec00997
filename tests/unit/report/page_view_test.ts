import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { FleetEvent } from "../../../src/fleet/mod.ts";
import { pageUpdate, plainLine, remedyFor, terminalRows } from "../../../src/report/mod.ts";
import { at, MIXED_RUN, SEGMENTS, started, stateOf } from "./_support.ts";

const AWAY: readonly FleetEvent[] = at(
  [3000, { type: "busState", bus: "body", state: "stopped" }],
);
const BACK: readonly FleetEvent[] = at(
  [9000, { type: "busState", bus: "body", state: "errorActive" }],
);

const VIEW = {
  nowMs: 3000,
  columns: 120,
  rows: 40,
  paint: (text: string) => text,
  buses: [],
};

function page(events: readonly FleetEvent[]): Record<string, readonly string[]> {
  const { nodes } = pageUpdate(stateOf(events), { isTold: () => true, buses: [], log: [] });
  return Object.fromEntries(
    nodes.map(([, { name, phase, kind, error }]) => [name, [phase, kind, error]]),
  );
}

Deno.test("pageUpdate() tells what nodes wait for whose bus is away, until it is back", () => {
  const before = page(MIXED_RUN);
  const away = page([...MIXED_RUN, ...AWAY]);
  deepStrictEqual(away["gateway"], ["bus away", "waiting", "waits for body: down or gone"]);
  // What has ended waits for nothing.
  deepStrictEqual(away["door"], before["door"]);
  deepStrictEqual(page([...MIXED_RUN, ...AWAY, ...BACK]), before);
});

Deno.test("terminalRows() and plainLine() tell what nodes wait for whose bus is away", () => {
  const state = stateOf([...MIXED_RUN, ...AWAY]);
  const row = terminalRows(state, VIEW).find((text) => text.startsWith("gateway"))!;
  match(row, /^gateway bus away .*waits for body: down or gone$/);
  const line = plainLine(AWAY[0]!, state, { isVerbose: false })!;
  ok(line.endsWith("bus body: stopped; its nodes wait for it"), line);
  strictEqual(
    plainLine(BACK[0]!, state, { isVerbose: false })!.trim().endsWith("bus body: errorActive"),
    true,
  );
});

Deno.test("remedyFor() names the interface's state where the bus was away, not wiring", () => {
  const remedy = remedyFor({ code: "BUS_AWAY", message: "" });
  match(remedy, /interface up/);
  ok(!/wiring|termination|bit rate/.test(remedy));
});

Deno.test("pageUpdate() shows a node that is done as full, whatever it was not asked for", () => {
  const state = stateOf(at(
    [0, started("left", "right")],
    [1, { node: "left", type: "nodePlanned", segments: SEGMENTS, imageBytes: 24_576 }],
    [2, { node: "left", type: "segmentPhase", segment: 0, phase: "verified", attempt: 1 }],
    [3, { node: "left", type: "nodeDone", upToDate: false }],
    [4, { node: "right", type: "nodeDone", upToDate: true }],
  ));
  const { nodes } = pageUpdate(state, { isTold: () => true, buses: [], log: [] });
  const [left, right] = nodes.map(([, node]) => node);
  deepStrictEqual([left!.segments, left!.bytes, left!.bytesTotal], ["vs", 24_576, 24_576]);
  strictEqual(right!.kind, "done");
  const rows = terminalRows(state, { ...VIEW, buses: [] });
  for (const row of rows.slice(1, 3)) match(row, /████████████ 100 %/);
});
