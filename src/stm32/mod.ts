/**
 * Flash geometry of STM32 parts, memory layout, and the planner that turns an image into segments.
 * Pure: it knows nothing of buses or nodes.
 *
 * @module
 */
export * from "./banks.ts";
export * from "./declared_device.ts";
export * from "./devices.ts";
export * from "./erase_units.ts";
export * from "./find_device.ts";
export * from "./flash_plan.ts";
export * from "./flash_plan_error.ts";
export * from "./geometry.ts";
export * from "./geometry_rules.ts";
export * from "./memory_areas.ts";
export * from "./left_out.ts";
export * from "./memory_layout.ts";
export * from "./page_places.ts";
export { placedImage } from "./placed_image.ts";
export * from "./plan_flash.ts";
export * from "./plan_opaque.ts";
export { assumedFigures, type Figure, type FigureSources, type Source } from "./sources.ts";
export * from "./time_model.ts";
