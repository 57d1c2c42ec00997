import type { SchedulerAction } from "rxjs";
import {
  arbitrationRank,
  bitsDurationMs,
  type CanBitRates,
  type CanFrame,
  frameBits,
  INTERMISSION_BITS,
} from "../can/mod.ts";
import { type Clock, Prng } from "../core/mod.ts";
import type { BusFaults } from "./bus_faults.ts";
import { VirtualPort } from "./virtual_port.ts";

/** Error flag (6 bits, up to 6 more by superposition) and delimiter (8). */
const ERROR_FRAME_BITS = 6 + 6 + 8;
/** Bus-off recovery: 128 times 11 recessive bits. */
const RECOVERY_BITS = 128 * 11;
/** What an error-passive sender waits behind its own frame. */
const SUSPEND_BITS = 8;

/** One frame that was on the wire, as an observer sees it. */
export interface WireRecord {
  /** The frame. */
  readonly frame: CanFrame;
  /** Name of the port that sent it. */
  readonly sender: string;
  /** When it was over, intermission included, in ms. */
  readonly atMs: number;
  /** Its bits, intermission not counted; an error frame's bits too when it was damaged. */
  readonly bits: number;
  /** `false` when it was damaged, or nobody acknowledged it: it will come again. */
  readonly intact: boolean;
}

/** What a bus has carried so far. */
export interface BusStatistics {
  /** Intact frames. */
  readonly frames: number;
  /** Bits of intact frames. */
  readonly bits: number;
  /** Damaged or unacknowledged frames. */
  readonly errorFrames: number;
  /** How long the wire was not idle, in ms, intermissions included. */
  readonly busyMs: number;
}

/** How a virtual bus is made. */
export interface VirtualBusOptions {
  /** For people. */
  readonly name: string;
  /** Bit rates; a bus without a data bit rate is a classic one. */
  readonly bitRates: CanBitRates;
  /** The time it lives in. */
  readonly clock: Clock;
  /** What its faults are drawn from. */
  readonly seed: number;
  /** Faults of the wire, and of each port that states none of its own. */
  readonly faults?: BusFaults;
}

/**
 * A CAN bus in bits: exact frame lengths, arbitration by identifier, error frames, retransmission,
 * error counters, bus-off, and a transmit confirmation for each frame.
 *
 * Frames reach their receivers, and senders their confirmation, at the end of the intermission:
 * that is the first moment at which another frame may begin, and it keeps one event a frame.
 *
 * Limitations: no bit-level resynchronisation; a damaged frame takes its whole length.
 */
export class VirtualBus {
  /** For people. */
  readonly name: string;
  /** Bit rates. */
  readonly bitRates: CanBitRates;
  /** Called with each frame that was on the wire: for traces and checkers. */
  onWire: ((record: WireRecord) => void) | undefined;
  readonly clock: Clock;
  readonly #prng: Prng;
  readonly #faults: BusFaults;
  readonly #ports: VirtualPort[] = [];
  #contenders: VirtualPort[] = [];
  #action: { schedule(state?: undefined, delay?: number): unknown } | undefined;
  #sender: VirtualPort | undefined;
  #frame: CanFrame | undefined;
  #frameBitCount = 0;
  #endMs = 0;
  #isScheduled = false;
  #frames = 0;
  #bits = 0;
  #errorFrames = 0;
  #busyMs = 0;

  /**
   * @param options Name, bit rates, clock, seed, faults.
   */
  constructor(options: VirtualBusOptions) {
    this.name = options.name;
    this.bitRates = options.bitRates;
    this.clock = options.clock;
    this.#prng = new Prng(options.seed, 0xB05);
    this.#faults = options.faults ?? {};
  }

  /** What the bus has carried so far. */
  get statistics(): BusStatistics {
    return {
      frames: this.#frames,
      bits: this.#bits,
      errorFrames: this.#errorFrames,
      busyMs: this.#busyMs,
    };
  }

