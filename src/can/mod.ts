/**
 * CAN as canvoy sees it: the frame, its length in bits, and the port to a bus. No drivers.
 *
 * @module
 */
export * from "./asc_log.ts";
export { AscReader } from "./asc_reader.ts";
export { isBlf, readBlf } from "./blf_reader.ts";
export { BlfWriter } from "./blf_writer.ts";
export * from "./bus_url.ts";
export { type CandumpRecord } from "./candump_record.ts";
export * from "./candump_log.ts";
export type { CandumpTime } from "./candump_times.ts";
export { CandumpReader } from "./candump_text.ts";
export { type CaptureLine, type PassedOver, PassedTally } from "./capture_line.ts";
export { type CapturePacket, framesOfPackets } from "./capture_packet.ts";
export * from "./frame.ts";
export * from "./frame_length.ts";
export * from "./listener_index.ts";
export * from "./pcap.ts";
export * from "./pcapng.ts";
export * from "./port.ts";
export * from "./read_trace.ts";
export * from "./text_encoding.ts";
export * from "./trace_encoder.ts";
export * from "./trace_format.ts";
export * from "./trace_writer.ts";
