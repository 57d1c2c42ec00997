import { encodeCbor, sha256 } from "../codec/mod.ts";
import { type FleetNodeJob, writtenPlan } from "../fleet/mod.ts";

/**
 * Makes a digest of what a run erases and writes where: a run is gone on with only by one that plans
 * the same. The bytes themselves are told by the images' own digests.
 *
 * @param jobs What is to be done.
 * @returns SHA-256 of their nodes, devices, images and ranges.
 */
export function planDigest(jobs: readonly FleetNodeJob[]): Uint8Array {
  return sha256(encodeCbor(jobs.map(({ name, bus, device, image, job }) => [
    name,
    bus,
    device,
    image,
    writtenPlan(job).segments
      .map(({ range, write }) => [range.start, range.end, write.start, write.end]),
  ])));
}
