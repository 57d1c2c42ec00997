/**
 * ISO 15765-2, the transport of messages over CAN frames: PDU codec, sender, receiver, addressing,
 * and the transmit scheduler of one bus.
 *
 * @module
 */
export * from "./errors.ts";
export * from "./link.ts";
