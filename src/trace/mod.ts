/**
 * Traces understood: frames of a bus become messages, messages become UDS conversations, told in
 * plain words. It takes no part in them and decides nothing.
 *
 * @module
 */
export * from "./conversation.ts";
export * from "./describe_request.ts";
export * from "./explain.ts";
export * from "./guess_pairs.ts";
export * from "./message_assembler.ts";
