/** What an interface has shown so far; it tells why nothing answers. */
export interface SocketcanEvidence {
  /** Frames of other ends that passed the filters. */
  readonly framesHeard: number;
  /** Own frames whose echo came. */
  readonly framesSent: number;
  /** Own frames that the kernel took and whose echo never came. */
  readonly framesLost: number;
  /** How often the kernel's queue took no frame. */
  readonly refusals: number;
  /** Error frames that say that nobody acknowledged. */
  readonly unacknowledged: number;
  /** Error frames that say that bits on the wire were wrong. */
  readonly disturbed: number;
  /** Error frames that say that received frames were lost. */
  readonly overflows: number;
}
