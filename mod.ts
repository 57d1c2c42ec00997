/**
 * canvoy updates the firmware of many STM32 nodes on CAN at once.
 *
 * A program reads a fleet file, brings the fleet's buses, and subscribes to one stream of events:
 * {@linkcode updateFleet}. What is known of the fleet at any moment is the fold of these events by
 * {@linkcode reduceFleet}. Nothing in this module needs a permission (`--ignore-env` quiets a package that looks for its log settings): real buses and the real clock
 * are in `@canvoy/canvoy/adapters`, virtual buses in `@canvoy/canvoy/sim`, the virtual nodes of a
 * fleet file in `@canvoy/canvoy/virtual`.
 *
 * @example Update the fleet of a file on SocketCAN, and follow it
 * ```ts ignore
 * import { EMPTY_FLEET, FLEET_LOOKUPS, readFleetFile, reduceFleet, updateFleet } from "@canvoy/canvoy";
 * import { openSocketcanBus, RealClock } from "@canvoy/canvoy/adapters";
 *
 * const text = Deno.readTextFileSync("fleet.yaml");
 * const fleet = readFleetFile({ name: "fleet.yaml", text }, FLEET_LOOKUPS);
 * using clock = new RealClock();
 * const { bitRates } = fleet.buses.get("bench")!;
 * const bus = await openSocketcanBus({ name: "can0", clock, bitRates });
 *
 * let state = EMPTY_FLEET;
 * await updateFleet({
 *   fleet,
 *   clock,
 *   buses: new Map([["bench", bus]]),
 *   readImage: (path) => Deno.readFileSync(path),
 * }).forEach((event) => {
 *   state = reduceFleet(state, event);
 *   if (event.type === "nodeDone") console.log(`${event.node} runs ${event.version}`);
 *   if (event.type === "nodeFailed") console.log(`${event.node}: ${event.error.message}`);
 * });
 * bus.close();
 * ```
 *
 * @module
 */
export * from "./src/bundle/mod.ts";
export * from "./src/can/mod.ts";
export * from "./src/core/mod.ts";
export * from "./src/fleet/mod.ts";
export * from "./src/image/mod.ts";
export * from "./src/journal/mod.ts";
export * from "./src/stm32/mod.ts";
export * from "./src/tester/mod.ts";
export {
  createAddKeySource,
  createCmacKeySource,
  createXorKeySource,
  type Credentials,
  type KeySource,
  type SeedChallenge,
} from "./src/uds/mod.ts";
export {
  BUILT_IN_PROFILES,
  segmentForProfile,
  updateNode,
  type UpdateProfile,
  verifyNode,
} from "./src/update/mod.ts";
