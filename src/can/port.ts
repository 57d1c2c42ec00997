import type { Observable } from "rxjs";
import type { CanFrame, CanId } from "./frame.ts";

/** How a frame that was handed to a port ended. */
export type TransmitOutcome =
  /** It was on the wire and acknowledged. */
  | "sent"
  /** It was taken back before it was on the wire: the port closed, or went bus-off. */
  | "aborted";

/** What a port's controller tells of the bus; counters as in ISO 11898-1, "Fault confinement". */
export interface CanPortState {
  /** `stopped`: the interface is down or gone. */
  readonly kind: "errorActive" | "errorPassive" | "busOff" | "stopped";
  /** Transmit error counter, where known. */
  readonly tec?: number;
  /** Receive error counter, where known. */
  readonly rec?: number;
}

/** Bit rates of a bus. */
export interface CanBitRates {
  /** Nominal (arbitration) bit rate, bit/s. */
  readonly bitrateBps: number;
  /** Data-phase bit rate, bit/s; absent on a classic bus, which then carries no FD frame. */
  readonly dataBitrateBps?: number;
}

/**
 * Takes a received frame. The frame and its data must not be changed; they may be kept.
 *
 * @param frame The frame.
 * @param atMs When its last bit was received, in the clock of the port's user.
 */
export type FrameListener = (frame: CanFrame, atMs: number) => void;

/**
 * One controller's attachment to a bus: what canvoy's upper layers know of any bus.
 *
 * Contract for implementers:
 * - Frames come to listeners in bus order, never inside a call of `transmit`.
 * - Frames leave in the order of the `transmit` calls of this port.
 * - `onEnd` is called exactly once for each frame, never inside `transmit`, in order.
 * - A port does not hear its own frames.
 * - `listen` costs a map look-up per frame, however many identifiers are listened to.
 * - After `close` nothing is called but the `onEnd` of waiting frames, with `aborted`, and `state$`
 *   completes. A lost interface is `state$` `stopped`; frames then wait or are aborted, as the
 *   adapter's documentation says, and nothing throws.
 */
export interface CanPort {
  /** For people: `socketcan:can0`, `virtual:bench`. */
  readonly name: string;
  /** Bit rates, where known; they bound frame kinds and feed time estimates. */
  readonly bitRates: CanBitRates | undefined;
  /**
   * How long after a frame's end its confirmation comes, and the next frame reaches the controller,
   * at least, in ms; 0 by default. So much more is handed over at once, lest the wire stands idle,
   * until it is measured that confirmations come later.
   */
  readonly confirmationLagMs?: number | undefined;
  /**
   * Frames that the interface's own queue has room for; by default that is no limit. More are not
   * handed over at once.
   */
  readonly queueFrames?: number | undefined;
  /** Hot; the present state first; completes when the port is closed; never errors. */
  readonly state$: Observable<CanPortState>;

  /**
   * Listens to one identifier. Several listeners may share one.
   *
   * @param id The identifier.
   * @param listener Called for each frame that has it.
   * @returns Call it to stop listening.
   */
  listen(id: CanId, listener: FrameListener): () => void;

  /**
   * Listens to all frames: for traces and scans.
   *
   * @param listener Called for each received frame.
   * @returns Call it to stop listening.
   */
  listenAll(listener: FrameListener): () => void;

  /**
   * Queues a frame.
   *
   * @param frame The frame; it and its data must not be changed afterwards.
   * @param onEnd Called once when the frame was sent, or will not be; `atMs` is that moment.
   * @throws {RangeError} If the frame does not fit the bus (FD on a classic bus, bad identifier).
   */
  transmit(frame: CanFrame, onEnd: (outcome: TransmitOutcome, atMs: number) => void): void;

  /** Leaves the bus. */
  close(): void;
}
