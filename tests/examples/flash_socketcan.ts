// deno-lint-ignore-file no-console
import { EMPTY_FLEET, FLEET_LOOKUPS, readFleetFile } from "@canvoy/canvoy";
import { reduceFleet, updateFleet } from "@canvoy/canvoy";
import { openSocketcanBus, RealClock } from "@canvoy/canvoy/adapters";

// Updates the nodes that a fleet file has on bus "can": flash_socketcan.ts FOLDER FILE INTERFACE
const [folder, file, name] = Deno.args as [string, string, string];
const text = Deno.readTextFileSync(`${folder}/${file}`);
const fleet = readFleetFile({ name: file, text }, FLEET_LOOKUPS);
const { bitRates } = fleet.buses.get("can")!;
using clock = new RealClock();
const bus = await openSocketcanBus({ name, clock, bitRates });
const stop = new AbortController();
Deno.addSignalListener("SIGINT", () => stop.abort());

let state = EMPTY_FLEET;
await updateFleet({
  fleet,
  readImage: (path) => Deno.readFileSync(`${folder}/${path}`),
  buses: new Map([["can", bus]]),
  clock,
  signal: stop.signal,
}).forEach((event) => {
  state = reduceFleet(state, event);
  if (event.type === "nodeDone") console.log(`${event.node} runs ${event.version}`);
  if (event.type === "nodeFailed") console.log(`${event.node}: ${event.error.message}`);
});
console.log(`${state.nodes.size} nodes in ${Math.round(state.atMs - state.startedAtMs)} ms`);
bus.close();
Deno.exit([...state.nodes.values()].every(({ phase }) => phase === "done") ? 0 : 1);
