import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { forgetNode, missingRecords } from "../../src/journal/mod.ts";
import { ALPHA, BenchRuns, BETA, firstPhases, type PlacedNode } from "../support/bench_runs.ts";

/** What a node was torn in is erased whatever it reads; what was verified before that is asked. */
const TORN = ["checking", "erasing", "checking"];
const NONE = ["checking", "checking", "checking"];

/** Beta was brought through, then alpha was torn. */
function tornAlpha(serials?: readonly (string | undefined)[]): BenchRuns {
  const runs = new BenchRuns(serials === undefined ? {} : { serials });
  runs.run({ nodes: [BETA] });
  runs.tearAlpha();
  return runs;
}

function assertAllWell(runs: BenchRuns, nodes: readonly PlacedNode[]): void {
  deepStrictEqual(runs.bench.differing(), []);
  const events = runs.run({ nodes });
  for (const { name } of nodes) deepStrictEqual(firstPhases(events, name), NONE, name);
}

Deno.test("a torn node is known by whatever path its fleet file is read", () => {
  for (const fleet of ["/link.yaml", "/linked/fleet.yaml", "/copy/fleet.yaml"]) {
    const runs = tornAlpha();
    const events = runs.run({ fleet });
    deepStrictEqual(firstPhases(events, "alpha"), TORN, fleet);
    deepStrictEqual(firstPhases(events, "beta"), NONE, fleet);
  }
});

Deno.test("a torn node is known whatever it is called", () => {
  const runs = tornAlpha();
  const events = runs.run({ nodes: [{ ...ALPHA, name: "gamma" }, BETA] });
  deepStrictEqual(firstPhases(events, "gamma"), TORN);
  deepStrictEqual(firstPhases(events, "beta"), NONE);
});

Deno.test("names of two nodes that were swapped swap no histories", () => {
  const runs = tornAlpha();
  const nodes = [{ ...ALPHA, name: "beta" }, { ...BETA, name: "alpha" }];
  const events = runs.run({ nodes });
  deepStrictEqual(firstPhases(events, "beta"), TORN);
  deepStrictEqual(firstPhases(events, "alpha"), NONE);
});

/** The two nodes exchanged physically: each is where the other was, and called so. */
const EXCHANGED: readonly PlacedNode[] = [{ ...ALPHA, node: 1 }, { ...BETA, node: 0 }];

Deno.test("a torn node that was exchanged with another is known by its serial number", () => {
  const runs = tornAlpha(["S0", "S1"]);
  const events = runs.run({ nodes: EXCHANGED });
  deepStrictEqual(firstPhases(events, "beta"), TORN, "the torn node, where beta was");
  deepStrictEqual(firstPhases(events, "alpha"), TORN, "place and serial disagree: both count");
  assertAllWell(runs, EXCHANGED);
  deepStrictEqual(runs.memory().memory.records, []);
});

Deno.test("a torn node that was exchanged with another is not forgotten once that is through", () => {
  const runs = tornAlpha(["S0", "S1"]);
  // Where alpha was: the node that is there now is brought through, and the torn one is elsewhere.
  const first = runs.run({ nodes: [EXCHANGED[0]!] });
  deepStrictEqual(firstPhases(first, "alpha"), TORN);
  const events = runs.run({ nodes: EXCHANGED });
  deepStrictEqual(firstPhases(events, "alpha"), NONE);
  deepStrictEqual(firstPhases(events, "beta"), TORN);
  assertAllWell(runs, EXCHANGED);
});

Deno.test("a torn node that tells no serial number is known by its place", () => {
  const runs = new BenchRuns({ serials: [undefined, "S1"] });
  runs.tearAlpha();
  deepStrictEqual(firstPhases(runs.run({ nodes: EXCHANGED }), "alpha"), TORN);
});

Deno.test("a serial number that two nodes tell tells neither apart", () => {
  const runs = new BenchRuns({ serials: ["0000", "0000"] });
  // Both are asked at once.
  runs.run({ records: 20 });
  runs.run({ nodes: [BETA] });
  runs.tearAlpha();
  const beta = runs.run({ nodes: [BETA] });
  deepStrictEqual(firstPhases(beta, "beta"), NONE);
  const events = runs.run();
  deepStrictEqual(firstPhases(events, "alpha"), TORN);
  deepStrictEqual(firstPhases(events, "beta"), NONE);
});

Deno.test("a serial number that two nodes tell in different runs settles only what is at its place", () => {
  const runs = tornAlpha(["0000", "0000"]);
  // Beta may be alpha, moved: it is erased, and yet alpha's place stays in doubt.
  deepStrictEqual(firstPhases(runs.run({ nodes: [BETA] }), "beta"), TORN);
  deepStrictEqual(firstPhases(runs.run(), "alpha"), TORN);
  assertAllWell(runs, [ALPHA, BETA]);
});

Deno.test("interfaces that were exchanged at boot are told apart by their adapters", () => {
  const left = { ...ALPHA, adapter: "usb:1-1" };
  const right = { ...BETA, place: "0x700/0x780@socketcan:can1", adapter: "usb:1-2" };
  const runs = new BenchRuns();
  runs.run({ nodes: [right] });
  runs.tearAlpha({ nodes: [left] });
  // can0 is what can1 was; the fleet file says the same as before.
  const nodes = [
    { ...left, adapter: right.adapter, node: 1 },
    { ...right, adapter: left.adapter, node: 0 },
  ];
  const events = runs.run({ nodes });
  deepStrictEqual(firstPhases(events, "beta"), TORN, "the torn node, behind its adapter");
  deepStrictEqual(firstPhases(events, "alpha"), TORN, "the place has its name: both count");
  assertAllWell(runs, nodes);
});

Deno.test("a state folder that was copied to another machine counts there, and still here", () => {
  const runs = tornAlpha();
  const there = new Map(runs.files);
  deepStrictEqual(firstPhases(runs.run({ machine: "m2", nodes: [ALPHA] }), "alpha"), TORN);
  // Another node at the same place of another machine: it settles nothing here.
  strictEqual(runs.memory().memory.records.length, 1);
  deepStrictEqual(firstPhases(runs.run({ machine: "m2", nodes: [ALPHA] }), "alpha"), NONE);
  deepStrictEqual(firstPhases(runs.run({ nodes: [ALPHA] }), "alpha"), TORN);
  deepStrictEqual(runs.memory().memory.records, []);
  strictEqual(there.size, 2);
});

Deno.test("a torn node that no fleet file names any more is told until it is found or forgotten", () => {
  const runs = tornAlpha(["S0", "S1"]);
  const beta = [{ machine: `m1 ${BETA.place}`, spot: BETA.place }];
  const missing = () => missingRecords(runs.memory().memory, beta).map(({ name }) => name);
  deepStrictEqual(missing(), ["alpha"]);
  runs.run({ nodes: [BETA] });
  deepStrictEqual(missing(), ["alpha"], "still");
  const { memory } = runs.memory();
  for (const what of ["S0", ALPHA.place]) {
    deepStrictEqual(forgetNode(memory, what).records, []);
  }
  deepStrictEqual(forgetNode(memory, "alpha").records, memory.records, "names are for people");
  // It is found at another place by its serial number.
  const moved = { name: "gamma", place: "0x702/0x782@socketcan:can0", node: 0 };
  deepStrictEqual(firstPhases(runs.run({ nodes: [BETA, moved] }), "gamma"), TORN);
  deepStrictEqual(missing(), []);
});
