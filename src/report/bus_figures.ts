/** What one bus carried during a run, as its adapter counted it. */
export interface BusFigures {
  /** Its name in the fleet file. */
  readonly bus: string;
  /** Frames. */
  readonly frames: number;
  /** Bits of these frames on the wire. */
  readonly bits: number;
  /** Part of the time in which the wire was not idle, 0..1. */
  readonly busyRatio: number;
  /** Frames that were damaged on the wire, where the adapter can tell. */
  readonly errorFrames?: number;
}
