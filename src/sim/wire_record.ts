import type { CanFrame } from "../can/mod.ts";

/** Why a frame on the wire ended in an error frame. */
export type WireFault =
  /** A bit was disturbed: a drawn fault. */
  | "corrupted"
  /** Two controllers sent the same identifier at once, with different content behind it. */
  | "collision"
  /** No other controller was there to acknowledge it. */
  | "unacknowledged"
  /** Its sender lost its power or left in the middle of it. */
  | "senderGone";

/** One attempt to send a frame, as an observer of the wire sees it. */
export interface WireRecord {
  /** The frame. */
  readonly frame: CanFrame;
  /** Name of the port that sent it. */
  readonly sender: string;
  /** When its start of frame began, in ms. */
  readonly startMs: number;
  /** When the frame ended: end of frame, or where an error frame cut it off, in ms. */
  readonly atMs: number;
  /** Its bits, the intermission not counted; with the error frame's when it was damaged. */
  readonly bits: number;
  /** Whether it came through; if not, its sender tries again. */
  readonly intact: boolean;
  /** Why it did not come through. */
  readonly fault?: WireFault;
}

/** What a bus has carried so far. `frames` and `bits` are the sums over its intact records. */
export interface BusStatistics {
  /** Intact frames; a frame that was sent again after an error frame counts once. */
  readonly frames: number;
  /** Bits of intact frames, from start of frame to end of frame. */
  readonly bits: number;
  /** Attempts that ended in an error frame. */
  readonly errorFrames: number;
  /** Their bits and those of the error frames. */
  readonly errorBits: number;
  /** How long nobody else could have begun a frame, in ms: all these bits and the intermissions. */
  readonly busyMs: number;
  /** Share of the time since the bus was made in which it was busy, 0..1. */
  readonly busyRatio: number;
}
