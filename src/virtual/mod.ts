/**
 * The nodes of a fleet file, played: virtual nodes on modelled buses or real ones.
 *
 * @module
 */
export * from "./virtual_nodes.ts";
