import { INTERMISSION_BITS } from "../../src/can/mod.ts";
import type { VirtualBus, VirtualNode } from "../../src/sim/mod.ts";

interface WaitingFrame {
  readonly readyMs: number;
  behindOursMs: number;
}

/** Measures how long frames of nodes that are ready wait for the wire. */
export class AnswerWaits {
  /** Longest time that one was ready and not on the wire, in ms. */
  longestMs = 0;
  /** Longest time of that in which frames of the tester had the wire, in ms. */
  behindOursMsMax = 0;
  /** How many frames were on the wire. */
  frames = 0;
  readonly #waiting = new Map<string, WaitingFrame>();
  readonly #queued = new Map<string, number>();

  /**
   * Observes a bus from now on.
   *
   * @param bus The bus; it gets an observer.
   * @param nodes Those on it; their ports are told apart by name.
   * @param testerLabel Name of the port whose frames are ours.
   */
  constructor(bus: VirtualBus, nodes: readonly VirtualNode[], testerLabel = "tester") {
    const bitMs = 1000 / bus.bitRates.bitrateBps;
    for (const { options } of nodes) {
      const { port } = options;
      const label = options.name;
      const transmit = port.transmit.bind(port);
      port.transmit = (frame, onEnd) => {
        const queued = this.#queued.get(label) ?? 0;
        if (queued === 0) this.#ready(label, bus.clock.now());
        this.#queued.set(label, queued + 1);
        transmit(frame, (outcome, atMs) => {
          const left = this.#queued.get(label)! - 1;
          this.#queued.set(label, left);
          if (outcome === "aborted") this.#waiting.delete(label);
          onEnd(outcome, atMs);
        });
      };
    }
    bus.onWire = ({ sender, startMs, atMs, intact }) => {
      const waiting = this.#waiting.get(sender);
      if (sender === testerLabel) {
        const freeMs = atMs + INTERMISSION_BITS * bitMs;
        for (const frame of this.#waiting.values()) {
          frame.behindOursMs += freeMs - Math.max(startMs, frame.readyMs);
        }
      } else if (waiting !== undefined && intact) {
        this.#started(waiting, startMs);
        if (this.#queued.get(sender)! > 1) this.#ready(sender, atMs + INTERMISSION_BITS * bitMs);
        else this.#waiting.delete(sender);
      }
    };
  }

  #ready(label: string, readyMs: number): void {
    this.#waiting.set(label, { readyMs, behindOursMs: 0 });
  }

  #started({ readyMs, behindOursMs }: WaitingFrame, startMs: number): void {
    this.frames++;
    this.longestMs = Math.max(this.longestMs, startMs - readyMs);
    this.behindOursMsMax = Math.max(this.behindOursMsMax, behindOursMs);
  }
}
