import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import type { CanFrame } from "../../../src/can/mod.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import {
  CLASSIC_FORMAT,
  createIsoTpLink,
  type FrameEnd,
  type IsoTpLink,
  type IsoTpLinkOptions,
  oppositeAddressing,
  TransmitScheduler,
  type TransmitSchedulerOptions,
  type TransmitSource,
} from "../../../src/isotp/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";
import { countingBytes, frame, HandPort, id11 } from "./_support.ts";

/** A source whose frames carry its letter; the test says when it is ready. */
class Letter implements TransmitSource {
  readyAtMs = 0;
  clearedFrames = 0;
  readonly ends: string[] = [];
  constructor(readonly letter: string, readonly priority = 0, readonly rank = 0) {}
  takeFrame(): CanFrame {
    return frame(1, this.letter);
  }
  frameEnded(end: FrameEnd, atMs: number): void {
    this.ends.push(`${end} ${atMs}`);
  }
  wireStalled(atMs: number): void {
    this.ends.push(`stalled ${atMs}`);
  }
}

/** A source that waits for the other end after each frame. */
class Waiter extends Letter {
  override takeFrame(): CanFrame {
    this.readyAtMs = Infinity;
    return super.takeFrame();
  }
}

function make(options: TransmitSchedulerOptions = {}): {
  readonly clock: VirtualClock;
  readonly port: HandPort;
  readonly scheduler: TransmitScheduler;
} {
  const clock = new VirtualClock();
  const port = new HandPort(clock);
  return { clock, port, scheduler: new TransmitScheduler(port, clock, options) };
}

/** Puts `count` frames on the wire, one each ms. */
function pass(clock: VirtualClock, port: HandPort, count: number): string {
  for (let i = 0; i < count; i++) {
    clock.run({ untilMs: clock.now() + 1 });
    if (port.waiting.length > 0) port.end();
  }
  return port.log.join(" ");
}

Deno.test("TransmitScheduler keeps two frames at the port, and no more", () => {
  const { clock, port, scheduler } = make();
  scheduler.open(new Letter("A0"));
  strictEqual(port.waiting.length, 2);
  pass(clock, port, 5);
  strictEqual(port.waiting.length, 2);
  strictEqual(scheduler.statistics.framesSent, 5);
  const one = make({ framesInFlightMax: 1 });
  one.scheduler.open(new Letter("A0"));
  strictEqual(one.port.waiting.length, 1);
});

Deno.test("TransmitScheduler keeps the wire full where confirmations lag", () => {
  const atPort = (bitrateBps: number, confirmationLagMs: number): number => {
    const clock = new VirtualClock();
    const port = new HandPort(clock, { bitrateBps }, confirmationLagMs);
    new TransmitScheduler(port, clock).open(new Letter("A0"));
    return port.waiting.length;
  };
  // A full frame takes 0.92 ms at 125 kbit/s and 0.23 ms at 500 kbit/s.
  strictEqual(atPort(125_000, 1), 4);
  strictEqual(atPort(500_000, 1), 7);
  strictEqual(atPort(500_000, 0), 2);
  // Linux' queue holds ten: others need room too.
  strictEqual(atPort(1_000_000, 20), 8);
});

Deno.test("TransmitScheduler sends short frames before data, first come first sent", () => {
  const { clock, port, scheduler } = make();
  scheduler.open(new Letter("A0"));
  scheduler.sendShort(new Letter("F1"));
  scheduler.sendShort(new Letter("F2"));
  strictEqual(pass(clock, port, 3), "A0 A0 F1 F2 A0");
});

Deno.test("TransmitScheduler begins the most urgent message, and of equals the first", () => {
  const { clock, port, scheduler } = make({ framesInFlightMax: 1 });
  const first = new Letter("AA");
  const waiting = [new Letter("B1", 1), new Letter("B2", 1), new Letter("C0", 0)];
  scheduler.open(first);
  for (const source of waiting) scheduler.open(source);
  // Nobody is begun while another has frames.
  strictEqual(pass(clock, port, 2), "AA AA AA");
  first.readyAtMs = Infinity;
  pass(clock, port, 1);
  strictEqual(port.log.at(-1), "C0");
  waiting[2]!.readyAtMs = Infinity;
  pass(clock, port, 1);
  strictEqual(port.log.at(-1), "B1");
  waiting[0]!.readyAtMs = Infinity;
  pass(clock, port, 1);
  strictEqual(port.log.at(-1), "B2");
});

