/**
 * The virtual world: buses in bits, strict flash, STM32 nodes, faults. Shipped, not test-only.
 *
 * @module
 */
export * from "./application_record.ts";
export type { NodeAuthority } from "./node_authority.ts";
export type { Prng } from "../core/mod.ts";
export { BankControl, type BankControlSnapshot } from "./bank_control.ts";
export type { UncheckedRanges } from "./download_log.ts";
export * from "./behaviours.ts";
export * from "./boot.ts";
export * from "./bus_faults.ts";
export {
  type DialectAnswer,
  type DialectRequest,
  type DialectStep,
  type DialectStepKind,
  type NodeDialect,
} from "./dialect.ts";
export type { FlashCells, FlashSnapshot } from "./flash_array.ts";
export * from "./flash_faults.ts";
export * from "./flash_worker.ts";
export * from "./node_event.ts";
export * from "./node_options.ts";
export type { BankTrial } from "./trial_store.ts";
export * from "./virtual_bus.ts";
export * from "./virtual_flash.ts";
export { createVirtualNode } from "./create_virtual_node.ts";
export * from "./virtual_node.ts";
export type { VirtualPort, VirtualPortOptions } from "./virtual_port.ts";
export type { BusStatistics, WireFault, WireRecord } from "./wire_record.ts";
