import { type FleetNodeJob, writtenPlan } from "../fleet/mod.ts";
import type { Output } from "./output.ts";

/**
 * Notes what is to be doubted of the images before a run: once each, though many nodes take them.
 *
 * @param jobs What is to be done.
 * @param output Where to.
 */
export function noteImageWarnings(jobs: readonly FleetNodeJob[], output: Output): void {
  const texts = jobs.flatMap(({ image, job }) =>
    writtenPlan(job).warnings.map(({ reason }) => `warning: ${image}: ${reason}`)
  );
  for (const text of new Set(texts)) output.note(text);
}
