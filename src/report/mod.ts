/**
 * Folds of the event stream rendered: rows for terminals, lines for pipes, JSON lines, the final
 * table, what to do about failures. Everything is a pure function of events and state.
 *
 * @module
 */
export * from "./bus_figures.ts";
export * from "./final_table.ts";
export * from "./json_lines.ts";
export * from "./paint.ts";
export * from "./plain_lines.ts";
export * from "./progress.ts";
export * from "./redraw.ts";
export * from "./remedies.ts";
export * from "./summary.ts";
export * from "./terminal_rows.ts";
