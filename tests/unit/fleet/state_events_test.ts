/** What each event makes of a fleet's state: that, and nothing else. */
import { deepStrictEqual } from "node:assert/strict";
import {
  EMPTY_FLEET,
  type FleetEvent,
  type FleetEventBody,
  type FleetState,
  type NodeState,
  reduceFleet,
} from "../../../src/fleet/mod.ts";

const ERROR = { code: "UDS_TIMEOUT", message: "Cannot" };
const NODE = { name: "door", bus: "body", device: "d", image: "i" };
const STARTED: FleetEvent = { atMs: 5, type: "runStarted", nodes: [NODE] };
const FRESH: NodeState = {
  ...NODE,
  phase: "unknown",
  segments: [],
  imageBytes: 0,
  bytesWritten: 0,
  retries: 0,
  identity: {},
  upToDate: false,
};
const BEGUN: FleetState = { ...EMPTY_FLEET, startedAtMs: 5, atMs: 5 };

function fold(...bodies: readonly FleetEventBody[]): FleetState {
  return bodies.map((body, i): FleetEvent => ({ atMs: 10 + i, ...body }))
    .reduce(reduceFleet, reduceFleet(EMPTY_FLEET, STARTED));
}

Deno.test("reduceFleet() begins with nodes that nothing is known of", () => {
  const { nodes, ...rest } = fold();
  const { nodes: _nodes, ...begun } = BEGUN;
  deepStrictEqual(rest, begun);
  deepStrictEqual([...nodes], [["door", FRESH]]);
  deepStrictEqual(EMPTY_FLEET.isFinished, false);
});

/** What each event about the whole changes. */
const ABOUT_ALL: readonly (readonly [FleetEventBody, Partial<FleetState>])[] = [
  [{ type: "busState", bus: "body", state: "busOff" }, { buses: new Map([["body", "busOff"]]) }],
  [{ type: "cancelRequested" }, { isCancelled: true }],
  [{ type: "journalFailed", error: ERROR }, { journalError: ERROR }],
  [{ type: "runFinished" }, { isFinished: true }],
];

for (const [body, change] of ABOUT_ALL) {
  Deno.test(`reduceFleet() takes ${body.type} for what it says`, () => {
    const { nodes, ...rest } = fold(body);
    const { nodes: _nodes, ...begun } = BEGUN;
    deepStrictEqual(rest, { ...begun, atMs: 10, ...change });
    deepStrictEqual(nodes.get("door"), FRESH);
  });
}

const SEGMENTS = [{ start: 0, end: 64, dataBytes: 60 }, { start: 64, end: 96, dataBytes: 32 }];
const PENDING = SEGMENTS.map((segment) => ({
  ...segment,
  phase: "pending" as const,
  attempt: 0,
  writtenBytes: 0,
}));

type NodeBody = FleetEventBody & { readonly node: string };

/** What each event about a node changes. */
const ABOUT_NODE: readonly (readonly [NodeBody, Partial<NodeState>])[] = [
  [{ node: "door", type: "nodePlanned", segments: SEGMENTS, imageBytes: 92 }, {
    segments: PENDING,
    imageBytes: 92,
  }],
  [{ node: "door", type: "nodePhase", phase: "entering" }, { phase: "entering" }],
  [{ node: "door", type: "nodeIdentified", identity: { serial: "S" } }, {
    identity: { serial: "S" },
  }],
  [{ node: "door", type: "retry", scope: "node", attempt: 2, delayMs: 5, error: ERROR }, {
    retries: 1,
    error: ERROR,
  }],
  [{ node: "door", type: "nodeLeftGroup", reason: "loss" }, { leftGroup: "loss" }],
  [{ node: "door", type: "responsePending", service: 0x31, count: 2 }, {}],
  [{ node: "door", type: "sessionFinding", finding: "physicalKeepAlive" }, {}],
  [{ node: "door", type: "nodeDone", upToDate: true, version: "2" }, {
    phase: "done",
    upToDate: true,
    version: "2",
    endedAtMs: 10,
  }],
  [{ node: "door", type: "nodeRefused", error: ERROR }, {
    phase: "refused",
    error: ERROR,
    endedAtMs: 10,
  }],
  [{ node: "door", type: "nodeFailed", error: ERROR, state: "bootloader" }, {
    phase: "failed",
    error: ERROR,
    endState: "bootloader",
    endedAtMs: 10,
  }],
  [{ node: "door", type: "nodeCancelled", state: "untouched" }, {
    phase: "cancelled",
    endState: "untouched",
    endedAtMs: 10,
  }],
];

for (const [body, change] of ABOUT_NODE) {
  Deno.test(`reduceFleet() takes ${body.type} of a node for what it says`, () => {
    const { nodes, ...rest } = fold(body);
    const { nodes: _nodes, ...begun } = BEGUN;
    deepStrictEqual(rest, { ...begun, atMs: 10 });
    deepStrictEqual(nodes.get("door"), { ...FRESH, startedAtMs: 10, ...change });
  });
}

Deno.test("reduceFleet() keeps when a node began, counts retries, and forgets what was mended", () => {
  const retry: FleetEventBody = {
    node: "door",
    type: "retry",
    scope: "segment",
    segment: 1,
    attempt: 2,
    delayMs: 5,
    error: ERROR,
  };
  const node = fold(retry, retry, { node: "door", type: "nodeDone", upToDate: false })
    .nodes.get("door")!;
  deepStrictEqual(node, {
    ...FRESH,
    phase: "done",
    retries: 2,
    startedAtMs: 10,
    endedAtMs: 12,
  });
});

Deno.test("reduceFleet() changes the segment that an event is about, and no other", () => {
  const planned = ABOUT_NODE[0]![0];
  const { segments } = fold(planned, {
    node: "door",
    type: "segmentPhase",
    segment: 1,
    phase: "writing",
    attempt: 1,
  }).nodes.get("door")!;
  deepStrictEqual(segments, [PENDING[0], { ...PENDING[1], phase: "writing", attempt: 1 }]);
});

Deno.test("reduceFleet() takes a run at the moment another one ended for its next try", () => {
  const other = { ...NODE, name: "lamp" };
  const both: FleetEvent = { atMs: 5, type: "runStarted", nodes: [NODE, other] };
  const ended = [both, { atMs: 9, type: "runFinished" } as const]
    .reduce<FleetState>(reduceFleet, EMPTY_FLEET);
  const again = (
    atMs: number,
    ...nodes: readonly (typeof NODE)[]
  ) => [...reduceFleet(ended, { atMs, type: "runStarted", nodes }).nodes.keys()];
  deepStrictEqual(again(9, NODE), ["door", "lamp"]);
  deepStrictEqual(again(8, NODE), ["door"]);
  const third = { ...NODE, name: "seat" };
  deepStrictEqual(again(9, third), ["seat"]);
});
