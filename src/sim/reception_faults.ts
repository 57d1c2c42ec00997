import type { CanFrame, FrameListener } from "../can/mod.ts";
import { type Clock, type Prng, Timer } from "../core/mod.ts";
import type { BusFaults } from "./bus_faults.ts";

/** What goes wrong at one receiver: it hands on frames late, twice, or not at all, but in order. */
export class ReceptionFaults {
  readonly #faults: BusFaults;
  readonly #prng: Prng;
  readonly #clock: Clock;
  readonly #deliver: FrameListener;
  readonly #timer: Timer;
  #late: { readonly frame: CanFrame; readonly dueMs: number }[] = [];
  #deafFromMs: number;

  /**
   * Hands on everything at once until its faults strike.
   *
   * @param faults What goes wrong, and how often.
   * @param prng What it is drawn from.
   * @param clock The time it lives in.
   * @param deliver Takes the frames that come through.
   */
  constructor(faults: BusFaults, prng: Prng, clock: Clock, deliver: FrameListener) {
    this.#faults = faults;
    this.#prng = prng;
    this.#clock = clock;
    this.#deliver = deliver;
    this.#timer = new Timer(clock, () => this.#deliverLate());
    this.#deafFromMs = this.#drawDeafFromMs(clock.now());
  }

  /**
   * Tells whether any fault can strike at all.
   *
   * @param faults A port's faults.
   * @returns `false` when frames may go straight to their listeners.
   */
  static areOn(faults: BusFaults): boolean {
    const { lossRatio = 0, duplicateRatio = 0, delayRatio = 0, deafEveryMsMean } = faults;
    return lossRatio > 0 || duplicateRatio > 0 || delayRatio > 0 || deafEveryMsMean !== undefined;
  }

  /**
   * Takes a frame off the wire.
   *
   * @param frame The frame.
   * @param atMs When its last bit was received.
   */
  receive(frame: CanFrame, atMs: number): void {
    const { lossRatio = 0, duplicateRatio = 0, delayRatio = 0, delayMsMean = 0 } = this.#faults;
    if (this.#isDeaf(atMs) || this.#prng.chance(lossRatio)) return;
    const count = this.#prng.chance(duplicateRatio) ? 2 : 1;
    for (let i = 0; i < count; i++) {
      const delayMs = this.#prng.chance(delayRatio) ? exponential(this.#prng, delayMsMean) : 0;
      const lastDueMs = this.#late.at(-1)?.dueMs;
      if (lastDueMs === undefined && delayMs === 0) this.#deliver(frame, atMs);
      else {
        this.#late.push({ frame, dueMs: Math.max(atMs + delayMs, lastDueMs ?? 0) });
        this.#timer.setAt(this.#late[0]!.dueMs);
      }
    }
  }

  /** The receiver lost its power: what was on its way is gone. */
  clear(): void {
    this.#late = [];
    this.#timer.clear();
  }

  #deliverLate(): void {
    const first = this.#late.shift();
    if (first === undefined) return;
    const next = this.#late[0];
    if (next !== undefined) this.#timer.setAt(next.dueMs);
    this.#deliver(first.frame, first.dueMs);
  }

  #isDeaf(atMs: number): boolean {
    const deafMs = this.#faults.deafMs ?? 0;
    while (atMs >= this.#deafFromMs + deafMs) {
      this.#deafFromMs = this.#drawDeafFromMs(this.#deafFromMs + deafMs);
    }
    return atMs >= this.#deafFromMs;
  }

  #drawDeafFromMs(afterMs: number): number {
    const { deafEveryMsMean } = this.#faults;
    if (deafEveryMsMean === undefined) return Infinity;
    return afterMs + exponential(this.#prng, deafEveryMsMean);
  }
}

/**
 * Draws a waiting time.
 *
 * @param prng What it is drawn from.
 * @param mean Its mean.
 * @returns A number of the exponential distribution.
 */
export function exponential(prng: Prng, mean: number): number {
  return -Math.log(1 - prng.next()) * mean;
}
