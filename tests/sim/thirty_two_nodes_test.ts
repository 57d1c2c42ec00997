import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import { differingNodes, randomImage, runBench } from "../support/bench.ts";
import { dearTest } from "../support/dear.ts";

const NODES = 32;
const IMAGE = randomImage(0x0800_8000, 128 * 1024, 32);

/** What came of each node: its last event without the time, its segments' phases, its retries. */
function resultsByNode(events: readonly FleetEvent[]): ReadonlyMap<string, string> {
  const results = new Map<string, string[]>();
  for (const event of events) {
    if (!("node" in event) || event.type === "segmentProgress") continue;
    const { atMs: _, ...rest } = event;
    const before = results.get(event.node) ?? [];
    results.set(event.node, [...before, JSON.stringify(rest)]);
  }
  return new Map([...results].map(([node, lines]) => [node, lines.join("\n")]));
}

const good = runBench({ image: IMAGE, behaviours: Array.from({ length: NODES }, () => ({})) });

Deno.test("32 nodes of 128 KiB on one classic bus of 1 Mbit/s all end verified and running", () => {
  strictEqual(good.events.filter(({ type }) => type === "nodeDone").length, NODES);
  deepStrictEqual(good.events.filter(({ type }) => type === "retry"), []);
  deepStrictEqual(differingNodes(good.nodes, IMAGE), []);
  deepStrictEqual(new Set(good.nodes.map(({ mode }) => mode)), new Set(["application"]));
});

Deno.test("32 nodes: the checker finds one flipped byte in the image of 128 KiB", () => {
  const other = structuredClone(IMAGE);
  other.ranges[0]!.data[IMAGE.ranges[0]!.data.length - 1]! ^= 1;
  strictEqual(differingNodes(good.nodes, other).length, NODES);
});

dearTest(
  "a dead node, one with another key and one stuck in its erase change no other's result",
  () => {
    const { events, nodes } = runBench({
      image: IMAGE,
      behaviours: Array.from({ length: NODES }, (_, i) => {
        if (i === 3) return { isDead: true };
        // Erases for hours, and asks for patience all the while.
        return i === 20 ? { flashTimeScale: 100_000 } : {};
      }),
      otherKeyNodes: [12],
    });
    const bad = ["node-3", "node-12", "node-20"];
    const failed = events.filter((event) => event.type === "nodeFailed");
    deepStrictEqual(failed.map(({ node }) => node).sort(), bad.toSorted());
    deepStrictEqual(differingNodes(nodes, IMAGE), bad);

    const before = resultsByNode(good.events);
    const now = resultsByNode(events);
    for (const name of nodes.map(({ options }) => options.name)) {
      if (bad.includes(name)) ok(now.get(name) !== before.get(name), name);
      else strictEqual(now.get(name), before.get(name), name);
    }
  },
);
