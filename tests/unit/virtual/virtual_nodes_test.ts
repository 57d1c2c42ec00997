import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { VirtualClock } from "../../../src/core/mod.ts";
import { readFleetFile } from "../../../src/fleet/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";
import { FLEET_LOOKUPS, imageReader } from "../../../src/tester/mod.ts";
import { createVirtualNodes } from "../../../src/virtual/mod.ts";

const CONFIGS = new URL("../../../configs/", import.meta.url);

function read(name: string, edit = (text: string): string => text) {
  const text = edit(Deno.readTextFileSync(new URL(name, CONFIGS)));
  return readFleetFile({ name, text }, FLEET_LOOKUPS);
}

function parts(fleet: ReturnType<typeof read>, busNames: readonly string[]) {
  const clock = new VirtualClock();
  const buses = new Map(busNames.map((name) => {
    return [name, new VirtualBus({ ...fleet.buses.get(name)!, clock, seed: 1 })];
  }));
  const image = imageReader(fleet, (path) => Deno.readFileSync(new URL(path, CONFIGS)));
  return { clock, buses, seed: 1, image };
}

Deno.test("createVirtualNodes() makes the nodes of the buses that are given, in the file's order", () => {
  const fleet = read("demo.yaml");
  const named = (bus: string) =>
    fleet.nodes.filter((node) => node.bus === bus).map(({ name }) => name);
  for (const bus of fleet.buses.keys()) {
    deepStrictEqual([...createVirtualNodes(fleet, parts(fleet, [bus])).keys()], named(bus));
  }
});

Deno.test("createVirtualNodes() makes nodes that answer on their own identifiers", () => {
  const fleet = read("vcan.yaml");
  const world = parts(fleet, ["vcan"]);
  for (const node of createVirtualNodes(fleet, world).values()) node.powerOn();
  const port = world.buses.get("vcan")!.attach("tester");
  const heard: number[] = [];
  port.listenAll(({ id }) => heard.push(id));
  world.clock.run({ untilMs: 1000 });
  const data = Uint8Array.of(0x02, 0x3E, 0x00, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC);
  port.transmit(
    { id: 0x703, extended: false, fd: false, bitRateSwitch: false, data },
    (outcome) => strictEqual(outcome, "sent"),
  );
  world.clock.run({ untilMs: 2000 });
  deepStrictEqual(heard, [0x783]);
});

Deno.test("createVirtualNodes() says which keys it cannot make by itself", () => {
  const fleet = read(
    "vcan.yaml",
    (text) => text.replace(/security: .*/, "security: { aesCmac: a }"),
  );
  throws(() => createVirtualNodes(fleet, parts(fleet, ["vcan"])), /kind "cmac"/);
});
