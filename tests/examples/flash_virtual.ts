// deno-lint-ignore-file no-console
import { EMPTY_FLEET, FLEET_LOOKUPS, imageReader, readFleetFile } from "@canvoy/canvoy";
import { reduceFleet, updateFleet, VirtualClock } from "@canvoy/canvoy";
import { VirtualBus } from "@canvoy/canvoy/sim";
import { createVirtualNodes } from "@canvoy/canvoy/virtual";

// Plays the nodes of a fleet file and updates them, in virtual time: flash_virtual.ts FOLDER FILE
const [folder, name] = Deno.args as [string, string];
const text = Deno.readTextFileSync(`${folder}/${name}`);
const fleet = readFleetFile({ name, text }, FLEET_LOOKUPS);
const readImage = (path: string) => Deno.readFileSync(`${folder}/${path}`);
const clock = new VirtualClock();
const buses = new Map([...fleet.buses.values()].map((bus, i) => {
  return [bus.name, new VirtualBus({ ...bus, clock, seed: 1 + i })];
}));
const image = imageReader(fleet, readImage);
const nodes = createVirtualNodes(fleet, { buses, clock, seed: 1, image });
for (const node of nodes.values()) node.powerOn();

let state = EMPTY_FLEET;
updateFleet({ fleet, readImage, buses, clock }).subscribe((event) => {
  state = reduceFleet(state, event);
  if (event.type === "nodeDone") console.log(`${event.node} runs ${event.version}`);
  if (event.type === "nodeFailed") console.log(`${event.node}: ${event.error.message}`);
});
while (!state.isFinished) clock.run({ actionsMax: 100_000 });
console.log(`${state.nodes.size} nodes in ${Math.round(state.atMs)} ms`);
