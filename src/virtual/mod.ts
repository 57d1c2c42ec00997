/**
 * The nodes of a fleet file, played: virtual nodes on modelled buses or real ones.
 *
 * @module
 */
export * from "./fleet_activity.ts";
export * from "./virtual_nodes.ts";
