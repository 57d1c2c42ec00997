import type { BusFaults, FlashFaults, NodeBehaviour } from "../sim/mod.ts";

/** How a virtual node is made and bent. */
export interface FleetNodeSim {
  /** Name of the image that it runs at first; absent: its application region is empty. */
  readonly image?: string;
  /** The hardware number that it tells; absent: the one that the node must have. */
  readonly hardware?: string;
  /** File beneath the folder: the certificate whose holders it believes; it asks for none else. */
  readonly authority?: string;
  /** The part number that it tells; absent: the one that the node must have. */
  readonly part?: string;
  /** The sequence number of the release that it has; absent: it tells none. */
  readonly sequence?: number;
  /** What it does otherwise than a good node. */
  readonly behaviour: NodeBehaviour;
  /** What goes wrong at its receiver; absent: what its bus says. */
  readonly faults?: BusFaults;
  /** What is wrong with its flash. */
  readonly flashFaults?: FleetFlashFaults;
}

/** What is wrong with a virtual flash, as far as a fleet file says it. */
export type FleetFlashFaults = Pick<FlashFaults, "failProgramRatio" | "failEraseRatio">;
