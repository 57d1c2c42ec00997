// What folding one event costs while a run has 1,000 nodes: `deno bench tests/bench/fold_bench.ts`.
// One iteration is 10,000 events: 10 ms would be 1 us an event.
import { EMPTY_FLEET, type FleetEvent, type FleetState, reduceFleet } from "../../src/fleet/mod.ts";

const NODES = 1000;
const EVENTS = 10_000;
const NAMES = Array.from({ length: NODES }, (_, i) => `node-${i}`);

let state: FleetState = reduceFleet(EMPTY_FLEET, {
  type: "runStarted",
  atMs: 0,
  nodes: NAMES.map((name) => ({ name, bus: "b", device: "d", image: "i" })),
});
const segments = Array.from({ length: 16 }, (_, i) => ({ start: i, end: i + 1, dataBytes: 1 }));
for (const node of NAMES) {
  state = reduceFleet(state, { type: "nodePlanned", node, imageBytes: 16, segments, atMs: 0 });
}
const events: readonly FleetEvent[] = Array.from({ length: EVENTS }, (_, i) => ({
  type: "segmentProgress",
  node: NAMES[i % NODES]!,
  segment: i % 16,
  writtenBytes: i,
  atMs: i,
}));

Deno.bench(`reduceFleet(), ${EVENTS} events of ${NODES} nodes`, () => {
  events.reduce(reduceFleet, state);
});
