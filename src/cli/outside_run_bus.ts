import { type Observable, ReplaySubject } from "rxjs";
import type { WireEvidence } from "../adapters/mod.ts";
import type { CanBitRates, FrameListener } from "../can/mod.ts";
import type { Clock } from "../core/mod.ts";
import type { BusFigures } from "../report/mod.ts";
import type { NodePort } from "../sim/mod.ts";
import { BusMeter } from "./bus_meter.ts";
import { ObservedPort } from "./observed_port.ts";
import type { OutsideBus, RunBus } from "./run_bus.ts";

/**
 * A bus outside of this process. What it carried is what the first port here has heard, and the
 * confirmed frames of all ports here; frames of others that nobody here listens to are not known
 * unless they are followed.
 */
export class OutsideRunBus implements RunBus {
  readonly name: string;
  readonly place: string;
  readonly hasOutsideNodes = true;
  readonly lost$: Observable<never>;
  readonly unreadFramesMax?: number;
  readonly #outside: OutsideBus;
  readonly #clock: Clock;
  readonly #bitRates: CanBitRates;
  readonly #lost = new ReplaySubject<never>(1);
  #meter: BusMeter | undefined;
  #first: ObservedPort | undefined;
  #isFollowed = false;
  #listener: FrameListener | undefined;

  /**
   * Takes a bus into a run.
   *
   * @param name Its name in the fleet file.
   * @param outside The way onto it.
   * @param options Its clock, and its bit rates where its port knows none.
   */
  constructor(
    name: string,
    outside: OutsideBus,
    options: { readonly clock: Clock; readonly bitRates: CanBitRates },
  ) {
    this.name = name;
    this.place = outside.place;
    if (outside.unreadFramesMax !== undefined) this.unreadFramesMax = outside.unreadFramesMax;
    this.#outside = outside;
    this.#clock = options.clock;
    this.#bitRates = options.bitRates;
    this.lost$ = this.#lost.asObservable();
    outside.lost.then((error) => this.#lost.error(error));
  }

  attach(label: string): NodePort {
    if (this.#first !== undefined) {
      return this.#outside.hasManyPorts ? this.#outside.attach(label) : this.#first;
    }
    const port = this.#outside.attach(label);
    const meter = new BusMeter(this.name, port.bitRates ?? this.#bitRates, this.#clock.now());
    this.#meter = meter;
    this.#first = new ObservedPort(port, (frame, atMs) => {
      meter.count(frame);
      this.#listener?.(frame, atMs);
    });
    if (this.#isFollowed || this.#outside.hearsAll) this.#first.hearAll();
    return this.#first;
  }

  follow(listener: FrameListener): void {
    this.#listener = listener;
    this.#isFollowed = true;
    this.#first?.hearAll();
  }

  wire(): WireEvidence | undefined {
    return this.#outside.wire?.();
  }

  figures(): BusFigures {
    return this.#meter?.figures(this.#clock.now()) ??
      { bus: this.name, frames: 0, bits: 0, busyRatio: 0 };
  }

  async close(): Promise<void> {
    await this.#outside.close();
  }
}
