import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import type { NodeBehaviour, VirtualNode } from "../../src/sim/mod.ts";
import { type BenchOptions, differingNodes, randomImage, runBench } from "../support/bench.ts";
import { dearTest } from "../support/dear.ts";

const START = 0x0800_8000;
const OLD = randomImage(START, 60_000, 1, "1.0.0");
const NEW = randomImage(START, 70_000, 2, "2.0.0");

function run(behaviour: NodeBehaviour, options: Partial<BenchOptions> = {}) {
  return runBench({ image: NEW, application: OLD, behaviours: [behaviour], ...options });
}

function endOf(events: readonly FleetEvent[]): string {
  const end = events.find((event) => /^node(Done|Failed|Refused|Cancelled)$/.test(event.type))!;
  return "state" in end ? `${end.type} ${end.state}` : end.type;
}

function runs(node: VirtualNode, image: typeof OLD): boolean {
  return node.mode === "application" && differingNodes([node], image).length === 0;
}

Deno.test("a reset loop of a bad application ends in the bootloader, and is reported so", () => {
  const { events, nodes: [node] } = run({ deadVersion: "2.0.0" });
  strictEqual(endOf(events), "nodeFailed bootloader");
  strictEqual(node!.mode, "bootloader");
  // What was written is whole: only the watchdog has told that it does not run.
  deepStrictEqual(differingNodes([node!], NEW), []);
});

Deno.test("updateNode() gives a node the image to go back to when the new one does not come up", () => {
  const { events, nodes: [node] } = run({ deadVersion: "2.0.0" }, { rollback: OLD });
  strictEqual(endOf(events), "nodeFailed rolledBack");
  ok(runs(node!, OLD));
  ok(events.some((event) => event.type === "nodePhase" && event.phase === "rollingBack"));
  const failed = events.find((event) => event.type === "nodeFailed");
  strictEqual(failed?.type === "nodeFailed" && failed.error.code, "ACTIVATION");
});

Deno.test("updateNode() goes back from an image that tells another version", () => {
  const image = randomImage(START, 20_000, 3, "2.0.1");
  const { events, nodes: [node] } = run({}, { image, rollback: OLD });
  strictEqual(endOf(events), "nodeFailed rolledBack");
  ok(runs(node!, OLD));
});

Deno.test("updateNode() goes back from an image that cannot be verified", () => {
  // A bit that is stuck where the old image has it so, and the new one otherwise.
  const at = OLD.ranges[0]!.data.findIndex((byte, i) =>
    i > 0x800 && (byte & 1) === 1 && (NEW.ranges[0]!.data[i]! & 1) === 0
  );
  const flashFaults = { stuckBits: [{ address: START + at, bit: 0, value: 1 as const }] };
  const alone = run({}, { flashFaults });
  strictEqual(endOf(alone.events), "nodeFailed bootloader");
  const { events, nodes: [node] } = run({}, { flashFaults, rollback: OLD });
  strictEqual(endOf(events), "nodeFailed rolledBack");
  const failed = events.find((event) => event.type === "nodeFailed");
  strictEqual(failed?.type === "nodeFailed" && failed.error.code, "VERIFY_MISMATCH");
  ok(runs(node!, OLD));
});

Deno.test("updateNode() goes back from a dead image that an earlier run has left", () => {
  const first = run({ deadVersion: "2.0.0" }).nodes[0]!;
  const { events, nodes: [node] } = run({ deadVersion: "2.0.0" }, {
    rollback: OLD,
    prepare: (_clock, [second]) => {
      second!.restore(first.snapshot());
      second!.powerOn();
    },
  });
  strictEqual(endOf(events), "nodeFailed rolledBack");
  ok(runs(node!, OLD));
});

Deno.test("updateNode() says where a node is whose image to go back to is dead too", () => {
  const rollback = randomImage(START, 30_000, 4, "2.0.0");
  const { events, nodes: [node] } = run({ deadVersion: "2.0.0" }, { rollback });
  strictEqual(endOf(events), "nodeFailed bootloader");
  strictEqual(node!.mode, "bootloader");
});

dearTest("updateNode() goes back though power goes on the way", () => {
  const clean = run({ deadVersion: "2.0.0" }, { rollback: OLD });
  const { operations } = clean.nodes[0]!.statistics;
  const newOperations = run({ deadVersion: "2.0.0" }).nodes[0]!.statistics.operations;
  ok(operations > newOperations);
  for (let i = 0; i < 8; i++) {
    const powerLossAtOperation = newOperations + 1 +
      Math.floor((operations - newOperations - 1) * i / 7);
    const { events, nodes: [node] } = run({
      deadVersion: "2.0.0",
      powerLossAtOperation,
      powerLossMs: 200,
    }, { rollback: OLD });
    strictEqual(endOf(events), "nodeFailed rolledBack", `operation ${powerLossAtOperation}`);
    ok(runs(node!, OLD), `operation ${powerLossAtOperation}`);
  }
});

Deno.test("updateNode() goes back from nothing that is well", () => {
  const { events, nodes: [node] } = run({}, { rollback: OLD });
  strictEqual(endOf(events), "nodeDone");
  ok(runs(node!, NEW));
});
