import type { CanErrorReport } from "./socketcan_error_frame.ts";
import type { SendEvidence } from "./socketcan_send_meter.ts";

/** What went wrong on the wire, as error frames tell. */
export interface WireEvidence {
  /** How often the controller went bus-off. */
  readonly busOffs: number;
  /** Error frames that say that nobody acknowledged. */
  readonly unacknowledged: number;
  /** Error frames that say that bits on the wire were wrong. */
  readonly disturbed: number;
  /** Error frames that say that received frames were lost. */
  readonly overflows: number;
  /** How fast frames went out; absent where nothing is known of that. */
  readonly sending?: SendEvidence | undefined;
}

/** What an interface has shown so far; it tells find out why no node answers. */
export interface SocketcanEvidence extends WireEvidence {
  /** Frames of other ends that passed the filters. */
  readonly framesHeard: number;
  /** Own frames whose echo came. */
  readonly framesSent: number;
  /** Own frames that the kernel took and whose echo never came. */
  readonly framesLost: number;
  /** How often the kernel's queue took no frame. */
  readonly refusals: number;
}

/** Counts what went wrong on the wire. */
export class WireCounts implements WireEvidence {
  busOffs = 0;
  unacknowledged = 0;
  disturbed = 0;
  overflows = 0;

  /**
   * Counts an error frame; of bus-off its listener knows more.
   *
   * @param report What it tells.
   */
  take({ isUnacknowledged, isDisturbed, isOverflow }: CanErrorReport): void {
    if (isUnacknowledged) this.unacknowledged++;
    if (isDisturbed) this.disturbed++;
    if (isOverflow) this.overflows++;
  }
}
