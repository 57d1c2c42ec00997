/**
 * The outside: the real clock, buses. What needs permissions or a real timer stands here.
 *
 * @module
 */
export * from "./can_adapters.ts";
export * from "./file_error.ts";
export * from "./file_lock.ts";
export * from "./files.ts";
export * from "./host.ts";
export * from "./journal_file.ts";
export * from "./journal_folder.ts";
export * from "./key_file_error.ts";
export * from "./key_programs.ts";
export * from "./light.ts";
export * from "./page_server.ts";
export * from "./private_key_pem.ts";
export * from "./real_clock.ts";
export * from "./secret_files.ts";
export * from "./socketcan_bus.ts";
export * from "./socketcan_channel.ts";
export * from "./socketcan_error.ts";
export type { CanErrorReport } from "./socketcan_error_frame.ts";
export * from "./socketcan_evidence.ts";
export * from "./socketcan_filters.ts";
export * from "./socketcan_link.ts";
export * from "./socketcan_send_meter.ts";
export * from "./state_folder.ts";
export * from "./tcp_bus_client.ts";
export * from "./tcp_bus_error.ts";
export * from "./tcp_bus_server.ts";
export * from "./web_crypto.ts";
