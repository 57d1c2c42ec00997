import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { frameBits } from "../../../src/can/mod.ts";
import type { VirtualBus } from "../../../src/sim/mod.ts";
import { ErrorCounters } from "../../../src/sim/error_counters.ts";
import { BIT_MS, classic, isAbout, recordedBus } from "./bus_support.ts";

/** A controller all of whose frames are damaged; each bus-off costs every receiver 32 errors. */
function goBusOff(bus: VirtualBus, rounds: number): void {
  const faulty = bus.attach("faulty", { corruptRatio: 1 });
  let left = rounds;
  function again(): void {
    if (left-- > 0) faulty.transmit(classic(0x7FF), again);
  }
  again();
}

Deno.test("ErrorCounters follows the rules of fault confinement", () => {
  type Step = keyof {
    [K in keyof ErrorCounters as ErrorCounters[K] extends () => void ? K : never]: 0;
  };
  const table: readonly (readonly [steps: readonly (readonly [Step, number])[], after: unknown])[] =
    [
      [[], [0, 0, "errorActive"]],
      [[["transmitFailed", 1]], [8, 0, "errorActive"]],
      [[["transmitFailed", 15]], [120, 0, "errorActive"]],
      [[["transmitFailed", 16]], [128, 0, "errorPassive"]],
      [[["transmitFailed", 16], ["transmitted", 1]], [127, 0, "errorActive"]],
      [[["transmitFailed", 31]], [248, 0, "errorPassive"]],
      [[["transmitFailed", 32]], [256, 0, "busOff"]],
      [[["transmitFailed", 32], ["clear", 1]], [0, 0, "errorActive"]],
      [[["acknowledgeMissing", 16]], [128, 0, "errorPassive"]],
      [[["acknowledgeMissing", 1000]], [128, 0, "errorPassive"]],
      [[["transmitted", 3]], [0, 0, "errorActive"]],
      [[["receiveFailed", 127]], [0, 127, "errorActive"]],
      [[["receiveFailed", 128]], [0, 128, "errorPassive"]],
      [[["receiveFailed", 128], ["acknowledgeMissing", 1]], [0, 128, "errorPassive"]],
      [[["receiveFailed", 1000]], [0, 255, "errorPassive"]],
      [[["receiveFailed", 1000], ["received", 1]], [0, 119, "errorActive"]],
      [[["receiveFailed", 5], ["received", 2]], [0, 3, "errorActive"]],
      [[["received", 1]], [0, 0, "errorActive"]],
    ];
  for (const [steps, after] of table) {
    const counters = new ErrorCounters();
    for (const [step, count] of steps) for (let i = 0; i < count; i++) counters[step]();
    deepStrictEqual([counters.tec, counters.rec, counters.state], after, JSON.stringify(steps));
  }
});

Deno.test("VirtualBus repeats what nobody acknowledges, error-passive from the 16th time", () => {
  const { bus, clock, records } = recordedBus();
  const lonely = bus.attach("lonely");
  const states: string[] = [];
  lonely.state$.subscribe(({ kind }) => states.push(kind));
  let outcome: string | undefined;
  lonely.transmit(classic(0), (end) => outcome = end);
  clock.run({ untilMs: 10 });
  strictEqual(lonely.tec, 128);
  strictEqual(outcome, undefined);
  deepStrictEqual(states, ["errorActive", "errorPassive"]);
  ok(records.length > 50 && records.every(({ fault }) => fault === "unacknowledged"));
  // 50 bits less ACK delimiter and end of frame, error flag, error delimiter; then the
  // intermission, and 8 bits more when passive.
  strictEqual(records[0]!.bits, 42 + 6 + 8);
  ok(isAbout(records[1]!.startMs, (42 + 14 + 3) * BIT_MS));
  ok(isAbout(records[20]!.startMs - records[19]!.startMs, (42 + 14 + 3 + 8) * BIT_MS));
  strictEqual(bus.statistics.frames, 0);

  bus.attach("company");
  clock.run({ untilMs: 11 });
  strictEqual(outcome, "sent");
  strictEqual(lonely.tec, 127);
  deepStrictEqual(states, ["errorActive", "errorPassive", "errorActive"]);
});

