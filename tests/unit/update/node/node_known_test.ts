import { deepStrictEqual } from "node:assert/strict";
import type { NodeEndState, NodeEvent, NodePhase } from "../../../../src/update/mod.ts";
import {
  busIsBack,
  foundInBootloader,
  learn,
  learnOfWayBack,
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

Deno.test("what no event tells: a try begins, a bus is back, a bootloader answers", () => {
  const all: NodeKnown = { isRetried: true, isInside: true, isWhole: true, hasLeftGroup: true };
  deepStrictEqual(tryBegins(all), { ...all, isInside: false });
  deepStrictEqual(busIsBack(all), { ...all, hasLeftGroup: false });
  deepStrictEqual(foundInBootloader(all), { ...all, leftIn: "bootloader" });
});

Deno.test("learnOfWayBack() takes from the way back to another image only how it ended", () => {
  const error = { code: "ACTIVATION", message: "silence" };
  const failed = (state: NodeEndState): NodeEvent => ({ type: "nodeFailed", error, state });
  const table: readonly (readonly [NodeEvent, NodeEndState | undefined])[] = [
    [told, "bootloader"],
    [phase("imageVerified"), "bootloader"],
    [{ type: "nodeDone", upToDate: false }, "rolledBack"],
    [failed("eraseUnconfirmed"), "eraseUnconfirmed"],
    [{ type: "nodeCancelled", state: "newImageUnconfirmed" }, "newImageUnconfirmed"],
    // It was not begun, or changed nothing.
    [{ type: "nodeRefused", error }, "bootloader"],
    [failed("untouched"), "bootloader"],
    [failed("oldImage"), "bootloader"],
  ];
  const before = foundInBootloader(NOTHING_KNOWN);
  for (const [event, leftIn] of table) {
    deepStrictEqual(learnOfWayBack(before, event), { ...before, leftIn }, event.type);
  }
});
