/**
 * ISO 15765-2, the transport of messages over CAN frames: PDU codec, sender, receiver, addressing,
 * and the transmit scheduler of one bus.
 *
 * @module
 */
export * from "./addressing.ts";
export * from "./errors.ts";
export * from "./frame_builder.ts";
export * from "./frame_count.ts";
export * from "./frame_format.ts";
export * from "./iso_tp_link.ts";
export * from "./link.ts";
export * from "./link_options.ts";
export * from "./pdu.ts";
export * from "./receiver.ts";
export * from "./sender.ts";
export * from "./st_min.ts";
export * from "./transmit_scheduler.ts";
export * from "./transmit_source.ts";
export * from "./transmit_window.ts";
