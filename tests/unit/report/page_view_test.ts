import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { FleetEvent } from "../../../src/fleet/mod.ts";
import { pageUpdate, plainLine, remedyFor, terminalRows } from "../../../src/report/mod.ts";
import { at, MIXED_RUN, stateOf } from "./_support.ts";

const AWAY: readonly FleetEvent[] = at(
  [3000, { type: "busState", bus: "body", state: "stopped" }],
);
const BACK: readonly FleetEvent[] = at(
  [9000, { type: "busState", bus: "body", state: "errorActive" }],
);

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
  const view = {
    nowMs: 3000,
    columns: 120,
    rows: 40,
    paint: (text: string) => text,
    buses: [],
  };
  const row = terminalRows(state, view).find((text) => text.startsWith("gateway"))!;
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
