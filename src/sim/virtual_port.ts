import { BehaviorSubject, type Observable } from "rxjs";
import {
  assertCanFrame,
  type CanBitRates,
  type CanFrame,
  type CanId,
  canIdKey,
  type CanPort,
  type CanPortState,
  type FrameListener,
  type TransmitOutcome,
} from "../can/mod.ts";
import { type Prng } from "../core/mod.ts";
import type { BusFaults } from "./bus_faults.ts";
import { ErrorCounters } from "./error_counters.ts";
import type { VirtualBus } from "./virtual_bus.ts";

interface Waiting {
  readonly frame: CanFrame;
  readonly onEnd: (outcome: TransmitOutcome, atMs: number) => void;
}

/** Depth of a bxCAN receive FIFO. Source: RM0090, "bxCAN reception handling". */
const RECEIVE_FIFO_FRAMES = 3;

/** A virtual controller: a {@linkcode CanPort} that can also lose its power. */
export class VirtualPort implements CanPort {
  /** For people. */
  readonly name: string;
  /** Its name among the ports of its bus: for traces. */
  readonly label: string;
  /** Bit rates of its bus. */
  readonly bitRates: CanBitRates;
  /** The present state, and each change. */
  readonly state$: Observable<CanPortState>;
  /** For the bus: whether it is in the list of contenders. */
  isContending = false;
  /** For the bus: whether the frame on the wire was damaged. */
  isHeadDamaged = false;
  /** For the bus: an error-passive sender leaves the wire to others until then. */
  suspendedUntilMs = 0;
  readonly #bus: VirtualBus;
  readonly #faults: BusFaults;
  readonly #prng: Prng;
  readonly #counters = new ErrorCounters();
  readonly #state: BehaviorSubject<CanPortState>;
  readonly #byId = new Map<number, FrameListener[]>();
  #all: FrameListener[] = [];
  readonly #queue: Waiting[] = [];
  #queueStart = 0;
  #isConnected = true;
  #isClosed = false;
  #isOff = false;
  #deafFromMs: number;
  #fifo: { readonly frame: CanFrame; readonly atMs: number }[] | undefined;

  /**
   * @param bus The bus it is on.
   * @param label Its name among the ports.
   * @param faults What goes wrong when it receives.
   * @param prng What they are drawn from.
   */
  constructor(bus: VirtualBus, label: string, faults: BusFaults, prng: Prng) {
    this.#bus = bus;
    this.name = `virtual:${bus.name}`;
    this.label = label;
    this.bitRates = bus.bitRates;
    this.#faults = faults;
    this.#prng = prng;
    this.#state = new BehaviorSubject<CanPortState>({ kind: "errorActive", tec: 0, rec: 0 });
    this.state$ = this.#state.asObservable();
    this.#deafFromMs = this.#drawDeafFromMs(bus.clock.now());
  }

  /** The frame that it would send next. */
  get head(): CanFrame | undefined {
    return this.#queue[this.#queueStart]?.frame;
  }

  /** Whether it takes part in the bus at all. */
  get mayTransmit(): boolean {
    return this.#isConnected && !this.#isClosed && !this.#isOff;
  }

  /** Whether its counters make it error-passive. */
  get isErrorPassive(): boolean {
    return this.#counters.state === "errorPassive";
  }

  /** Whether it has gone bus-off. */
  get isBusOff(): boolean {
    return this.#isOff;
  }

