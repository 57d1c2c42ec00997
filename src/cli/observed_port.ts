import type { Observable } from "rxjs";
import {
  type CanBitRates,
  type CanFrame,
  type CanId,
  canIdKey,
  type CanPort,
  type CanPortState,
  type FrameListener,
  ListenerIndex,
  type TransmitOutcome,
} from "../can/mod.ts";

/**
 * A port whose frames somebody else sees too: own ones when they are confirmed, others' as they are
 * heard. Until {@linkcode ObservedPort.hearAll} only identifiers that somebody listens to are heard,
 * so that a kernel can filter the rest; each frame is seen once, however many listen to it.
 */
export class ObservedPort implements CanPort {
  readonly name: string;
  readonly bitRates: CanBitRates | undefined;
  readonly confirmationLagMs: number | undefined;
  readonly queueFrames: number | undefined;
  readonly state$: Observable<CanPortState>;
  readonly #port: CanPort;
  readonly #observer: FrameListener;
  readonly #listeners = new ListenerIndex();
  readonly #stops = new Map<number, () => void>();
  #hearsAll = false;
  readonly #take: FrameListener = (frame, atMs) => {
    this.#observer(frame, atMs);
    this.#listeners.deliver(frame, atMs);
  };

  /**
   * Stands before a port.
   *
   * @param port The port; from now on used through this one alone.
   * @param observer Sees each frame once, in the order of the port.
   */
  constructor(port: CanPort, observer: FrameListener) {
    this.#port = port;
    this.#observer = observer;
    this.name = port.name;
    this.bitRates = port.bitRates;
    this.confirmationLagMs = port.confirmationLagMs;
    this.queueFrames = port.queueFrames;
    this.state$ = port.state$;
  }

  /** Hears all frames from now on. */
  hearAll(): void {
    if (this.#hearsAll) return;
    this.#hearsAll = true;
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
    this.#port.listenAll(this.#take);
  }

  listen(id: CanId, listener: FrameListener): () => void {
    const key = canIdKey(id);
    const stop = this.#listeners.add(key, listener);
    if (!this.#hearsAll && !this.#stops.has(key)) {
      this.#stops.set(key, this.#port.listen(id, this.#take));
    }
    return () => {
      if (!stop() || this.#listeners.hears(key)) return;
      this.#stops.get(key)?.();
      this.#stops.delete(key);
    };
  }

  listenAll(listener: FrameListener): () => void {
    this.hearAll();
    const stop = this.#listeners.add(undefined, listener);
    return () => void stop();
  }

  transmit(frame: CanFrame, onEnd: (outcome: TransmitOutcome, atMs: number) => void): void {
    this.#port.transmit(frame, (outcome, atMs) => {
      if (outcome === "sent") this.#observer(frame, atMs);
      onEnd(outcome, atMs);
    });
  }

  close(): void {
    this.#listeners.clear();
    this.#port.close();
  }
}
