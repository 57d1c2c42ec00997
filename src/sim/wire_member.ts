import type { CanFrame } from "../can/mod.ts";
import type { QueuedFrame } from "./transmit_queue.ts";

/** A controller as the wire that it is on sees it. */
export interface WireMember {
  /** Its name among the ports. */
  readonly label: string;
  /** Whether it is in the wire's list of those that have a frame to send. */
  isContending: boolean;
  /** Whether the frame on the wire is its head. */
  isSending: boolean;
  /** It leaves the wire to others until then, in ms: error-passive suspension, or a drawn delay. */
  readyMs: number;
  /** The frame that it would send next. */
  readonly head: QueuedFrame | undefined;
  /** Whether it takes part in the bus: acknowledges, counts errors, may send. */
  readonly isLive: boolean;
  /** Whether its counters make it error-passive. */
  readonly isErrorPassive: boolean;
  /** Its receive error counter. */
  readonly rec: number;
  /** Whether it listens to all frames. */
  readonly hearsAll: boolean;
  /** Whether it listens to an identifier; its own listeners only, not those to all frames. */
  hears(key: number): boolean;
  /** Whether the frame that it begins to send is damaged on its way. */
  drawCorruption(): boolean;
  /** Whether the frame that it sent is lost by all receivers. */
  drawTransmitLoss(): boolean;
  /** Where in a frame something goes wrong, as a share of it. */
  drawShare(): number;
  /** Its head was on the wire and was acknowledged. */
  frameSent(atMs: number): void;
  /** Its head ended in an error frame. */
  frameFailed(isUnacknowledged: boolean): void;
  /** A frame of another ended in an error frame. */
  errorSeen(): void;
  /** A frame of another was on the wire; it tells whether errors are still counted. */
  frameSeen(): boolean;
  /** A frame of another that it may listen to was on the wire. */
  receive(frame: CanFrame, atMs: number): void;
}
