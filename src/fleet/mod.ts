/**
 * Many nodes: the fleet file, fan-out and the contract of fleet events.
 *
 * @module
 */
export { CHECKSUM_KEY_LEVEL, type NodeHistory, writtenPlan } from "../update/mod.ts";
export * from "./event_journal.ts";
export { JournalStalledError } from "./event_recorder.ts";
export * from "./events.ts";
export * from "./fleet.ts";
export { type GroupAccess, groupNodes } from "./_fleet_groups.ts";
export * from "./fleet_file.ts";
export * from "./fleet_file_error.ts";
export { fleetJsonSchema } from "./fleet_schema.ts";
export { profileJsonSchema } from "./_profile_schema.ts";
export * from "./fleet_sim.ts";
export type { BusFaults as FleetFaults, NodeBehaviour as FleetBehaviour } from "../sim/mod.ts";
export * from "./fleet_node_job.ts";
export * from "./fleet_report.ts";
export * from "./moments.ts";
export * from "./node_selector.ts";
export * from "./profile_file.ts";
export * from "./profile_yaml.ts";
export * from "./run_fleet.ts";
export * from "./select_nodes.ts";
export * from "./state.ts";
