import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type BusFaults, VirtualBus } from "../../../src/sim/mod.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import { isAbout, numbered, numberOf, recordedBus } from "./bus_support.ts";

/** Sends numbered frames from port 0 to ports 1 and 2, and tells what each heard and when. */
function sendNumbers(faults: BusFaults, count: number, seed = 1): {
  readonly heard: readonly (readonly number[])[];
  readonly heardAtMs: readonly (readonly number[])[];
  readonly outcomes: readonly string[];
  readonly wire: readonly string[];
} {
  const { bus, clock, records } = recordedBus({ seed, faults });
  const ports = [bus.attach("0"), bus.attach("1"), bus.attach("2")];
  const heard: number[][] = [[], [], []];
  const heardAtMs: number[][] = [[], [], []];
  const outcomes: string[] = [];
  ports.forEach((port, i) =>
    port.listenAll((frame, atMs) => {
      ok(isAbout(atMs, clock.now()));
      heard[i]!.push(numberOf(frame));
      heardAtMs[i]!.push(atMs);
    })
  );
  for (let i = 0; i < count; i++) {
    ports[0]!.transmit(numbered(0x100, i), (outcome) => outcomes.push(outcome));
  }
  clock.run();
  const wire = records.map(({ frame, sender, startMs, atMs, bits, fault }) =>
    `${numberOf(frame)} ${sender} ${startMs} ${atMs} ${bits} ${fault}`
  );
  return { heard, heardAtMs, outcomes, wire };
}

const EVERY_FAULT: BusFaults = {
  lossRatio: 0.1,
  duplicateRatio: 0.1,
  delayRatio: 0.2,
  delayMsMean: 1,
  deafEveryMsMean: 20,
  deafMs: 1,
  transmitLossRatio: 0.05,
  transmitDuplicateRatio: 0.1,
  transmitDelayRatio: 0.1,
  transmitDelayMsMean: 0.5,
  corruptRatio: 0.1,
};

Deno.test("VirtualBus gives the same trace for the same seed, and another for another", () => {
  const [once, again, other] = [1, 1, 2].map((seed) => sendNumbers(EVERY_FAULT, 300, seed));
  deepStrictEqual(again, once);
  notDeepStrictEqual(other!.wire, once!.wire);
  notDeepStrictEqual(other!.heard, once!.heard);
});

Deno.test("VirtualBus confirms every frame once and in order, whatever the faults", () => {
  const ratio = fc.double({ min: 0, max: 0.5, noNaN: true });
  const anyFaults = fc.record({
    lossRatio: ratio,
    duplicateRatio: ratio,
    delayRatio: ratio,
    delayMsMean: ratio,
    deafEveryMsMean: fc.double({ min: 1, max: 50, noNaN: true }),
    deafMs: ratio,
    transmitLossRatio: ratio,
    transmitDuplicateRatio: ratio,
    transmitDelayRatio: ratio,
    transmitDelayMsMean: ratio,
    // Errors raise TEC by 8 and frames lower it by 1: beyond 1/9 it ends in bus-off.
    corruptRatio: fc.double({ min: 0, max: 0.05, noNaN: true }),
  });
  fc.assert(
    fc.property(anyFaults, fc.nat(), (faults, seed) => {
      const { heard, outcomes } = sendNumbers(faults, 100, seed);
      deepStrictEqual(outcomes, Array(100).fill("sent"));
      strictEqual(heard[0]!.length, 0);
      for (const numbers of [heard[1]!, heard[2]!]) {
        // In order: lost ones are missing, doubled ones stand behind each other.
        deepStrictEqual(numbers, [...numbers].sort((a, b) => a - b));
        for (let i = 0; i < 100; i++) ok(numbers.filter((number) => number === i).length <= 4);
      }
    }),
    { numRuns: 50 },
  );
});

Deno.test("VirtualBus loses frames at each receiver by itself", () => {
  const { heard } = sendNumbers({ lossRatio: 0.25 }, 2000);
  for (const numbers of [heard[1]!, heard[2]!]) ok(Math.abs(numbers.length - 1500) < 80);
  const both = heard[1]!.filter((number) => heard[2]!.includes(number)).length;
  ok(Math.abs(both - 2000 * 0.75 * 0.75) < 80, `${both}`);
});

Deno.test("VirtualBus lets one port's own faults take the place of the bus's", () => {
  const { bus, clock } = recordedBus({ faults: { lossRatio: 1 } });
  const sender = bus.attach("sender");
  const counts = [0, 0];
  bus.attach("lossy").listenAll(() => counts[0]!++);
  bus.attach("good", { lossRatio: 0 }).listenAll(() => counts[1]!++);
  for (let i = 0; i < 10; i++) sender.transmit(numbered(1, i), () => {});
  clock.run();
  deepStrictEqual(counts, [0, 10]);
});