Deno.test("TransmitScheduler lets a few ready messages take turns, the most urgent ones", () => {
  const { clock, port, scheduler } = make({ framesInFlightMax: 1, openMessagesMax: 2 });
  const sources = [new Letter("AA", 2), new Letter("BB", 1), new Letter("CC", 0)];
  for (const source of sources) {
    scheduler.open(source);
    source.readyAtMs = Infinity;
    pass(clock, port, 1);
  }
  port.log.length = 0;
  for (const source of sources) source.readyAtMs = 0;
  scheduler.wake();
  strictEqual(pass(clock, port, 5), "BB CC BB CC BB CC");
});

Deno.test("TransmitScheduler serves a begun message before its gap grows too long", () => {
  const { clock, port, scheduler } = make({ framesInFlightMax: 1, openMessagesMax: 1 });
  const [urgent, other] = [new Letter("AA", 0), new Letter("BB", 1)];
  scheduler.open(urgent);
  urgent.readyAtMs = Infinity;
  pass(clock, port, 1);
  scheduler.open(other);
  pass(clock, port, 1);
  urgent.readyAtMs = 0;
  pass(clock, port, 200);
  const count = port.log.filter((data) => data === "BB").length;
  ok(count >= 7 && count <= 10, `${count} frames of the other message in 200 ms`);
  ok(scheduler.statistics.gapMsMax <= 27, `${scheduler.statistics.gapMsMax} ms`);
});

Deno.test("TransmitScheduler begins no more messages than it can serve in time", () => {
  // 0.114 ms a frame, half of 5 ms for those that become ready at once: 21 messages.
  const { port, scheduler } = make({ framesInFlightMax: 100, gapMsMax: 5 });
  for (let i = 0; i < 50; i++) scheduler.open(new Waiter("AA"));
  strictEqual(port.log.length, 21);
  strictEqual(scheduler.statistics.openMessagesMax, 21);
});

Deno.test("TransmitScheduler lends the places of those who wait long to others", () => {
  const { clock, port, scheduler } = make({ framesInFlightMax: 100, gapMsMax: 5 });
  for (let i = 0; i < 21; i++) scheduler.open(new Waiter("AA"));
  scheduler.open(new Waiter("BB"));
  clock.run({ untilMs: 4.9 });
  strictEqual(port.log.includes("BB"), false);
  clock.run({ untilMs: 5 });
  strictEqual(port.log.at(-1), "BB");
});

Deno.test("TransmitScheduler wakes when a gap is over", () => {
  const { clock, port, scheduler } = make({ framesInFlightMax: 1 });
  const source = new Letter("AA");
  scheduler.open(source);
  source.readyAtMs = 7.5;
  port.end();
  clock.run({ untilMs: 7.4 });
  strictEqual(port.log.length, 1);
  clock.run({ untilMs: 7.5 });
  strictEqual(port.log.length, 2);
});

Deno.test("TransmitScheduler takes a removed message back at once; its frames still end", () => {
  const { port, scheduler } = make();
  const [message, short, next] = [new Letter("AA"), new Letter("FF"), new Letter("BB")];
  scheduler.open(message);
  scheduler.open(next);
  scheduler.sendShort(short);
  scheduler.remove(short);
  scheduler.remove(message);
  port.end();
  strictEqual(port.log.at(-1), "BB");
  deepStrictEqual(message.ends, ["sent 0"]);
  deepStrictEqual(short.ends, []);
  scheduler.remove(next);
  port.endAll();
  deepStrictEqual(message.ends, ["sent 0", "sent 0"]);
});

Deno.test("TransmitScheduler tells of frames that the port does not confirm for N_As", () => {
  const { clock, port, scheduler } = make({ nAsMs: 100 });
  const [first, second, waiting, message] = ["F1", "F2", "F3", "AA"].map((l) => new Letter(l));
  scheduler.sendShort(first!);
  clock.run({ untilMs: 30 });
  scheduler.sendShort(second!);
  scheduler.sendShort(waiting!);
  scheduler.open(message!);
  clock.run({ untilMs: 99 });
  deepStrictEqual([first, second, waiting, message].map((source) => source!.ends.length), [
    0,
    0,
    0,
    0,
  ]);
  clock.run({ untilMs: 130 });
  deepStrictEqual(first!.ends, ["timedOut 100"]);
  deepStrictEqual(second!.ends, ["timedOut 130"]);
  // Those who waited for the wire behind them learn it too.
  deepStrictEqual(waiting!.ends, ["stalled 100"]);
  deepStrictEqual(message!.ends, ["stalled 100"]);
  // Who comes now waits no longer than N_As either.
  const late = new Letter("F4");
  clock.run({ untilMs: 200 });
  scheduler.sendShort(late);
  clock.run({ untilMs: 1000 });
  deepStrictEqual(late.ends, ["stalled 300"]);
  strictEqual(clock.pendingCount, 0);
  // The port comes back: all is as before.
  port.end();
  port.end();
  const healthy = new Letter("F5");
  scheduler.sendShort(healthy);
  port.end();
  deepStrictEqual(healthy.ends, ["sent 1000"]);
  deepStrictEqual(first!.ends, ["timedOut 100"]);
});

