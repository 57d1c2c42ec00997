import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { VirtualClock } from "../../src/core/mod.ts";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import type { VirtualNode } from "../../src/sim/mod.ts";
import { differingNodes, randomImage, runBench } from "../support/bench.ts";

const IMAGE = randomImage(0x0800_8000, 20_000, 3);
const OLD = randomImage(0x0800_8000, 20_000, 4, "1.0.0");

/** Updates two nodes, of which the first loses its power as its bootloader is asked to erase. */
function run(times: number): { events: readonly FleetEvent[]; nodes: readonly VirtualNode[] } {
  let clock: VirtualClock;
  let node: VirtualNode;
  let left = times;
  return runBench({
    image: IMAGE,
    application: OLD,
    behaviours: [{}, {}],
    prepare: (itsClock, nodes) => {
      clock = itsClock;
      node = nodes[0]!;
    },
    onEvent: (event) => {
      const isErasing = event.type === "segmentPhase" && event.phase === "erasing" &&
        event.node === "node-0";
      if (!isErasing || left-- <= 0) return;
      node.powerOff();
      clock.schedule(() => node.powerOn(), 20);
    },
  });
}

Deno.test("runFleet() brings a node back in that runs its old application again before the erase", () => {
  const { events, nodes } = run(1);
  deepStrictEqual(events.filter(({ type }) => type === "nodeFailed"), []);
  deepStrictEqual(differingNodes(nodes, IMAGE), []);
  const retry = events.find((event) => event.type === "retry" && event.scope === "node");
  // Its application knows no erase: what its bootloader would be believed at once.
  strictEqual(retry?.type === "retry" && retry.error.response, "7F 31 31");
});

Deno.test("runFleet() believes a node that refuses for good, brought back in", () => {
  const { events, nodes } = run(Infinity);
  const failed = events.filter((event) => event.type === "nodeFailed");
  deepStrictEqual(failed.map((event) => "node" in event && event.node), ["node-0"]);
  deepStrictEqual(differingNodes(nodes, OLD), ["node-1"]);
});