  /** Listens to one identifier. */
  listen(id: CanId, listener: FrameListener): () => void {
    const key = canIdKey(id);
    this.#byId.set(key, [...this.#byId.get(key) ?? [], listener]);
    return () => {
      const left = (this.#byId.get(key) ?? []).filter((other) => other !== listener);
      if (left.length === 0) this.#byId.delete(key);
      else this.#byId.set(key, left);
    };
  }

  /** Listens to all frames. */
  listenAll(listener: FrameListener): () => void {
    this.#all = [...this.#all, listener];
    return () => this.#all = this.#all.filter((other) => other !== listener);
  }

  /** Queues a frame. */
  transmit(frame: CanFrame, onEnd: (outcome: TransmitOutcome, atMs: number) => void): void {
    assertCanFrame(frame);
    if (frame.fd && this.bitRates.dataBitrateBps === undefined) {
      throw new RangeError(`Cannot send a CAN FD frame on classic bus ${this.name}`);
    }
    this.#queue.push({ frame, onEnd });
    if (this.mayTransmit) this.#bus.contend(this);
    else if (this.#isClosed || !this.#isConnected) {
      this.#bus.clock.schedule(() => this.#abortAll());
    }
  }

  /** Loses power, or its plug: waiting frames are dropped and nothing is heard. */
  disconnect(): void {
    this.#isConnected = false;
    this.#counters.clear();
    this.#isOff = false;
    this.#abortAll();
    this.#tell("stopped");
  }

  /** Is back on the wire. */
  connect(): void {
    this.#isConnected = true;
    this.#tell("errorActive");
  }

  /** Leaves the bus for good. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#byId.clear();
    this.#all = [];
    this.#abortAll();
    this.#state.complete();
  }

  /** The node's core stands still: the controller keeps three frames and loses the rest. */
  stall(): void {
    this.#fifo ??= [];
  }

  /** The node's core runs again and empties the controller's receive FIFO. */
  release(): void {
    const kept = this.#fifo;
    this.#fifo = undefined;
    for (const { frame, atMs } of kept ?? []) this.#deliver(frame, atMs);
  }

  /** For the bus: the head was on the wire. */
  confirmHead(atMs: number): void {
    const { onEnd } = this.#queue[this.#queueStart++]!;
    if (this.#queueStart === this.#queue.length) {
      this.#queue.length = 0;
      this.#queueStart = 0;
    } else if (this.#queueStart > 64) {
      this.#queue.splice(0, this.#queueStart);
      this.#queueStart = 0;
    }
    this.#counters.transmitted();
    this.#tellWhenChanged();
    onEnd("sent", atMs);
  }

  /** For the bus: a frame of another port was on the wire. */
  receive(frame: CanFrame, atMs: number): void {
    if (!this.mayTransmit) return;
    if (this.#counters.rec > 0) {
      this.#counters.received();
      this.#tellWhenChanged();
    }
    const listeners = this.#byId.get(canIdKey(frame));
    if (listeners === undefined && this.#all.length === 0) return;
    const { lossRatio = 0, duplicateRatio = 0, delayRatio = 0, delayMsMean = 0 } = this.#faults;
    if (this.#isDeaf(atMs) || this.#prng.chance(lossRatio)) return;
    const times = this.#prng.chance(duplicateRatio) ? 2 : 1;
    for (let i = 0; i < times; i++) {
      if (this.#prng.chance(delayRatio)) {
        const delayMs = -Math.log(1 - this.#prng.next()) * delayMsMean;
        this.#bus.clock.schedule(() => this.#deliver(frame, atMs + delayMs), delayMs);
      } else this.#deliver(frame, atMs);
    }
  }

  /** For the bus: the head was damaged. */
  transmitFailed(): void {
    this.#counters.transmitFailed();
    this.#tellWhenChanged();
    if (this.#counters.state === "busOff") {
      this.#isOff = true;
      this.#abortAll();
    }
  }

  /** For the bus: nobody acknowledged the head. */
  acknowledgeMissing(): void {
    this.#counters.acknowledgeMissing();
    this.#tellWhenChanged();
  }

  /** For the bus: a frame of another was damaged. */
  receiveFailed(): void {
    if (!this.mayTransmit) return;
    this.#counters.receiveFailed();
    this.#tellWhenChanged();
  }

  /** For the bus: bus-off recovery is over. */
  recover(): void {
    if (!this.#isOff) return;
    this.#isOff = false;
    this.#counters.clear();
    this.#tellWhenChanged();
    if (this.head !== undefined) this.#bus.contend(this);
  }

  #deliver(frame: CanFrame, atMs: number): void {
    if (!this.mayTransmit) return;
    if (this.#fifo !== undefined) {
      if (this.#fifo.length < RECEIVE_FIFO_FRAMES) this.#fifo.push({ frame, atMs });
      return;
    }
    for (const listener of this.#byId.get(canIdKey(frame)) ?? []) listener(frame, atMs);
    for (const listener of this.#all) listener(frame, atMs);
  }

  #isDeaf(atMs: number): boolean {
    const deafMs = this.#faults.deafMs ?? 0;
    while (atMs >= this.#deafFromMs + deafMs) {
      this.#deafFromMs = this.#drawDeafFromMs(this.#deafFromMs + deafMs);
    }
    return atMs >= this.#deafFromMs;
  }

  #drawDeafFromMs(afterMs: number): number {
    const meanMs = this.#faults.deafEveryMsMean;
    if (meanMs === undefined) return Infinity;
    return afterMs - Math.log(1 - this.#prng.next()) * meanMs;
  }

  #abortAll(): void {
    const waiting = this.#queue.splice(this.#queueStart);
    this.#queue.length = 0;
    this.#queueStart = 0;
    for (const { onEnd } of waiting) {
      this.#bus.clock.schedule(() => onEnd("aborted", this.#bus.clock.now()));
    }
  }

  #tellWhenChanged(): void {
    const { state } = this.#counters;
    if (state !== this.#state.value.kind) this.#tell(state);
  }

  #tell(kind: CanPortState["kind"]): void {
    if (this.#isClosed) return;
    this.#state.next({ kind, tec: this.#counters.tec, rec: this.#counters.rec });
  }
}
