/**
 * canvoy's end of a fleet's buses: from a fleet file and its images to one stream of events, over
 * any bus that a program brings.
 *
 * {@linkcode updateFleet} is what a program calls. `Tester` is one bus by itself, with the ways to
 * its nodes; `talkToFleet` holds any other conversation with all nodes.
 *
 * @module
 */
export * from "./bus_lost_error.ts";
export * from "./fleet_lookups.ts";
export * from "./heard_frames.ts";
export * from "./image_reader.ts";
export * from "./key_sources.ts";
export * from "./node_image.ts";
export * from "./node_job.ts";
export * from "./plan_jobs.ts";
export * from "./talk_to_fleet.ts";
export * from "./tester.ts";
export * from "./update_fleet.ts";
