/**
 * UDS, ISO 14229-1: one file a service, negative responses, client and server cores.
 *
 * @module
 */
export * from "./request_template.ts";