Deno.test("TransmitScheduler.close() hands nothing over any more", () => {
  const { clock, port, scheduler } = make({ framesInFlightMax: 1 });
  const source = new Letter("AA");
  scheduler.open(source);
  scheduler.close();
  port.end();
  scheduler.sendShort(new Letter("FF"));
  scheduler.open(new Letter("BB"));
  scheduler.wake();
  deepStrictEqual(port.log, ["AA"]);
  deepStrictEqual(source.ends, ["sent 0"]);
  strictEqual(clock.pendingCount, 0);
});

Deno.test("TransmitScheduler survives a port that refuses a frame", () => {
  const { port, scheduler } = make();
  const transmit = port.transmit;
  port.transmit = () => {
    throw new RangeError("no");
  };
  throws(() => scheduler.sendShort(new Letter("FF")), RangeError);
  port.transmit = transmit;
  scheduler.sendShort(new Letter("F2"));
  deepStrictEqual(port.log, ["F2"]);
});

Deno.test("TransmitScheduler reckons with a frame's length on its bus", () => {
  const delays = [
    undefined,
    { bitrateBps: 125_000 },
    { bitrateBps: 1_000_000 },
    { bitrateBps: 500_000, dataBitrateBps: 2_000_000 },
  ].map((bitRates) => {
    const clock = new VirtualClock();
    const port = new HandPort(clock);
    Object.assign(port, { bitRates });
    const scheduler = new TransmitScheduler(port, clock);
    scheduler.sendShort(new Letter("FF"));
    return Math.round(scheduler.queueingDelayMs() * 100) / 100;
  });
  // By hand: 111 bits, intermission included, 3.2 of stuffing; FD 29.5 slow and 566.6 fast.
  deepStrictEqual(delays, [0.25, 0.91, 0.11, 0.34]);
});

Deno.test("TransmitScheduler leaves the wire to answers that it outranks, while they come", () => {
  const { clock, port, scheduler } = make({ yieldAfterMs: 20 });
  scheduler.expectAnswers(100);
  scheduler.open(new Letter("AA", 0, 1));
  pass(clock, port, 20);
  // 20 ms are over: nothing is added to what is at the port.
  strictEqual(port.waiting.length, 1);
  port.end();
  strictEqual(port.waiting.length, 0);
  // Four bits later one frame goes: an answer that waited has won the wire by then.
  clock.run({ untilMs: 20.003 });
  strictEqual(port.waiting.length, 0);
  clock.run({ untilMs: 20.005 });
  strictEqual(port.waiting.length, 1);
  scheduler.frameHeard();
  port.end();
  strictEqual(port.waiting.length, 0);
  clock.run({ untilMs: 20.01 });
  strictEqual(port.waiting.length, 1);
  // This time nobody was heard: on we go.
  port.end();
  strictEqual(port.waiting.length, 2);
});

Deno.test("TransmitScheduler yields to nobody that outranks it, nor after a pause", () => {
  const { clock, port, scheduler } = make({ yieldAfterMs: 20 });
  scheduler.expectAnswers(100);
  scheduler.open(new Letter("AA", 0, 101));
  pass(clock, port, 100);
  strictEqual(port.waiting.length, 2);

  const other = make({ yieldAfterMs: 20 });
  other.scheduler.expectAnswers(100);
  const source = new Letter("AA", 0, 1);
  other.scheduler.open(source);
  pass(other.clock, other.port, 19);
  // A pause of our own: the run begins anew.
  source.readyAtMs = 30;
  other.port.endAll();
  other.clock.run({ untilMs: 45 });
  strictEqual(other.port.waiting.length, 2);
  other.port.end();
  strictEqual(other.port.waiting.length, 2);
});

interface Fleet {
  readonly clock: VirtualClock;
  readonly bus: VirtualBus;
  readonly scheduler: TransmitScheduler;
  readonly links: readonly IsoTpLink[];
  /** What each node has received, with the time. */
  readonly received: { readonly node: number; readonly atMs: number; readonly data: Uint8Array }[];
  /** Longest pause between two data frames of one message, per node, in ms. */
  readonly gaps: number[];
}

