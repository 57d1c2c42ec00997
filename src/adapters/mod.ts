/**
 * The outside: the real clock, buses. What needs permissions or a real timer stands here.
 *
 * @module
 */
export * from "./real_clock.ts";
