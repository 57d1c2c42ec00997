import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { VirtualClock } from "../../../src/core/mod.ts";
import {
  EMPTY_FLEET,
  type FleetState,
  readFleetFile,
  reduceFleet,
} from "../../../src/fleet/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";
import { FLEET_LOOKUPS, imageReader, updateFleet } from "../../../src/tester/mod.ts";
import { createVirtualNodes, FleetActivity } from "../../../src/virtual/mod.ts";

const CONFIGS = new URL("../../../configs/", import.meta.url);

Deno.test("FleetActivity tells an update from the nodes' side as its own events tell it", () => {
  const name = "demo.yaml";
  const text = Deno.readTextFileSync(new URL(name, CONFIGS));
  const fleet = readFleetFile({ name, text }, FLEET_LOOKUPS);
  const clock = new VirtualClock();
  const readImage = (path: string) => Deno.readFileSync(new URL(path, CONFIGS));
  const image = imageReader(fleet, readImage);
  const buses = new Map([...fleet.buses.values()].map((bus, i) => {
    return [bus.name, new VirtualBus({ ...bus, clock, seed: 1 + i })];
  }));
  let seen = EMPTY_FLEET;
  let wasWriting = false;
  const activity = new FleetActivity(fleet, {
    nodes: fleet.nodes,
    image,
    atMs: 0,
    tell: (event) => {
      seen = reduceFleet(seen, event);
      wasWriting ||= event.type === "segmentPhase" && event.phase === "writing";
    },
  });
  for (const [node, virtual] of createVirtualNodes(fleet, { buses, clock, seed: 1, image })) {
    virtual.onEvent = (event) => activity.next(node, event);
    virtual.powerOn();
  }
  let told = EMPTY_FLEET;
  updateFleet({ fleet, readImage, buses, clock })
    .subscribe((event) => told = reduceFleet(told, event));
  while (!told.isFinished) ok(clock.run({ actionsMax: 100_000 }) > 0);

  const through = (state: FleetState) =>
    [...state.nodes.values()].map(({ name, phase, version, segments }) => {
      const isThrough = segments.every((one) =>
        one.phase === "verified" || one.phase === "skipped"
      );
      return { name, phase, version, isThrough, count: segments.length };
    });
  deepStrictEqual(through(seen), through(told));
  ok(wasWriting);
  strictEqual(seen.nodes.get("engine")!.phase, "done");
});
