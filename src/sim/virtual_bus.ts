import type { CanBitRates } from "../can/mod.ts";
import { type Clock, Prng } from "../core/mod.ts";
import type { BusFaults } from "./bus_faults.ts";
import { Controller } from "./controller.ts";
import type { VirtualPort, VirtualPortOptions } from "./virtual_port.ts";
import { Wire } from "./wire.ts";
import type { BusStatistics, WireRecord } from "./wire_record.ts";

/** Keeps a bus's numbers apart from those of nodes that were given the same seed. */
const BUS_STREAM = 0xB05;

/** How a virtual bus is made. */
export interface VirtualBusOptions {
  /** Shown in messages, and told to who joins over TCP. */
  readonly name: string;
  /** Bit rates; a bus without a data bit rate is a classic one. */
  readonly bitRates: CanBitRates;
  /** The time it lives in. */
  readonly clock: Clock;
  /** What its faults are drawn from. */
  readonly seed: number;
  /** Faults of each port that does not state its own. */
  readonly faults?: BusFaults;
}

/**
 * A CAN bus in bits: exact frame lengths, arbitration by identifier, error frames, retransmission,
 * error counters, bus-off and recovery, and a transmit confirmation for each frame.
 *
 * A port whose frames nobody acknowledges repeats them for ever, as on a real bus: bound the run of
 * a virtual clock.
 *
 * Frames reach their receivers, and senders their confirmation, at the end of the frame. Under a
 * real clock the bus keeps to its own time: late timers delay what happens, and do not add up.
 *
 * Limitations: no bit-level resynchronization and no overload frames; a controller sends its frames
 * in the order given, not by identifier; where in a frame a damage or a collision shows is drawn;
 * the error flags of all controllers take 12 bits together.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { VirtualClock } from "../core/mod.ts";
 * import { VirtualBus } from "./virtual_bus.ts";
 *
 * const clock = new VirtualClock();
 * const bus = new VirtualBus({ name: "b", bitRates: { bitrateBps: 500_000 }, clock, seed: 1 });
 * const [left, right] = [bus.attach("left"), bus.attach("right")];
 * const data = new Uint8Array(0);
 * const frame = { id: 0, extended: false, fd: false, bitRateSwitch: false, data };
 *
 * const log: [string, number][] = [];
 * right.listen(frame, (_, atMs) => log.push(["received", atMs]));
 * left.transmit(frame, (outcome, atMs) => log.push([outcome, atMs]));
 * clock.run();
 * deepStrictEqual(log, [["sent", 0.1], ["received", 0.1]]); // 50 bits of 2 us
 * ```
 */
export class VirtualBus {
  readonly #wire: Wire;
  readonly #prng: Prng;
  readonly #faults: BusFaults;
  #portCount = 0;

  /**
   * Makes a bus that nobody is on yet.
   *
   * @param options Name, bit rates, clock, seed, faults.
   * @throws {RangeError} If a bit rate is no positive integer.
   */
  constructor(options: VirtualBusOptions) {
    this.#wire = new Wire(options.name, options.bitRates, options.clock);
    this.#prng = new Prng(options.seed, BUS_STREAM);
    this.#faults = options.faults ?? {};
  }

  /** Shown in messages, and told to who joins over TCP. */
  get name(): string {
    return this.#wire.name;
  }

  /** Bit rates. */
  get bitRates(): CanBitRates {
    return this.#wire.bitRates;
  }

  /** The time it lives in. */
  get clock(): Clock {
    return this.#wire.clock;
  }

  /** What the bus has carried so far. */
  get statistics(): BusStatistics {
    return this.#wire.statistics;
  }

  /** Called at the end of each attempt on the wire, in order, before anybody gets the frame. */
  get onWire(): ((record: WireRecord) => void) | undefined {
    return this.#wire.onWire;
  }

  /** Sets the one observer; a trace and a checker share it by a function of their own. */
  set onWire(observer: ((record: WireRecord) => void) | undefined) {
    this.#wire.onWire = observer;
  }

  /**
   * Joins a controller to the bus.
   *
   * @param name For traces.
   * @param options Faults of this port in place of the bus's, one by one; bus-off recovery.
   * @returns Its port.
   */
  attach(name: string, options: VirtualPortOptions = {}): VirtualPort {
    const prng = new Prng(this.#prng.uint32(), this.#portCount++);
    const controller = new Controller(this.#wire, name, { ...this.#faults, ...options }, prng);
    this.#wire.join(controller);
    return controller;
  }
}
