import { deepStrictEqual, notDeepStrictEqual, strictEqual } from "node:assert/strict";
import {
  EMPTY_FLEET,
  type FleetEvent,
  type FleetState,
  reduceFleet,
} from "../../../src/fleet/mod.ts";

const NAMES = Array.from({ length: 100 }, (_, i) => `node-${i}`);
const STARTED: FleetEvent = {
  type: "runStarted",
  atMs: 5,
  nodes: NAMES.map((name) => ({ name, bus: "b", device: "d", image: "i" })),
};

function fold(...events: readonly FleetEvent[]): FleetState {
  return [STARTED, ...events].reduce(reduceFleet, EMPTY_FLEET);
}

function phaseOf(node: string, atMs = 6): FleetEvent {
  return { type: "nodePhase", node, phase: "found", atMs };
}

Deno.test("reduceFleet() keeps the nodes in the order of the fleet file, however they change", () => {
  const { nodes } = fold(phaseOf("node-70"), phaseOf("node-3"), phaseOf("node-99"));
  deepStrictEqual([...nodes.keys()], NAMES);
  deepStrictEqual([...nodes].map(([name, node]) => [name, node.name]), NAMES.map((n) => [n, n]));
  deepStrictEqual([...nodes.values()].map(({ name }) => name), NAMES);
  strictEqual(nodes.size, 100);
});

Deno.test("reduceFleet() changes one node and leaves the state that it was given as it was", () => {
  const before = fold();
  const after = reduceFleet(before, phaseOf("node-40"));
  strictEqual(before.nodes.get("node-40")!.phase, "unknown");
  strictEqual(after.nodes.get("node-40")!.phase, "found");
  for (const name of NAMES) {
    if (name !== "node-40") strictEqual(after.nodes.get(name), before.nodes.get(name));
  }
  notDeepStrictEqual(after.nodes, before.nodes);
  deepStrictEqual(reduceFleet(before, phaseOf("node-40")).nodes, after.nodes);
});

Deno.test("reduceFleet() passes over a node that the run does not have", () => {
  const before = fold();
  const after = reduceFleet(before, phaseOf("stranger", 9));
  strictEqual(after.nodes, before.nodes);
  strictEqual(after.nodes.has("stranger"), false);
  strictEqual(after.atMs, 9);
});

Deno.test("reduceFleet() counts bytes once, and those of a second try again", () => {
  const planned: FleetEvent = {
    type: "nodePlanned",
    node: "node-1",
    imageBytes: 100,
    segments: [{ start: 0, end: 128, dataBytes: 100 }],
    atMs: 6,
  };
  const phase = (phase: "erasing" | "writing", attempt: number): FleetEvent => ({
    type: "segmentPhase",
    node: "node-1",
    segment: 0,
    phase,
    attempt,
    atMs: 7,
  });
  const wrote = (writtenBytes: number): FleetEvent => ({
    type: "segmentProgress",
    node: "node-1",
    segment: 0,
    writtenBytes,
    atMs: 8,
  });
  const node = fold(
    planned,
    phase("erasing", 1),
    wrote(40),
    wrote(60),
    phase("erasing", 2),
    wrote(100),
  )
    .nodes.get("node-1")!;
  strictEqual(node.bytesWritten, 160);
  strictEqual(node.segments[0]!.writtenBytes, 100);
  strictEqual(node.segments[0]!.attempt, 2);
});

Deno.test("reduceFleet() begins nodes anew that a following run names, and keeps the others", () => {
  const done = (node: string): FleetEvent => ({ type: "nodeDone", node, upToDate: false, atMs: 7 });
  const error = { code: "UDS_TIMEOUT", message: "Cannot" };
  const first = fold(
    done("node-1"),
    { type: "nodeFailed", node: "node-2", error, state: "bootloader", atMs: 8 },
    { type: "cancelRequested", atMs: 8 },
    { type: "runFinished", atMs: 9 },
  );
  const [node] = STARTED.type === "runStarted" ? STARTED.nodes.slice(2, 3) : [];
  const again: FleetEvent = { type: "runStarted", atMs: 10, nodes: [node!] };
  const second = reduceFleet(first, again);
  deepStrictEqual([...second.nodes.keys()], NAMES);
  strictEqual(second.nodes.get("node-1"), first.nodes.get("node-1"));
  deepStrictEqual(second.nodes.get("node-2"), fold().nodes.get("node-2"));
  deepStrictEqual([second.isFinished, second.isCancelled, second.startedAtMs], [false, false, 5]);
  // A run of all nodes, one that has not ended, or another clock, or other nodes: a run of its own.
  strictEqual(reduceFleet(first, { ...STARTED, atMs: 10 }).startedAtMs, 10);
  strictEqual(reduceFleet(fold(), again).nodes.size, 1);
  strictEqual(reduceFleet(first, { ...again, atMs: 1 }).nodes.size, 1);
  const other = { ...again, nodes: [{ ...node!, name: "stranger" }] };
  strictEqual(reduceFleet(first, other).nodes.size, 1);
});

Deno.test("reduceFleet() counts a segment's bytes anew when it is erased or checked, and else not", () => {
  const node = "node-1";
  const segment = { index: 0, addressStart: 0x0800_8000, sizeBytes: 2048, lengthBytes: 2048 };
  const planned = {
    type: "nodePlanned",
    node,
    atMs: 6,
    imageBytes: 2048,
    segments: [segment],
  } as unknown as FleetEvent;
  const progress: FleetEvent = {
    type: "segmentProgress",
    node,
    segment: 0,
    writtenBytes: 500,
    atMs: 7,
  } as FleetEvent;
  for (
    const [phase, writtenBytes] of [["erasing", 0], ["checking", 0], ["writing", 500]] as const
  ) {
    const changed = { type: "segmentPhase", node, segment: 0, phase, attempt: 1, atMs: 8 };
    const { nodes } = fold(planned, progress, changed as FleetEvent);
    strictEqual(nodes.get(node)!.segments[0]!.writtenBytes, writtenBytes, phase);
  }
});

Deno.test("reduceFleet() takes the banks for exchanged once that is asked, and not before", () => {
  const phase = (phase: "found" | "swapping" | "activating"): FleetEvent => ({
    type: "nodePhase",
    node: "node-1",
    phase,
    atMs: 7,
  });
  const planned = {
    type: "nodePlanned",
    node: "node-1",
    imageBytes: 0,
    segments: [],
    bank: "inactive",
    atMs: 6,
  } as const;
  const { bank: _bank, ...back } = planned;
  const swapOf = (...events: readonly FleetEvent[]) =>
    fold(...events).nodes.get("node-1")!.bankSwap;
  strictEqual(swapOf(phase("found")), undefined);
  strictEqual(swapOf(planned, phase("found")), "due");
  strictEqual(swapOf(planned, phase("swapping"), phase("activating")), "asked");
  strictEqual(swapOf(planned, phase("swapping"), back), undefined);
});

Deno.test("reduceFleet() counts what is written of a segment that no plan told of", () => {
  const progress: FleetEvent = {
    type: "segmentProgress",
    node: "node-1",
    segment: 3,
    writtenBytes: 500,
    atMs: 7,
  };
  const { nodes } = fold(progress);
  strictEqual(nodes.get("node-1")!.bytesWritten, 500);
  const seen: string[] = [];
  nodes.forEach((node, name, map) => {
    if (node.bytesWritten > 0 && map === nodes) seen.push(name);
  });
  deepStrictEqual(seen, ["node-1"]);
});
