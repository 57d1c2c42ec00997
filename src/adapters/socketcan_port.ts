import type { BehaviorSubject, Observable } from "rxjs";
import {
  assertCanFrame,
  type CanBitRates,
  type CanFrame,
  type CanId,
  canIdKey,
  type CanPort,
  type CanPortState,
  type FrameListener,
  type ListenerIndex,
} from "../can/mod.ts";
import type { OnFrameEnd } from "./socketcan_transmitter.ts";

/**
 * From a frame's end through driver, kernel and event loop and back, at least, in ms: what is
 * reckoned with until it is measured.
 */
const CONFIRMATION_LAG_MS = 1;

/** What a port needs of its interface. */
export interface PortHost {
  /** The interface. */
  readonly name: string;
  /** Its bit rates, where known. */
  readonly bitRates: CanBitRates | undefined;
  /** Whether it carries CAN FD frames. */
  readonly carriesFd: boolean;
  /** Frames of ours that its queue has room for. */
  readonly queueFrames: number;
  /** The controller's state. */
  readonly state: BehaviorSubject<CanPortState>;
  /** Who listens to what. */
  readonly listeners: ListenerIndex;
  /** Whose frame is being delivered, where it is one of ours. */
  readonly echoOf: object | undefined;
  /** Sends a frame. */
  transmit(port: InterfacePort, frame: CanFrame, onEnd: OnFrameEnd): void;
  /** What is listened to has changed. */
  listenersChanged(): void;
}

/** One of the ports that share an interface. */
export class InterfacePort implements CanPort {
  readonly name: string;
  readonly bitRates: CanBitRates | undefined;
  readonly confirmationLagMs = CONFIRMATION_LAG_MS;
  readonly queueFrames: number;
  readonly state$: Observable<CanPortState>;
  readonly #bus: PortHost;
  readonly #onClose: () => void;
  readonly #stops = new Set<() => void>();
  #isClosed = false;

  /**
   * Makes one.
   *
   * @param bus The interface.
   * @param onClose Called once when it is closed.
   */
  constructor(bus: PortHost, onClose: () => void) {
    this.name = `socketcan:${bus.name}`;
    this.bitRates = bus.bitRates;
    this.queueFrames = bus.queueFrames;
    this.#bus = bus;
    this.#onClose = onClose;
    this.state$ = bus.state.asObservable();
  }

  listen(id: CanId, listener: FrameListener): () => void {
    return this.#listen(canIdKey(id), listener);
  }

  listenAll(listener: FrameListener): () => void {
    return this.#listen(undefined, listener);
  }

  transmit(frame: CanFrame, onEnd: OnFrameEnd): void {
    assertCanFrame(frame);
    if (frame.fd && !this.#bus.carriesFd) {
      throw new RangeError(`Cannot send a CAN FD frame on classic bus ${this.name}`);
    }
    this.#bus.transmit(this, frame, onEnd);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    this.#onClose();
  }

  #listen(key: number | undefined, listener: FrameListener): () => void {
    if (this.#isClosed) return () => {};
    const remove = this.#bus.listeners.add(key, (frame, atMs) => {
      if (this.#bus.echoOf !== this) listener(frame, atMs);
    });
    this.#bus.listenersChanged();
    const stop = (): void => {
      this.#stops.delete(stop);
      if (remove()) this.#bus.listenersChanged();
    };
    this.#stops.add(stop);
    return stop;
  }
}