/** One tester and nodes on a virtual bus of 1 Mbit/s, each with its own receiving options. */
function makeFleet(
  nodes: readonly Partial<IsoTpLinkOptions>[],
  options: TransmitSchedulerOptions & { readonly requestId?: number } = {},
): Fleet {
  const { requestId = 0x600 } = options;
  const clock = new VirtualClock();
  const bus = new VirtualBus({
    name: "fleet",
    clock,
    seed: 1,
    bitRates: { bitrateBps: 1_000_000 },
  });
  const port = bus.attach("tester");
  const scheduler = new TransmitScheduler(port, clock, options);
  const received: Fleet["received"] = [];
  const gaps = nodes.map(() => 0);
  const lastMs = nodes.map(() => Infinity);
  const links = nodes.map((nodeOptions, node) => {
    const addressing = {
      mode: "normal",
      tx: id11(requestId + node),
      rx: id11(0x500 + node),
    } as const;
    const nodePort = bus.attach(`node ${node}`);
    const far = createIsoTpLink({
      port: nodePort,
      scheduler: new TransmitScheduler(nodePort, clock),
      clock,
      format: CLASSIC_FORMAT,
      addressing: oppositeAddressing(addressing),
      ...nodeOptions,
    });
    far.indications$.subscribe((indication) => {
      const { atMs } = indication;
      if (indication.type === "message") received.push({ node, atMs, data: indication.data });
    });
    nodePort.listen(addressing.tx, (frame, atMs) => {
      if ((frame.data[0]! >> 4) === 2) gaps[node] = Math.max(gaps[node]!, atMs - lastMs[node]!);
      lastMs[node] = atMs;
    });
    return createIsoTpLink({ port, scheduler, clock, format: CLASSIC_FORMAT, addressing });
  });
  return { clock, bus, scheduler, links, received, gaps };
}

function busyRatio({ bus, clock }: Fleet): number {
  return bus.statistics.busyMs / clock.now();
}

/** Sends until the time is over, a new message when the last was sent. */
function flood(fleet: Fleet, node: number, message: Uint8Array, failures: string[]): void {
  fleet.links[node]!.send(message).subscribe({
    error: (error) => failures.push(`${node} ${error.nResult}`),
    complete: () => flood(fleet, node, message, failures),
  });
}

Deno.test("interleaving: messages to eight nodes keep the wire full and all arrive", () => {
  const fleet = makeFleet(Array.from({ length: 8 }, () => ({ blockSize: 8 })));
  const message = countingBytes(4000);
  fleet.links.forEach((link) => link.send(message).subscribe());
  fleet.clock.run();
  strictEqual(fleet.received.length, 8);
  for (const { data } of fleet.received) deepStrictEqual(data, message);
  ok(busyRatio(fleet) > 0.99, `busy ${busyRatio(fleet)}`);
  ok(Math.max(...fleet.gaps) <= 50, `longest gap ${Math.max(...fleet.gaps)} ms`);
});

Deno.test("interleaving: the first message is done long before the last is begun to flow", () => {
  const fleet = makeFleet(Array.from({ length: 8 }, () => ({})));
  fleet.links.forEach((link) => link.send(countingBytes(4000)).subscribe());
  fleet.clock.run();
  const ends = fleet.received.map(({ atMs }) => atMs);
  // All at once would end all in the last eighth.
  ok(ends[0]! < fleet.clock.now() * 0.3, `first at ${ends[0]} of ${fleet.clock.now()} ms`);
});

Deno.test("interleaving: one node's WAIT, STmin or silence never idles the wire", () => {
  let isBusy = true;
  const cases: readonly Partial<IsoTpLinkOptions>[] = [
    { mayContinue: () => !isBusy, waitMs: 20 },
    { stMin: 0x14 },
    { role: "groupListener" },
  ];
  for (const slow of cases) {
    isBusy = true;
    const fleet = makeFleet([slow, {}, {}]);
    const failures: string[] = [];
    fleet.links[0]!.send(countingBytes(200)).subscribe({
      error: (error) => failures.push(error.nResult),
    });
    for (const node of [1, 2]) flood(fleet, node, countingBytes(1000), failures);
    fleet.clock.run({ untilMs: 200 });
    isBusy = false;
    fleet.clock.run({ untilMs: 2000 });
    ok(busyRatio(fleet) > 0.985, `busy ${busyRatio(fleet)} beside ${Object.keys(slow)}`);
    const isSilent = slow.role === "groupListener";
    deepStrictEqual(failures, isSilent ? ["N_TIMEOUT_Bs"] : []);
    strictEqual(fleet.received.some(({ node }) => node === 0), !isSilent);
  }
});

