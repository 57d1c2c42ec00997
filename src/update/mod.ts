/**
 * One node: from its old firmware to its new one, as a stream of events.
 *
 * @module
 */
export type { RepairMode } from "../group/mod.ts";
export { CHECKSUM_NAMES, type ChecksumName } from "../codec/mod.ts";
export * from "./activate.ts";
export * from "./bootloader_access.ts";
export * from "./bus_client.ts";
export * from "./bus_presence.ts";
export * from "./cancellation.ts";
export * from "./error_report.ts";
export * from "./errors.ts";
export * from "./functional_requests.ts";
export * from "./events.ts";
export * from "./group_place.ts";
export * from "./group_run.ts";
export * from "./group_transfer.ts";
export * from "./node_connection.ts";
export * from "./node_context.ts";
export * from "./profile.ts";
export * from "./profiles/mod.ts";
export * from "./recovery.ts";
export { unitsErasedFor } from "./segment.ts";
export * from "./segment_for_profile.ts";
export * from "./standing.ts";
export * from "./unlock.ts";
export * from "./update_node.ts";
export * from "./survey_node.ts";
export * from "./verify_node.ts";
export * from "./written_parts.ts";
export * from "./written_plan.ts";
