/**
 * The virtual world: buses in bits, strict flash, STM32 nodes, faults. Shipped, not test-only.
 *
 * @module
 */
export * from "./bus_faults.ts";
export * from "./virtual_bus.ts";
export type { VirtualPort } from "./virtual_port.ts";
