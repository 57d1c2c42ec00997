import { type Clock, Timer } from "../core/mod.ts";

/** Recessive bits in a row that count once. */
const SEQUENCE_BITS = 11;
/** How many such sequences a controller must see. */
const SEQUENCE_COUNT = 128;
/** Far below a bit, far above the rounding of a time in ms. */
const ROUNDING_MS = 1e-7;

interface Recovering {
  readonly onRecovered: () => void;
  sequencesLeft: number;
}

/**
 * Counts 128 sequences of 11 recessive bits for controllers that are bus-off: an idle wire gives one
 * every 11 bits, a busy one a single one behind each frame (ACK delimiter or error delimiter, end of
 * frame, intermission), so a busy bus keeps them waiting ten times as long.
 *
 * Source: ISO 11898-1:2015, "Fault confinement", recovery.
 */
export class BusOffRecovery {
  readonly #sequenceMs: number;
  readonly #timer: Timer;
  readonly #clock: Clock;
  readonly #recovering = new Map<object, Recovering>();
  #idleFromMs = Infinity;

  /**
   * Nobody is recovering at first, and the wire is not known to be idle.
   *
   * @param clock The time it lives in.
   * @param bitMs A bit at the nominal bit rate, in ms.
   */
  constructor(clock: Clock, bitMs: number) {
    this.#clock = clock;
    this.#sequenceMs = SEQUENCE_BITS * bitMs;
    this.#timer = new Timer(clock, () => this.#settle(this.#clock.now()));
  }

  /**
   * Begins to count for a controller; one that is counted for already goes on.
   *
   * @param controller Whose recovery it is.
   * @param idleFromMs Since when the wire has been idle; `Infinity` when it is not.
   * @param onRecovered Called when the controller may take part again.
   */
  begin(controller: object, idleFromMs: number, onRecovered: () => void): void {
    if (this.#recovering.has(controller)) return;
    this.#settle(this.#clock.now());
    this.#idleFromMs = Math.max(idleFromMs, this.#clock.now());
    this.#recovering.set(controller, { onRecovered, sequencesLeft: SEQUENCE_COUNT });
    this.#arm();
  }

  /**
   * Stops counting for a controller.
   *
   * @param controller The one that was reset or left.
   */
  cancel(controller: object): void {
    this.#recovering.delete(controller);
    this.#arm();
  }

  /**
   * A frame, or an error frame, and the intermission behind it are over.
   *
   * @param atMs When; it may lie ahead by an intermission.
   */
  wireIsIdle(atMs: number): void {
    if (this.#recovering.size === 0) return;
    this.#idleFromMs = atMs;
    for (const each of this.#recovering.values()) each.sequencesLeft--;
    this.#arm();
  }

  /**
   * A frame begins.
   *
   * @param atMs When.
   */
  wireIsBusy(atMs: number): void {
    if (this.#recovering.size === 0) return;
    this.#settle(atMs);
    this.#idleFromMs = Infinity;
    this.#arm();
  }

  #settle(atMs: number): void {
    const count = Math.floor((atMs - this.#idleFromMs + ROUNDING_MS) / this.#sequenceMs);
    if (count > 0) {
      this.#idleFromMs += count * this.#sequenceMs;
      for (const each of this.#recovering.values()) each.sequencesLeft -= count;
    }
    for (const [controller, each] of this.#recovering) {
      if (each.sequencesLeft > 0) continue;
      this.#recovering.delete(controller);
      each.onRecovered();
    }
    this.#arm();
  }

  #arm(): void {
    let sequencesLeft = Infinity;
    for (const each of this.#recovering.values()) {
      sequencesLeft = Math.min(sequencesLeft, each.sequencesLeft);
    }
    const isCounting = sequencesLeft !== Infinity && this.#idleFromMs !== Infinity;
    this.#timer.setAt(
      isCounting ? this.#idleFromMs + Math.max(0, sequencesLeft) * this.#sequenceMs : Infinity,
    );
  }
}
