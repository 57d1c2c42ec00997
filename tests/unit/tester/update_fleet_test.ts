import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { BundleError } from "../../../src/bundle/mod.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import {
  EMPTY_FLEET,
  type FleetEvent,
  readFleetFile,
  reduceFleet,
} from "../../../src/fleet/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";
import {
  BusLostError,
  FLEET_LOOKUPS,
  imageReader,
  updateFleet,
  verifyFleet,
} from "../../../src/tester/mod.ts";
import { createVirtualNodes } from "../../../src/virtual/mod.ts";

const CONFIGS = new URL("../../../configs/", import.meta.url);

/** The nodes of an example fleet on virtual buses, with power. */
function bench(name: string) {
  const text = Deno.readTextFileSync(new URL(name, CONFIGS));
  const fleet = readFleetFile({ name, text }, FLEET_LOOKUPS);
  const read: string[] = [];
  const readImage = (path: string): Uint8Array => {
    read.push(path);
    return Deno.readFileSync(new URL(path, CONFIGS));
  };
  const clock = new VirtualClock();
  const buses = new Map(
    [...fleet.buses.values()].map((
      bus,
      i,
    ) => [bus.name, new VirtualBus({ ...bus, clock, seed: 1 + i })]),
  );
  const image = imageReader(fleet, (path) => Deno.readFileSync(new URL(path, CONFIGS)));
  const nodes = createVirtualNodes(fleet, { buses, clock, seed: 1, image });
  for (const node of nodes.values()) node.powerOn();
  return { fleet, readImage, clock, buses, read };
}

/** Lets time go by until the run is over; its events. */
function follow(
  { clock }: { readonly clock: VirtualClock },
  events$: ReturnType<typeof updateFleet>,
  onEvent: (event: FleetEvent) => void = () => {},
) {
  let state = EMPTY_FLEET;
  let isComplete = false;
  events$.subscribe({
    next: (event) => {
      state = reduceFleet(state, event);
      onEvent(event);
    },
    complete: () => isComplete = true,
  });
  while (!isComplete) ok(clock.run({ actionsMax: 100_000 }) > 0, "time stands still");
  return state;
}

Deno.test("updateFleet() reads each image once, and verifyFleet() agrees with what it left", () => {
  const world = bench("vcan.yaml");
  const updated = follow(world, updateFleet(world));
  deepStrictEqual(world.read, ["images/f407_v2.hex"]);
  deepStrictEqual([...updated.nodes.values()].map(({ phase }) => phase), Array(8).fill("done"));
  const verified = follow(world, verifyFleet(world));
  ok([...verified.nodes.values()].every(({ phase, upToDate }) => phase === "done" && upToDate));
});

Deno.test("updateFleet() ends safely when its signal is given, also when it was given before", () => {
  for (const when of ["before", "writing"] as const) {
    const world = bench("minimal.yaml");
    const controller = new AbortController();
    if (when === "before") controller.abort();
    const state = follow(world, updateFleet({ ...world, signal: controller.signal }), (event) => {
      if (event.type === "segmentProgress") controller.abort();
    });
    ok(state.isCancelled && state.isFinished);
    const [node] = state.nodes.values();
    strictEqual(node!.phase, "cancelled");
    strictEqual(node!.endState, when === "before" ? "untouched" : "bootloader");
  }
});

Deno.test("updateFleet() refuses before anything is sent: no bus, no key, no signature", () => {
  const world = bench("minimal.yaml");
  throws(() => updateFleet({ ...world, buses: new Map() }), /Cannot reach bus "bench"/);
  const text = Deno.readTextFileSync(new URL("minimal.yaml", CONFIGS));
  const other = (from: string, to: string) => {
    const file = { name: "other.yaml", text: text.replace(from, to) };
    return { ...world, fleet: readFleetFile(file, FLEET_LOOKUPS) };
  };
  const keyed = other("security: none", "security: { aesCmac: a.key }");
  throws(() => updateFleet(keyed), /kind "cmac"/);
  const signed = other("buses:", "require_signature: true\nbuses:");
  throws(() => updateFleet(signed), BundleError);
});

Deno.test("updateFleet() leaves nodes alone that are not meant, and sends nothing unsubscribed", () => {
  const world = bench("vcan.yaml");
  let frames = 0;
  for (const bus of world.buses.values()) bus.onWire = () => void frames++;
  const update$ = updateFleet({ ...world, nodes: world.fleet.nodes.slice(2, 4) });
  world.clock.run({ untilMs: 5000 });
  strictEqual(frames, 0);
  const state = follow(world, update$);
  deepStrictEqual([...state.nodes.keys()], ["node-2", "node-3"]);
});

Deno.test("updateFleet() ends with BUS_LOST when a bus is closed under it", async () => {
  const world = bench("minimal.yaml");
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const [[name, bus]] = [...world.buses] as [[string, VirtualBus]];
  const closing = { attach: (label: string) => bus.attach(label), closed: promise };
  let state = EMPTY_FLEET;
  updateFleet({ ...world, buses: new Map([[name, closing]]) })
    .subscribe((event) => state = reduceFleet(state, event));
  world.clock.run({ untilMs: 200 });
  resolve(undefined);
  await promise;
  await Promise.resolve();
  world.clock.run({ untilMs: 60_000 });
  ok(state.isFinished);
  strictEqual(state.nodes.get("node")?.error?.code, new BusLostError("", "").code);
});
