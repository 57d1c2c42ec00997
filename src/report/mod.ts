/**
 * Folds of the event stream rendered: rows for terminals, lines for pipes, JSON lines, the final
 * table, what to do about failures. Everything is a pure function of events and state.
 *
 * @module
 */
export { counted, formatBytes, formatDuration } from "./_text.ts";
export * from "./bus_figures.ts";
export * from "./bus_load_log.ts";
export * from "./bus_pace.ts";
export * from "./csv_report.ts";
export * from "./end_state.ts";
export * from "./final_table.ts";
export * from "./fleet_map.ts";
export * from "./html_incidents.ts";
export * from "./html_report.ts";
export * from "./html_summary.ts";
export * from "./incident.ts";
export * from "./incident_groups.ts";
export * from "./json_lines.ts";
export * from "./junit_report.ts";
export * from "./light.ts";
export * from "./node_outcome.ts";
export * from "./node_row.ts";
export * from "./page_feed.ts";
export * from "./page_pump.ts";
export * from "./page_view.ts";
export * from "./paint.ts";
export * from "./past_run.ts";
export * from "./plain_lines.ts";
export * from "./progress.ts";
export * from "./rates.ts";
export * from "./redraw.ts";
export * from "./report_style.ts";
export * from "./run_record.ts";
export * from "./scroll_keys.ts";
export * from "./summary.ts";
export * from "./svg_bus_load.ts";
export * from "./svg_timeline.ts";
export * from "./terminal_rows.ts";
export * from "./time_axis.ts";
export * from "./timeline.ts";
export * from "./trace_comment.ts";
