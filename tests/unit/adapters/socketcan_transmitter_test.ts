import { ok, strictEqual } from "node:assert/strict";
import { SendMeter } from "../../../src/adapters/socketcan_send_meter.ts";
import { SocketcanTransmitter } from "../../../src/adapters/socketcan_transmitter.ts";
import type { CanFrame } from "../../../src/can/mod.ts";
import { VirtualClock } from "../../../src/core/mod.ts";

// Two programs on one interface whose queue holds less than its txqlen says, as a queue discipline
// or a driver may have it.

const FRAME_MS = 1;
const QUEUE_FRAMES = 10;

/** The interface's queue, and the bus behind it: a frame each millisecond. */
class SharedQueue {
  readonly #clock: VirtualClock;
  readonly #frames: { owner: number; frame: CanFrame }[] = [];
  readonly #transmitters: SocketcanTransmitter[] = [];
  framesSent = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  attach(): SocketcanTransmitter {
    const owner = this.#transmitters.length;
    const send = ({ id, ext, data }: { id: number; ext: boolean; data: Uint8Array }): number => {
      if (this.#frames.length === QUEUE_FRAMES) return -1;
      const frame = { id, extended: ext, fd: false, bitRateSwitch: false, data };
      this.#frames.push({ owner, frame });
      if (this.#frames.length === 1) this.#clock.schedule(() => this.#leave(), FRAME_MS);
      return 0;
    };
    const transmitter = new SocketcanTransmitter({ send, sendFD: send }, {
      clock: this.#clock,
      framesInFlightMax: 998,
      nAsMs: 1000,
      meter: new SendMeter(undefined, 998),
    }, { suspect: () => {}, stuck: () => ok(false, "stuck") });
    this.#transmitters.push(transmitter);
    return transmitter;
  }

  #leave(): void {
    const { frame } = this.#frames.shift()!;
    this.framesSent++;
    if (this.#frames.length > 0) this.#clock.schedule(() => this.#leave(), FRAME_MS);
    for (const one of this.#transmitters) one.heard(frame, this.#clock.now());
  }
}

function frameOf(id: number): CanFrame {
  return { id, extended: false, fd: false, bitRateSwitch: false, data: Uint8Array.of(id & 0xFF) };
}

Deno.test("SocketcanTransmitter leaves room in a queue that holds less than txqlen says", () => {
  const clock = new VirtualClock();
  const queue = new SharedQueue(clock);
  const [flash, node] = [queue.attach(), queue.attach()];
  // Both have been heard: no more than three frames wait until then.
  flash.heard(frameOf(0x7FF), 0);
  node.heard(frameOf(0x7FF), 0);

  // As many frames are offered as fill any queue; the other end answers each 5 ms.
  const offer = (): void => flash.send(frameOf(0x700), flash, offer);
  for (let i = 0; i < 30; i++) offer();
  const waitsMs: number[] = [];
  const answer = (): void => {
    const sinceMs = clock.now();
    node.send(frameOf(0x780), node, (_outcome, atMs) => waitsMs.push(atMs - sinceMs));
    clock.schedule(answer, 5);
  };
  answer();
  clock.run({ untilMs: 10_000 });

  strictEqual(queue.framesSent, 10_000, "the wire was full all the time");
  const refusals = flash.refusalCount + node.refusalCount;
  ok(refusals < 0.05 * queue.framesSent, `${refusals} tries that the full queue refused`);
  const latestMs = Math.max(...waitsMs.slice(100));
  ok(latestMs <= (QUEUE_FRAMES + 1) * FRAME_MS, `an answer waited ${latestMs} ms`);
});

Deno.test("SocketcanTransmitter sends on once the only frame that was refused is taken back", () => {
  for (const inFlight of [0, 2]) {
    const clock = new VirtualClock();
    let takes = true;
    const written: number[] = [];
    const send = ({ id }: { id: number }): number => {
      if (takes) written.push(id);
      return takes ? 0 : -1;
    };
    const transmitter = new SocketcanTransmitter({ send, sendFD: send }, {
      clock,
      framesInFlightMax: 8,
      nAsMs: 1000,
      meter: new SendMeter(undefined, 8),
    }, { suspect: () => {}, stuck: () => ok(false, "stuck") });
    transmitter.heard(frameOf(0x7FF), 0);
    const [leaver, stayer] = [{}, {}];
    for (let i = 0; i < inFlight; i++) transmitter.send(frameOf(0x700), stayer, () => {});
    takes = false;
    transmitter.send(frameOf(0x701), leaver, () => {});
    transmitter.withdraw(leaver);
    takes = true;
    for (let i = 0; i < inFlight; i++) transmitter.heard(frameOf(0x700), clock.now());
    clock.run({ untilMs: 100 });

    transmitter.send(frameOf(0x702), stayer, () => {});
    clock.run({ untilMs: 900 });
    strictEqual(written.at(-1), 0x702, `with ${inFlight} frames in flight`);
  }
});
