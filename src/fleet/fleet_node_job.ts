import type { NodeJob } from "../update/mod.ts";

/** One node of a run: everything decided before the first frame. */
export interface FleetNodeJob {
  /** Its name in the fleet file. */
  readonly name: string;
  /** Name of the bus it is on. */
  readonly bus: string;
  /** Its device. */
  readonly device: string;
  /** Name of its image. */
  readonly image: string;
  /** What is to be done. */
  readonly job: NodeJob;
}
