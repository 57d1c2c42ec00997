/**
 * canvoy updates the firmware of many STM32 nodes on CAN at once.
 *
 * The library is made of cold observables over a bus that the caller brings: plan an image for a
 * device, describe how its bootloader is spoken to, and run a fleet. Nothing here needs a permission.
 *
 * @module
 */
export * from "./src/bundle/mod.ts";
export * from "./src/can/mod.ts";
export * from "./src/core/mod.ts";
export * from "./src/fleet/mod.ts";
export * from "./src/image/mod.ts";
export * from "./src/journal/mod.ts";
export * from "./src/stm32/mod.ts";
export { BUILT_IN_PROFILES, updateNode, type UpdateProfile, verifyNode } from "./src/update/mod.ts";