Deno.test("VirtualBus doubles frames at a receiver", () => {
  const { heard, wire } = sendNumbers({ duplicateRatio: 1 }, 3);
  deepStrictEqual(heard[1], [0, 0, 1, 1, 2, 2]);
  strictEqual(wire.length, 3);
});

Deno.test("VirtualBus delays frames by the mean told and keeps their order", () => {
  const count = 500;
  const clock = new VirtualClock();
  const bus = new VirtualBus({ name: "t", bitRates: { bitrateBps: 5e5 }, clock, seed: 1 });
  const sender = bus.attach("sender");
  const receiver = bus.attach("receiver", { delayRatio: 1, delayMsMean: 2 });
  const sentAtMs: number[] = [];
  const delaysMs: number[] = [];
  receiver.listenAll((frame, atMs) => delaysMs.push(atMs - sentAtMs[numberOf(frame)]!));
  for (let i = 0; i < count; i++) {
    // Far apart, so that no frame waits for the one before.
    clock.schedule(
      () => sender.transmit(numbered(1, i), (_, atMs) => sentAtMs.push(atMs)),
      i * 1000,
    );
  }
  clock.run();
  const meanMs = delaysMs.reduce((sum, each) => sum + each, 0) / count;
  ok(Math.abs(meanMs - 2) < 0.3, `${meanMs}`);

  const { heard, heardAtMs } = sendNumbers({ delayRatio: 0.5, delayMsMean: 5 }, 200);
  deepStrictEqual(heard[1], Array.from({ length: 200 }, (_, i) => i));
  ok(heardAtMs[1]!.every((atMs, i) => i === 0 || atMs >= heardAtMs[1]![i - 1]!));
});

Deno.test("VirtualBus drops the frames that are on their way to a port without power", () => {
  const { bus, clock } = recordedBus();
  const sender = bus.attach("sender");
  bus.attach("witness");
  const receiver = bus.attach("receiver", { delayRatio: 1, delayMsMean: 50 });
  let heard = 0;
  receiver.listenAll(() => heard++);
  for (let i = 0; i < 20; i++) sender.transmit(numbered(1, i), () => {});
  clock.run({ untilMs: 4 });
  receiver.disconnect();
  receiver.connect();
  const before = heard;
  clock.run();
  strictEqual(heard, before);
  sender.transmit(numbered(1, 20), () => {});
  clock.run();
  strictEqual(heard, before + 1);
});

Deno.test("VirtualBus makes a port deaf for a while, again and again", () => {
  const { heard, heardAtMs } = sendNumbers({ deafEveryMsMean: 10, deafMs: 5 }, 4000);
  const missing = 4000 - heard[1]!.length;
  ok(Math.abs(missing / 4000 - 5 / 15) < 0.1, `${missing}`);
  // What is missed is missed in bursts of 5 ms.
  const gapsMs = heardAtMs[1]!.map((atMs, i) => atMs - (heardAtMs[1]![i - 1] ?? atMs));
  ok(gapsMs.filter((gapMs) => gapMs > 1).every((gapMs) => gapMs >= 4.8));
});

Deno.test("VirtualBus loses, doubles and delays frames of one sender for all", () => {
  const lost = sendNumbers({ transmitLossRatio: 0.5 }, 400);
  deepStrictEqual(lost.heard[1], lost.heard[2]);
  ok(Math.abs(lost.heard[1]!.length - 200) < 50);
  strictEqual(lost.wire.length, 400);
  deepStrictEqual(lost.outcomes, Array(400).fill("sent"));

  const doubled = sendNumbers({ transmitDuplicateRatio: 1 }, 3);
  deepStrictEqual(doubled.heard[2], [0, 0, 1, 1, 2, 2]);
  strictEqual(doubled.wire.length, 6);
  strictEqual(doubled.outcomes.length, 3);

  const delayed = sendNumbers({ transmitDelayRatio: 1, transmitDelayMsMean: 3 }, 1000);
  const lastMs = delayed.heardAtMs[1]!.at(-1)!;
  ok(Math.abs(lastMs / 1000 - 3.15) < 0.4, `${lastMs}`);
});

Deno.test("VirtualBus has no fault by default", () => {
  const { heard, wire } = sendNumbers({}, 500);
  const all = Array.from({ length: 500 }, (_, i) => i);
  deepStrictEqual(heard, [[], all, all]);
  ok(wire.every((line) => line.endsWith("undefined")));
});
