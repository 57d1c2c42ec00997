/**
 * What every layer may use: bytes, hex, the error base, clocks, the seeded random source.
 * It knows nothing of CAN.
 *
 * @module
 */
export * from "./address_range.ts";
export * from "./address_range_text.ts";
export * from "./assert.ts";
export * from "./bytes.ts";
export * from "./clock.ts";
export * from "./defined.ts";
export * from "./figure.ts";
export * from "./foreign_content.ts";
export * from "./light.ts";
export * from "./prng.ts";
export * from "./retrying.ts";
export * from "./small_bytes.ts";
export * from "./time_queue.ts";
export * from "./timer.ts";
export * from "./turns.ts";
export * from "./version_order.ts";
export * from "./virtual_clock.ts";
