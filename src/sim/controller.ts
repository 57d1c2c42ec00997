import { BehaviorSubject, type Observable } from "rxjs";
import {
  assertCanFrame,
  type CanBitRates,
  type CanFrame,
  type CanId,
  canIdKey,
  type CanPortState,
  type FrameListener,
  ListenerIndex,
  type TransmitOutcome,
} from "../can/mod.ts";
import type { Prng } from "../core/mod.ts";
import { ErrorCounters } from "./error_counters.ts";
import { exponential, ReceptionFaults } from "./reception_faults.ts";
import { type QueuedFrame, TransmitQueue } from "./transmit_queue.ts";
import type { VirtualPort, VirtualPortOptions } from "./virtual_port.ts";
import type { Wire } from "./wire.ts";
import type { WireMember } from "./wire_member.ts";

/** Depth of a bxCAN receive FIFO. Source: RM0090, "bxCAN reception handling". */
const RECEIVE_FIFO_FRAMES = 3;

/** The controller behind a {@linkcode VirtualPort}, with what only its wire may call. */
export class Controller implements VirtualPort, WireMember {
  readonly name: string;
  readonly label: string;
  readonly bitRates: CanBitRates;
  readonly state$: Observable<CanPortState>;
  /** Whether it is in the wire's list of those that have a frame to send. */
  isContending = false;
  /** Whether the frame on the wire is its head. */
  isSending = false;
  /** It leaves the wire to others until then: error-passive suspension, or a drawn delay. */
  readyMs = 0;
  readonly #wire: Wire;
  readonly #options: VirtualPortOptions;
  readonly #prng: Prng;
  readonly #state: BehaviorSubject<CanPortState>;
  readonly #counters = new ErrorCounters();
  readonly #listeners = new ListenerIndex();
  readonly #receptionFaults: ReceptionFaults | undefined;
  readonly #queue = new TransmitQueue();
  #receiveFifo: { readonly frame: CanFrame; readonly atMs: number }[] | undefined;
  #isConnected = true;
  #isClosed = false;
  #isBusOff = false;
  #isDeaf = false;
  #isSilent = false;
  #isRepeating = false;

