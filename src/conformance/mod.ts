/**
 * Tries a node against `docs/group-download.md`: what authors of bootloaders let run against theirs.
 *
 * Limitations: one node at a time, on a bus that loses nothing; frames of 29 bits, answers that wait
 * for flow control, and maps that are cut are not tried.
 *
 * @module
 */
export * from "./check_group_node.ts";
export * from "./errors.ts";
export * from "./finding.ts";
export * from "./node_under_test.ts";
export * from "./torn_port.ts";
