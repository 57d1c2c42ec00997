/**
 * What the command line needs of this folder before it knows what to do: no package is loaded for it.
 *
 * @module
 */
export * from "./errors.ts";
export * from "./hex.ts";
export * from "./meant_number.ts";
export * from "./printable.ts";
export * from "./suggest.ts";
