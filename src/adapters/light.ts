/**
 * What the command line needs of this folder before it knows what to do: no package is loaded for it.
 *
 * @module
 */
export * from "./speaker.ts";
export * from "./text_output.ts";