  /**
   * Joins a controller to the bus.
   *
   * @param name For traces.
   * @param faults What goes wrong at this receiver; the bus's own faults unless told.
   * @returns Its port; `disconnect` and `connect` take it off the wire and back.
   */
  attach(name: string, faults: BusFaults = this.#faults): VirtualPort {
    const seed = this.#prng.uint32();
    const port = new VirtualPort(this, name, faults, new Prng(seed, this.#ports.length));
    this.#ports.push(port);
    return port;
  }

  /** A port has a frame to send; only ports call it. */
  contend(port: VirtualPort): void {
    if (port.isContending) return;
    port.isContending = true;
    this.#contenders.push(port);
    this.#wake();
  }

  #wake(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const delayMs = Math.max(0, this.#endMs - this.clock.now());
    const bus = this;
    if (this.#action !== undefined) this.#action.schedule(undefined, delayMs);
    else {
      this.clock.schedule<undefined>(function (this: SchedulerAction<undefined>) {
        bus.#action = this;
        bus.#turn();
      }, delayMs);
    }
  }

  #turn(): void {
    this.#isScheduled = false;
    if (this.#sender !== undefined) this.#endFrame();
    if (!this.#isScheduled) this.#beginFrame();
  }

  #beginFrame(): void {
    const winner = this.#arbitrate();
    if (winner === undefined) return;
    const frame = winner.head!;
    const bits = frameBits(frame);
    const bitMs = 1000 / this.bitRates.bitrateBps;
    const isDamaged = this.#prng.chance(this.#faults.corruptRatio ?? 0);
    winner.isHeadDamaged = isDamaged;
    const errorBits = isDamaged || !this.#hasListener(winner) ? ERROR_FRAME_BITS : 0;
    const durationMs = bitsDurationMs(bits, this.bitRates) +
      (INTERMISSION_BITS + errorBits) * bitMs;
    this.#frameBitCount = bits.nominalBits + bits.dataPhaseBits + errorBits;
    this.#sender = winner;
    this.#frame = frame;
    // Late timers of a real clock must not add up: a frame begins where the last one ended.
    const startMs = Math.max(this.#endMs, this.clock.now());
    this.#endMs = startMs + durationMs;
    this.#busyMs += durationMs;
    this.#wake();
  }

  #arbitrate(): VirtualPort | undefined {
    let winner: VirtualPort | undefined;
    let winnerRank = Infinity;
    let kept = 0;
    let resumeMs = Infinity;
    const nowMs = this.clock.now();
    const contenders = this.#contenders;
    for (let i = 0; i < contenders.length; i++) {
      const port = contenders[i]!;
      if (port.head === undefined || !port.mayTransmit) {
        port.isContending = false;
        continue;
      }
      contenders[kept++] = port;
      if (port.suspendedUntilMs > nowMs) {
        resumeMs = Math.min(resumeMs, port.suspendedUntilMs);
        continue;
      }
      const rank = arbitrationRank(port.head);
      if (rank < winnerRank) {
        winner = port;
        winnerRank = rank;
      }
    }
    contenders.length = kept;
    if (winner === undefined && resumeMs !== Infinity) {
      this.#endMs = resumeMs;
      this.#wake();
    }
    return winner;
  }

  #hasListener(sender: VirtualPort): boolean {
    for (const port of this.#ports) if (port !== sender && port.mayTransmit) return true;
    return false;
  }

  #endFrame(): void {
    const sender = this.#sender!;
    const frame = this.#frame!;
    this.#sender = undefined;
    this.#frame = undefined;
    const isStillThere = sender.head === frame && sender.mayTransmit;
    const isAcknowledged = this.#hasListener(sender);
    const isIntact = isStillThere && !sender.isHeadDamaged && isAcknowledged;
    if (isIntact) {
      this.#frames++;
      this.#bits += this.#frameBitCount;
    } else this.#errorFrames++;
    this.onWire?.({
      frame,
      sender: sender.label,
      atMs: this.#endMs,
      bits: this.#frameBitCount,
      intact: isIntact,
    });
    if (isIntact) {
      sender.confirmHead(this.#endMs);
      for (const port of this.#ports) {
        if (port !== sender) port.receive(frame, this.#endMs);
      }
    } else if (isStillThere) this.#punish(sender, isAcknowledged);
    if (isStillThere && sender.isErrorPassive) {
      sender.suspendedUntilMs = this.#endMs + SUSPEND_BITS * 1000 / this.bitRates.bitrateBps;
    }
  }

  #punish(sender: VirtualPort, isAcknowledged: boolean): void {
    if (isAcknowledged) {
      sender.transmitFailed();
      for (const port of this.#ports) if (port !== sender) port.receiveFailed();
    } else sender.acknowledgeMissing();
    if (sender.isBusOff) {
      this.clock.schedule(
        () => sender.recover(),
        RECOVERY_BITS * 1000 / this.bitRates.bitrateBps,
      );
    }
  }
}
