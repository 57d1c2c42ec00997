/**
 * Group download: one image to many nodes in one transmission. Wire format and pure machines of both
 * ends; `docs/group-download.md` is the specification.
 *
 * Limitations: which nodes there are, and how their own conversations go, is the update's affair.
 *
 * @module
 */
export * from "./block_shape.ts";
export * from "./errors.ts";
export * from "./generation_checksums.ts";
export * from "./group_control.ts";
export * from "./group_cut.ts";
export * from "./group_message.ts";
export * from "./group_receiver.ts";
export * from "./group_region.ts";
export * from "./group_sender.ts";
export * from "./group_versions.ts";
export * from "./group_work.ts";
export * from "./repair_plan.ts";
export * from "./sender_actions.ts";