Deno.test("interleaving: the gap within each message stays below gapMsMax with 40 nodes", () => {
  const fleet = makeFleet(Array.from({ length: 40 }, (_, i) => ({ blockSize: (i * 7) % 16 })));
  const failures: string[] = [];
  for (let node = 0; node < 40; node++) flood(fleet, node, countingBytes(500), failures);
  fleet.clock.run({ untilMs: 3000 });
  deepStrictEqual(failures, []);
  ok(Math.max(...fleet.gaps) <= 50, `longest gap ${Math.max(...fleet.gaps)} ms`);
  ok(fleet.scheduler.statistics.gapMsMax <= 50);
});

Deno.test("interleaving: an urgent link's messages leave before those that wait", () => {
  const fleet = makeFleet([{}, {}, {}, {}]);
  fleet.links[3]!.setPriority(-1);
  fleet.links.forEach((link) => link.send(countingBytes(1000)).subscribe());
  fleet.clock.run();
  // The first was begun before the urgent one was known.
  ok(fleet.received.findIndex(({ node }) => node === 3) <= 1);
});

Deno.test("interleaving: a request in one frame passes a flood of data within 1 ms", () => {
  const fleet = makeFleet([{}, {}]);
  const failures: string[] = [];
  flood(fleet, 0, countingBytes(4000), failures);
  fleet.clock.run({ untilMs: 20 });
  let sentAtMs = Infinity;
  fleet.links[1]!.send(countingBytes(2)).subscribe(({ atMs }) => (sentAtMs = atMs));
  fleet.clock.run({ untilMs: 40 });
  ok(sentAtMs - 20 < 1, `sent after ${sentAtMs - 20} ms`);
});

Deno.test("interleaving: requests that outrank answers starve none of them", () => {
  // 0x100 and so on against 0x500 and so on: without a gap the wire would be ours alone.
  const fleet = makeFleet(Array.from({ length: 8 }, () => ({})), { requestId: 0x100 });
  const failures: string[] = [];
  for (let node = 0; node < 8; node++) flood(fleet, node, countingBytes(4000), failures);
  fleet.clock.run({ untilMs: 5000 });
  deepStrictEqual(failures, []);
  ok(busyRatio(fleet) > 0.985, `busy ${busyRatio(fleet)}`);
  const counts = fleet.links.map((_, i) => fleet.received.filter(({ node }) => node === i).length);
  ok(Math.min(...counts) > 0, `messages by node: ${counts}`);
});

Deno.test("TransmitScheduler lets a more urgent message go before one that is under way", () => {
  const { clock, port, scheduler } = make({ framesInFlightMax: 1 });
  scheduler.open(new Letter("0A", 5));
  pass(clock, port, 2);
  scheduler.open(new Letter("0B", 5));
  scheduler.open(new Letter("0C", 1));
  const letters = pass(clock, port, 4).match(/0[ABC]/g)!.join(" ");
  // One frame of A was in flight.
  strictEqual(letters, "0A 0A 0A 0C 0C 0C 0C");
});

Deno.test("interleaving: a request of two frames passes data of a link that is more urgent", () => {
  const clock = new VirtualClock();
  const bus = new VirtualBus({ name: "b", bitRates: { bitrateBps: 1e6 }, clock, seed: 1 });
  const port = bus.attach("tester");
  const scheduler = new TransmitScheduler(port, clock);
  const links = [1, 2].map((id) => {
    const addressing = { mode: "normal", tx: id11(0x600 + id), rx: id11(0x500 + id) } as const;
    const common = { clock, format: CLASSIC_FORMAT };
    const nodePort = bus.attach(`node-${id}`);
    createIsoTpLink({
      ...common,
      port: nodePort,
      scheduler: new TransmitScheduler(nodePort, clock),
      addressing: oppositeAddressing(addressing),
    });
    return createIsoTpLink({ ...common, port, scheduler, addressing });
  });
  links[0]!.setPriority(-5);
  const sentMs = [0, 0];
  links[0]!.send(countingBytes(4000)).subscribe(({ atMs }) => sentMs[0] = atMs);
  clock.run({ untilMs: 10 });
  links[1]!.send(countingBytes(13)).subscribe(({ atMs }) => sentMs[1] = atMs);
  clock.run({ untilMs: 200 });
  ok(sentMs[1]! < 12 && sentMs[0]! > 60, `${sentMs}`);
});