Deno.test("VirtualBus repeats a damaged frame, and receivers see it once", () => {
  const { bus, clock, records } = recordedBus({ seed: 3 });
  const sender = bus.attach("sender", { corruptRatio: 0.4 });
  const receiver = bus.attach("receiver");
  const heard: number[] = [];
  receiver.listenAll((frame) => heard.push(frame.id));
  for (let i = 0; i < 20; i++) sender.transmit(classic(i), () => {});
  clock.run();
  deepStrictEqual(heard, Array.from({ length: 20 }, (_, i) => i));
  const damaged = records.filter(({ fault }) => fault === "corrupted");
  strictEqual(damaged.length + 20, records.length);
  ok(damaged.length > 0);
  for (const record of damaged) {
    const wholeBits = frameBits(record.frame).nominalBits;
    ok(record.bits >= 1 + 20 && record.bits <= wholeBits + 20);
  }
});

Deno.test("VirtualBus counts 8 for the sender and 1 for each receiver of a damaged frame", () => {
  const { bus, clock } = recordedBus();
  const sender = bus.attach("sender", { corruptRatio: 1 });
  const receivers = [bus.attach("r1"), bus.attach("r2")];
  const off = bus.attach("off");
  off.disconnect();
  sender.transmit(classic(0), () => {});
  clock.run({ actionsMax: 2 }); // begin and end of one attempt
  strictEqual(sender.tec, 8);
  deepStrictEqual(receivers.map(({ rec }) => rec), [1, 1]);
  strictEqual(off.rec, 0);
});

Deno.test("VirtualBus sends a controller bus-off at the 32nd damaged frame, and back", () => {
  const { bus, clock, records } = recordedBus();
  const faulty = bus.attach("faulty", { corruptRatio: 1 });
  bus.attach("receiver");
  const log: unknown[] = [];
  faulty.state$.subscribe(({ kind, tec }) => log.push([kind, tec]));
  faulty.transmit(classic(1), (outcome) => log.push(outcome));
  faulty.transmit(classic(2), (outcome) => log.push(outcome));
  clock.run();
  deepStrictEqual(log, [
    ["errorActive", 0],
    ["errorPassive", 128],
    ["busOff", 256],
    "aborted",
    "aborted",
    ["errorActive", 0],
  ]);
  strictEqual(records.length, 32);
  // Error delimiter and intermission are the first 11 recessive bits.
  const errorFlagEndMs = records[31]!.atMs + 12 * BIT_MS;
  ok(isAbout(clock.now(), errorFlagEndMs + 128 * 11 * BIT_MS), `${clock.now()}`);
});

Deno.test("VirtualBus keeps frames that come during bus-off until the controller is back", () => {
  const { bus, clock, records } = recordedBus();
  const faulty = bus.attach("faulty", { corruptRatio: 1 });
  bus.attach("receiver");
  faulty.transmit(classic(1), () => faulty.transmit(classic(2), () => {}));
  clock.run();
  const [last, next] = [records[31]!, records[32]!];
  strictEqual(next.frame.id, 2);
  ok(isAbout(next.startMs, last.atMs + (12 + 128 * 11) * BIT_MS));
});

Deno.test("VirtualBus keeps a controller with manual recovery bus-off until told", () => {
  const { bus, clock } = recordedBus();
  const faulty = bus.attach("faulty", { corruptRatio: 1, busOffRecovery: "manual" });
  bus.attach("receiver");
  const states: string[] = [];
  faulty.state$.subscribe(({ kind }) => states.push(kind));
  faulty.transmit(classic(1), () => {});
  clock.run();
  clock.run({ untilMs: 1000 });
  strictEqual(states.at(-1), "busOff");
  faulty.recover();
  faulty.recover();
  clock.run();
  strictEqual(states.at(-1), "errorActive");
  ok(isAbout(clock.now(), 1000 + 128 * 11 * BIT_MS), `${clock.now()}`);
});

Deno.test("VirtualBus gives a busy wire one sequence of recessive bits a frame", () => {
  const { bus, clock, records } = recordedBus();
  const faulty = bus.attach("faulty", { corruptRatio: 1 });
  const busy = bus.attach("busy");
  bus.attach("receiver");
  let backMs = 0;
  faulty.state$.subscribe(({ kind }) => {
    if (kind === "errorActive") backMs = clock.now();
  });
  faulty.transmit(classic(1), () => {
    const offCount = records.length;
    function send(): void {
      if (records.length - offCount < 200) busy.transmit(classic(2), send);
    }
    send();
  });
  clock.run();
  // The error frame's own delimiter and intermission, then 127 frames.
  const back = records.filter(({ sender }) => sender === "busy")[126]!;
  ok(isAbout(backMs, back.atMs + 3 * BIT_MS), `${backMs} ${back.atMs}`);
});

