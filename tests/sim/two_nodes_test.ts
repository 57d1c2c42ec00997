import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { differingNodes, randomImage, runBench } from "../support/bench.ts";

Deno.test("runFleet() brings two F407 nodes to a verified, running image", () => {
  const image = randomImage(0x0800_8000, 100_000, 7);
  const { events, nodes } = runBench({ image, behaviours: [{}, {}] });
  strictEqual(events.at(-1)?.type, "runFinished");
  strictEqual(events.filter((event) => event.type === "nodeDone").length, 2);
  deepStrictEqual(differingNodes(nodes, image), []);
  deepStrictEqual(nodes.map((node) => node.mode), ["application", "application"]);
});

Deno.test("differingNodes() finds one flipped byte", () => {
  const image = randomImage(0x0800_8000, 20_000, 7);
  const { nodes } = runBench({ image, behaviours: [{}] });
  const other = structuredClone(image);
  other.ranges[0]!.data[12_345]! ^= 1;
  deepStrictEqual(differingNodes(nodes, other), ["node-0"]);
});

Deno.test("runFleet() survives lost frames, a power loss, a failed program and a 0x78 storm", () => {
  const image = randomImage(0x0800_8000, 60_000, 9);
  const { events, nodes } = runBench({
    image,
    faults: { lossRatio: 0.001 },
    behaviours: [
      { powerLossAtOperation: 6, powerLossMs: 200 },
      { failProgramAt: 0x0800_9000 },
      { responsePendingAfterMs: 1, responsePendingEveryMs: 5 },
      { lostBlockResponse: 3, repeatedBlock: "sequenceErrorAndReset" },
      { isDeafWhileBusy: true, responsePendingAfterMs: Infinity },
    ],
  });
  deepStrictEqual(events.filter((event) => event.type === "nodeFailed"), []);
  strictEqual(events.filter((event) => event.type === "nodeDone").length, 5);
  ok(events.some((event) => event.type === "retry"));
  deepStrictEqual(differingNodes(nodes, image), []);
});

Deno.test("runFleet() names a dead node and leaves the others untouched by it", () => {
  const image = randomImage(0x0800_8000, 20_000, 3);
  const { events, nodes } = runBench({ image, behaviours: [{}, { isDead: true }, {}] });
  const failed = events.filter((event) => event.type === "nodeFailed");
  deepStrictEqual(failed.map((event) => "node" in event && event.node), ["node-1"]);
  deepStrictEqual(differingNodes(nodes, image), ["node-1"]);
});

Deno.test("runFleet() gives the same events for the same seed, and others for another", () => {
  const image = randomImage(0x0800_8000, 20_000, 3);
  const faults = { lossRatio: 0.002 };
  const runs = [1, 1, 2].map((seed) =>
    JSON.stringify(runBench({ image, seed, faults, behaviours: [{}, {}] }).events)
  );
  strictEqual(runs[0], runs[1]);
  ok(runs[0] !== runs[2]);
});