  /**
   * A controller that is connected; the wire learns of it by `join`.
   *
   * @param wire What it is on.
   * @param label Its name among the ports.
   * @param options Its faults and its way out of bus-off.
   * @param prng What its faults are drawn from.
   */
  constructor(wire: Wire, label: string, options: VirtualPortOptions, prng: Prng) {
    this.#wire = wire;
    this.name = `virtual:${wire.name}`;
    this.label = label;
    this.bitRates = wire.bitRates;
    this.#options = options;
    this.#prng = prng;
    this.#state = new BehaviorSubject<CanPortState>({ kind: "errorActive", tec: 0, rec: 0 });
    this.state$ = this.#state.asObservable();
    this.#receptionFaults = ReceptionFaults.areOn(options)
      ? new ReceptionFaults(options, prng, wire.clock, (frame, atMs) => this.#take(frame, atMs))
      : undefined;
  }

  /** The frame that it would send next. */
  get head(): QueuedFrame | undefined {
    return this.#queue.head;
  }

  /** Whether it takes part in the bus: acknowledges, counts errors, may send. */
  get isLive(): boolean {
    return this.#isConnected && !this.#isClosed && !this.#isBusOff && !this.#isSilent;
  }

  /** Whether its counters make it error-passive. */
  get isErrorPassive(): boolean {
    return this.#counters.state === "errorPassive";
  }

  get tec(): number {
    return this.#counters.tec;
  }

  get rec(): number {
    return this.#counters.rec;
  }

  listen(id: CanId, listener: FrameListener): () => void {
    return this.#listen(canIdKey(id), listener);
  }

  listenAll(listener: FrameListener): () => void {
    return this.#listen(undefined, listener);
  }

  transmit(frame: CanFrame, onEnd: (outcome: TransmitOutcome, atMs: number) => void): void {
    assertCanFrame(frame);
    if (frame.fd && this.bitRates.dataBitrateBps === undefined) {
      throw new RangeError(`Cannot send a CAN FD frame on classic bus ${this.name}`);
    }
    const wasEmpty = this.#queue.head === undefined;
    this.#queue.push(frame, onEnd);
    if (this.#isClosed || !this.#isConnected) this.#abortAll();
    else if (wasEmpty) this.#offerHead(this.#wire.clock.now());
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listeners.clear();
    this.#goOff();
    this.#wire.leave(this);
    this.#state.complete();
  }

  disconnect(): void {
    if (!this.#isConnected || this.#isClosed) return;
    this.#isConnected = false;
    this.#goOff();
    this.#tell("stopped");
  }

  connect(): void {
    if (this.#isConnected || this.#isClosed) return;
    this.#isConnected = true;
    this.#wire.membershipChanged();
    this.#tell("errorActive");
  }

  stall(): void {
    this.#receiveFifo ??= [];
  }

  release(): void {
    const kept = this.#receiveFifo ?? [];
    this.#receiveFifo = undefined;
    for (const { frame, atMs } of kept) this.#take(frame, atMs);
  }

  setDeaf(isDeaf: boolean): void {
    this.#isDeaf = isDeaf;
  }

  setSilent(isSilent: boolean): void {
    this.#isSilent = isSilent;
    if (isSilent) this.isSending = false;
    this.#wire.membershipChanged();
    this.#contend();
  }

  recover(): void {
    if (!this.#isBusOff) return;
    this.#wire.beginRecovery(this, () => {
      this.#isBusOff = false;
      this.#counters.clear();
      this.#wire.membershipChanged();
      this.#tell("errorActive");
      this.#contend();
    });
  }

  /** Whether the frame that it begins to send is damaged on its way. */
  drawCorruption(): boolean {
    return this.#prng.chance(this.#options.corruptRatio ?? 0);
  }

  /** Whether the frame that it sent is lost by all receivers. */
  drawTransmitLoss(): boolean {
    return this.#prng.chance(this.#options.transmitLossRatio ?? 0);
  }

  /** Where in a frame something goes wrong, as a share of it. */
  drawShare(): number {
    return this.#prng.next();
  }

  /** Its head was on the wire and was acknowledged. */
  frameSent(atMs: number): void {
    this.isSending = false;
    this.#counters.transmitted();
    this.#tellOfCounters();
    this.#isRepeating = !this.#isRepeating &&
      this.#prng.chance(this.#options.transmitDuplicateRatio ?? 0);
    const sent = this.#queue.head;
    if (this.#isRepeating || sent === undefined) return;
    this.#queue.shift();
    if (this.#queue.head !== undefined) this.#offerHead(atMs);
    sent.onEnd("sent", atMs);
  }

  /** Its head ended in an error frame. */
  frameFailed(isUnacknowledged: boolean): void {
    this.isSending = false;
    if (isUnacknowledged) this.#counters.acknowledgeMissing();
    else this.#counters.transmitFailed();
    if (this.#counters.state === "busOff") {
      this.#isBusOff = true;
      this.#wire.membershipChanged();
      this.#abortAll();
      if (this.#options.busOffRecovery !== "manual") this.recover();
    }
    this.#tellOfCounters();
  }

  /** A frame of another ended in an error frame. */
  errorSeen(): void {
    this.#counters.receiveFailed();
    this.#tellOfCounters();
  }

  /** A frame of another was on the wire; it tells whether errors are still counted. */
  frameSeen(): boolean {
    if (this.#counters.rec === 0) return false;
    this.#counters.received();
    this.#tellOfCounters();
    return this.#counters.rec > 0;
  }

  /** A frame of another that it may listen to was on the wire. */
  receive(frame: CanFrame, atMs: number): void {
    if (this.#isDeaf || this.#isBusOff) return;
    if (this.#receptionFaults === undefined) this.#take(frame, atMs);
    else if (this.#isConnected) this.#receptionFaults.receive(frame, atMs);
  }

  /** Whether it listens to all frames. */
  get hearsAll(): boolean {
    return this.#listeners.hearsAll;
  }

  /** Whether it listens to an identifier; its own listeners only, not those to all frames. */
  hears(key: number): boolean {
    return this.#listeners.hears(key);
  }

  #take(frame: CanFrame, atMs: number): void {
    if (!this.#isConnected) return;
    if (this.#receiveFifo === undefined) this.#listeners.deliver(frame, atMs);
    else if (this.#receiveFifo.length < RECEIVE_FIFO_FRAMES) {
      this.#receiveFifo.push({ frame, atMs });
    }
  }

  #listen(key: number | undefined, listener: FrameListener): () => void {
    if (this.#isClosed) return () => {};
    const stop = this.#listeners.add(key, listener);
    this.#wire.listeningChanged(this, key);
    return () => {
      if (stop()) this.#wire.listeningChanged(this, key);
    };
  }

  #offerHead(nowMs: number): void {
    const { transmitDelayRatio = 0, transmitDelayMsMean = 0 } = this.#options;
    if (this.#prng.chance(transmitDelayRatio)) {
      const delayMs = exponential(this.#prng, transmitDelayMsMean);
      this.readyMs = Math.max(this.readyMs, nowMs + delayMs);
    }
    this.#contend();
  }

  #contend(): void {
    if (this.head !== undefined && this.isLive) this.#wire.contend(this);
  }

  /** What losing power and leaving have in common. */
  #goOff(): void {
    this.#isBusOff = false;
    this.#isRepeating = false;
    this.readyMs = 0;
    this.#counters.clear();
    this.#receiveFifo &&= [];
    this.#receptionFaults?.clear();
    this.#wire.cancelRecovery(this);
    this.#wire.membershipChanged();
    this.#abortAll();
  }

  #abortAll(): void {
    this.isSending = false;
    const waiting = this.#queue.drain();
    if (waiting.length === 0) return;
    const { clock } = this.#wire;
    clock.schedule(() => {
      for (const { onEnd } of waiting) onEnd("aborted", clock.now());
    });
  }

  #tellOfCounters(): void {
    const kind = this.#isBusOff ? "busOff" : this.#counters.state;
    if (kind !== this.#state.value.kind && this.#isConnected) this.#tell(kind);
  }

  #tell(kind: CanPortState["kind"]): void {
    if (!this.#isClosed) this.#state.next({ kind, tec: this.tec, rec: this.rec });
  }
}