Deno.test("VirtualBus makes receivers error-passive at 128 errors and forgives by frames", () => {
  const { bus, clock } = recordedBus();
  const good = bus.attach("good");
  const receiver = bus.attach("receiver");
  const states: string[] = [];
  receiver.state$.subscribe(({ kind }) => states.push(kind));
  goBusOff(bus, 4);
  clock.run();
  strictEqual(receiver.rec, 128);
  deepStrictEqual(states, ["errorActive", "errorPassive"]);
  good.transmit(classic(2), () => {});
  clock.run();
  strictEqual(receiver.rec, 119);
  strictEqual(good.rec, 128, "its own frame is no reception");
  good.transmit(classic(2), () => {});
  clock.run();
  strictEqual(receiver.rec, 118);
  deepStrictEqual(states, ["errorActive", "errorPassive", "errorActive"]);
});

Deno.test("VirtualBus lets others go first behind an error-passive sender's frame", () => {
  for (const [rounds, order] of [[4, [1, 0x700, 2]], [3, [1, 2, 0x700]]] as const) {
    const { bus, clock, records } = recordedBus();
    const sender = bus.attach("sender");
    const other = bus.attach("other");
    goBusOff(bus, rounds);
    clock.run();
    strictEqual(sender.rec, 32 * rounds);
    records.length = 0;
    sender.transmit(classic(1), () => {});
    sender.transmit(classic(2), () => {});
    other.transmit(classic(0x700), () => {});
    clock.run();
    deepStrictEqual(records.map(({ frame }) => frame.id), order);
  }
});

Deno.test("VirtualBus lets two senders of one identifier collide until both are bus-off", () => {
  const { bus, clock, records } = recordedBus();
  const [left, right, witness] = [bus.attach("left"), bus.attach("right"), bus.attach("witness")];
  const outcomes: string[] = [];
  let heard = 0;
  witness.listenAll(() => heard++);
  left.transmit(classic(0x100, [1]), (outcome) => outcomes.push(outcome));
  right.transmit(classic(0x100, [2]), (outcome) => outcomes.push(outcome));
  clock.run();
  deepStrictEqual(outcomes, ["aborted", "aborted"]);
  strictEqual(heard, 0);
  strictEqual(records.length, 32);
  ok(records.every(({ fault }) => fault === "collision"));
  strictEqual(witness.rec, 32);
});

Deno.test("VirtualBus merges identical frames that two controllers send at once", () => {
  const { bus, clock, records } = recordedBus();
  const [left, right, witness] = [bus.attach("left"), bus.attach("right"), bus.attach("witness")];
  const outcomes: string[] = [];
  let heard = 0;
  for (const port of [left, right, witness]) port.listenAll(() => heard++);
  left.transmit(classic(0x100, [1]), (outcome) => outcomes.push(outcome));
  right.transmit(classic(0x100, [1]), (outcome) => outcomes.push(outcome));
  clock.run();
  deepStrictEqual(outcomes, ["sent", "sent"]);
  strictEqual(records.length, 1);
  strictEqual(heard, 1);
});

Deno.test("VirtualBus ends a frame in an error frame when its sender loses power", () => {
  const { bus, clock, records } = recordedBus();
  const [sender, receiver] = [bus.attach("sender"), bus.attach("receiver")];
  const outcomes: string[] = [];
  let heard = 0;
  receiver.listenAll(() => heard++);
  sender.transmit(classic(0), (outcome) => outcomes.push(outcome));
  clock.schedule(() => {
    sender.disconnect();
    sender.connect();
    sender.transmit(classic(0), (outcome) => outcomes.push(outcome));
  }, 0.05);
  clock.run();
  deepStrictEqual(outcomes, ["aborted", "sent"]);
  deepStrictEqual(records.map(({ fault }) => fault), ["senderGone", undefined]);
  strictEqual(heard, 1);
});
