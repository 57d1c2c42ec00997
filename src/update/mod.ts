/**
 * One node: from its old firmware to its new one, as a stream of events.
 *
 * @module
 */
export * from "./events.ts";
export * from "./profile.ts";
