import { deepStrictEqual } from "node:assert/strict";
import type { NodeEvent, NodePhase } from "../../../../src/update/mod.ts";
import {
  busIsBack,
  learn,
  type NodeKnown,
  NOTHING_KNOWN,
  tryBegins,
} from "../../../../src/update/node/node_known.ts";

const phase = (name: NodePhase): NodeEvent => ({ type: "nodePhase", phase: name });
const retry = (scope: "request" | "segment" | "node"): NodeEvent => ({
  type: "retry",
  scope,
  attempt: 2,
  delayMs: 0,
  error: { code: "UDS_TIMEOUT", message: "silence" },
});
const told: NodeEvent = { type: "nodeIdentified", identity: { serial: "1" } };

const TABLE: readonly (readonly [string, readonly NodeEvent[], Partial<NodeKnown>])[] = [
  ["phases that tell nothing", [phase("found"), phase("entering"), phase("updating")], {}],
  ["what it told", [told], { identity: { serial: "1" } }],
  ["a retry since it told", [told, retry("request")], {
    identity: { serial: "1" },
    isRetried: true,
  }],
  ["a retry before it told", [retry("request"), told], { identity: { serial: "1" } }],
  ["within its bootloader", [phase("unlocked")], { isInside: true }],
  ["a segment tried again within", [phase("unlocked"), retry("segment")], {
    isInside: true,
    isRetried: true,
  }],
  ["a node that is to be tried again is still within", [phase("unlocked"), retry("node")], {
    isInside: true,
    isRetried: true,
  }],
  ["whole", [phase("imageVerified")], { isWhole: true }],
  ["out of its group", [{ type: "nodeLeftGroup", reason: "late" }], { hasLeftGroup: true }],
];

Deno.test("learn() folds a node's events", () => {
  for (const [what, events, expected] of TABLE) {
    deepStrictEqual(events.reduce(learn, NOTHING_KNOWN), { ...NOTHING_KNOWN, ...expected }, what);
  }
});

Deno.test("what no event tells: a try begins, and a bus is back", () => {
  const all: NodeKnown = { isRetried: true, isInside: true, isWhole: true, hasLeftGroup: true };
  deepStrictEqual(tryBegins(all), { ...all, isInside: false });
  deepStrictEqual(busIsBack(all), { ...all, hasLeftGroup: false });
});
