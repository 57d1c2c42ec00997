/**
 * A run's events as records that outlive it: written before what they announce is done, read again
 * by the run that goes on. It decides nothing about flashing and touches no file.
 *
 * @module
 */
export * from "./event_json.ts";
export * from "./folder_memory.ts";
export * from "./history.ts";
export * from "./journal_error.ts";
export * from "./journal_head.ts";
export * from "./journal_header.ts";
export * from "./journal_reader.ts";
export * from "./journal_record.ts";
export * from "./journal_writer.ts";
export * from "./memory.ts";
export * from "./node_claims.ts";
export * from "./plan_digest.ts";
