/**
 * CAN as canvoy sees it: the frame, its length in bits, and the port to a bus. No drivers.
 *
 * @module
 */
export * from "./asc_log.ts";
export * from "./bus_url.ts";
export * from "./candump_log.ts";
export * from "./frame.ts";
export * from "./frame_length.ts";
export * from "./listener_index.ts";
export * from "./pcapng.ts";
export * from "./port.ts";
export * from "./read_trace.ts";
export * from "./trace_writer.ts";
