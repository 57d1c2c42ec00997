/**
 * One node: from its old firmware to its new one, as a stream of events.
 *
 * @module
 */
export type { RepairMode } from "../group/mod.ts";
export { DATA_FORMATS } from "../uds/mod.ts";
export * from "./node/activate.ts";
export * from "./node/bootloader_access.ts";
export * from "./node/bus_client.ts";
export * from "./node/bus_presence.ts";
export * from "./node/cancellation.ts";
export * from "./node/error_report.ts";
export * from "./node/errors.ts";
export * from "./profiles/functional_requests.ts";
export * from "./node/events.ts";
export * from "./group/group_place.ts";
export * from "./group/group_run.ts";
export * from "./group/group_transfer.ts";
export * from "./node/lost_time.ts";
export * from "./node/node_connection.ts";
export * from "./node/node_context.ts";
export * from "./profiles/mod.ts";
export * from "./node/recovery.ts";
export { unitsErasedFor } from "./node/erase_bounds.ts";
export * from "./profiles/opaque_profile.ts";
export { ProfileFitError } from "./profiles/profile_fit.ts";
export * from "./profiles/segment_for_profile.ts";
export * from "./node/transmit_priority.ts";
export * from "./node/unlock.ts";
export * from "./update_node.ts";
export * from "./survey_node.ts";
export * from "./verify_node.ts";
export * from "./node/written_parts.ts";
export * from "./node/written_plan.ts";
