/**
 * canvoy updates the firmware of many STM32 nodes on CAN at once.
 *
 * A program reads a fleet file, brings the fleet's buses, and subscribes to one stream of events:
 * {@linkcode updateFleet}. What is known of the fleet at any moment is the fold of these events by
 * {@linkcode reduceFleet}. Nothing in this module needs a permission; as a package looks for its log
 * settings in the environment, start programs by `deno run --ignore-env`.
 *
 * This door is what such a program needs. The rest has doors of its own: real buses and the real
 * clock are in `@canvoy/canvoy/adapters`, virtual buses and nodes in `/sim`, the virtual nodes of a
 * fleet file in `/virtual`; frames and traces in `/can`, ISO-TP in `/isotp`, UDS in `/uds`, firmware
 * files in `/image`, parts and plans in `/stm32`, signed releases in `/bundle`, bootloader profiles
 * in `/profiles`, journals in `/journal`, captures in `/trace`.
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
export {
  type BusState,
  EMPTY_FLEET,
  type EventJournal,
  type FileCheck,
  type FileMistake,
  type Fleet,
  type FleetAddressing,
  type FleetBitRates,
  type FleetCanId,
  type FleetEvent,
  type FleetEventBody,
  type FleetEventNode,
  type FleetFileBus,
  FleetFileError,
  type FleetFileImage,
  type FleetFileIssue,
  type FleetFileNode,
  type FleetFileText,
  type FleetFlashFaults,
  type FleetFrameFormat,
  fleetJsonSchema,
  type FleetKeySource,
  type FleetLayout,
  type FleetLookups,
  type FleetMoment,
  type FleetNodeEvent,
  type FleetNodeJob,
  type FleetNodeSim,
  type FleetReport,
  type FleetSecurity,
  type FleetState,
  isFleetText,
  JournalStalledError,
  type LayoutMistake,
  type NeededFile,
  type NodeHistory,
  type NodeSelection,
  type NodeState,
  type ProfileFileReader,
  profileJsonSchema,
  readFleetFile,
  readProfileFile,
  reduceFleet,
  type SegmentState,
  SelectionError,
  selectNodes,
  withState,
} from "./src/fleet/mod.ts";
export {
  BusLostError,
  FLEET_LOOKUPS,
  imageOfRelease,
  imageReader,
  type NodeImage,
  type ProgramBus,
  updateFleet,
  type UpdateFleetOptions,
  verifyFleet,
} from "./src/tester/mod.ts";
export type {
  Cancellation,
  ErrorReport,
  NodeEndState,
  NodeEvent,
  NodeIdentity,
  NodeJob,
  NodePhase,
  PlannedSegment,
  SegmentPhase,
} from "./src/update/mod.ts";
export { BUILT_IN_PROFILES, type UpdateProfile } from "./src/update/mod.ts";
export {
  createAddKeySource,
  createCmacKeySource,
  createXorKeySource,
  type Credentials,
  type KeySource,
  type SeedChallenge,
  type SessionFinding,
} from "./src/uds/mod.ts";
export {
  type CarriedJournals,
  type FolderJournal,
  type FolderMemory,
  historyFor,
  JournalFormatError,
  type JournalHeader,
  type JournalNode,
  type JournalStorage,
  JournalWriter,
  type NamedDigest,
  readFolderMemory,
} from "./src/journal/mod.ts";
export type {
  CanBitRates,
  CanFrame,
  CanId,
  CanPort,
  CanPortState,
  FrameListener,
  TransmitOutcome,
} from "./src/can/mod.ts";
export { type AddressRange, CanvoyError, type Clock, VirtualClock } from "./src/core/mod.ts";
export { type FirmwareImage, readFirmware } from "./src/image/mod.ts";
export { readRelease, type Release } from "./src/bundle/mod.ts";
