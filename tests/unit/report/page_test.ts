import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { VirtualClock } from "../../../src/core/mod.ts";
import type { FleetEventBody } from "../../../src/fleet/mod.ts";
import {
  PAGE_STALLED_MS,
  PageFeed,
  type PageSink,
  type PageUpdate,
  PastRun,
  pumpPage,
} from "../../../src/report/mod.ts";
import { at, eventsTo, MIXED_RUN, started, stateOf } from "./_support.ts";

/** A page that takes what it is sent at once, or never. */
class FakePage implements PageSink {
  isReady = true;
  isClosed = false;
  readonly sent: PageUpdate[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }
}

const NAMES = Array.from({ length: 500 }, (_, i) => `n${i}`);

/** A feed that hears an event of some node each 0.1 ms of a clock. */
function busyFeed(clock: VirtualClock, durationMs: number): PageFeed {
  const feed = new PageFeed(() => []);
  const take = eventsTo(feed);
  const tell = (body: FleetEventBody): void => take({ atMs: clock.now(), ...body });
  tell(started(...NAMES));
  let i = 0;
  clock.schedule(function () {
    tell({ node: NAMES[i++ % 500]!, type: "nodePhase", phase: i % 2 === 0 ? "found" : "entering" });
    if (clock.now() < durationMs) this.schedule(undefined, 0.1);
  }, 0.1);
  return feed;
}

Deno.test("pumpPage() tells a page at most ten times a second, whatever the rate of events", () => {
  const clock = new VirtualClock();
  const feed = busyFeed(clock, 10_000);
  const page = new FakePage();
  const stop = pumpPage(feed, page, clock);
  clock.run({ untilMs: 10_000 });
  ok(page.sent.length >= 99 && page.sent.length <= 101, `${page.sent.length} updates`);
  strictEqual(page.sent[0]!.nodes.length, 500);
  stop();
  const before = page.sent.length;
  clock.run({ untilMs: 20_000 });
  strictEqual(page.sent.length, before);
});

Deno.test("pumpPage() tells nothing where nothing happens", () => {
  const clock = new VirtualClock();
  const page = new FakePage();
  const stop = pumpPage(new PageFeed(() => []), page, clock);
  clock.run({ untilMs: 5000 });
  strictEqual(page.sent.length, 1);
  stop();
});

Deno.test("pumpPage() drops a page that takes nothing, and holds no more than the fleet for it", () => {
  const clock = new VirtualClock();
  const feed = busyFeed(clock, 30_000);
  const client = feed.open();
  client.take();
  const page = new FakePage();
  pumpPage(feed, page, clock);
  page.isReady = false;
  clock.run({ untilMs: PAGE_STALLED_MS - 200 });
  strictEqual(page.isClosed, false);
  clock.run({ untilMs: PAGE_STALLED_MS + 200 });
  strictEqual(page.isClosed, true);
  strictEqual(page.sent.length, 1);
  clock.run({ untilMs: 30_000 });
  ok(client.waitingCount <= 700, `${client.waitingCount} wait after 300000 events`);
  const all: PageUpdate = JSON.parse(client.take()!);
  strictEqual(all.nodes.length, 500);
});

Deno.test("pumpPage() keeps a page that is slow but alive", () => {
  const clock = new VirtualClock();
  const feed = busyFeed(clock, 30_000);
  const page = new FakePage();
  const stop = pumpPage(feed, page, clock);
  for (let atMs = 0; atMs < 30_000; atMs += 5000) {
    page.isReady = false;
    clock.run({ untilMs: atMs + 4900 });
    page.isReady = true;
    clock.run({ untilMs: atMs + 5000 });
  }
  strictEqual(page.isClosed, false);
  ok(page.sent.length >= 6);
  stop();
});

Deno.test("PageFeed tells a page everything at first, then what changed", () => {
  const feed = new PageFeed(() => [{ bus: "body", frames: 7, bits: 1, busyRatio: 0.5 }]);
  const take = eventsTo(feed);
  for (const event of MIXED_RUN.slice(0, -1)) take(event);
  const client = feed.open();
  const first: PageUpdate = JSON.parse(client.take()!);
  deepStrictEqual(first.nodes.map(([i, { name, kind }]) => [i, name, kind]), [
    [0, "engine", "done"],
    [1, "door", "failed"],
    [2, "lamp", "failed"],
    [3, "gateway", "active"],
  ]);
  deepStrictEqual(first.buses, [{ name: "body", load: 0.5, frames: 7, state: "errorActive" }]);
  ok(first.nodes[1]![1].help.includes("supply voltage"));
  strictEqual(client.take(), undefined);
  take(MIXED_RUN.at(-1)!);
  const second: PageUpdate = JSON.parse(client.take()!);
  strictEqual(second.nodes.length, 1);
  const [place, gateway] = second.nodes[0]!;
  deepStrictEqual([place, gateway.segments, gateway.written, gateway.bytes], [
    3,
    "sw",
    0.5,
    20_480,
  ]);
});

Deno.test("PastRun is at each moment what the fold of the events until then is", () => {
  const events = [
    ...at([100, started(...NAMES)]),
    ...Array.from({ length: 3000 }, (_, i) =>
      at([101 + i, {
        node: NAMES[i % 500]!,
        type: "nodePhase",
        phase: i % 7 === 0 ? "found" : "entering",
      }])[0]!),
  ];
  const past = new PastRun(events);
  strictEqual(past.endMs, 3000);
  for (const atMs of [0, 1, 499, 500, 501, 1234, 3000, Infinity]) {
    const until = events.filter((event) => event.atMs - 100 <= atMs);
    deepStrictEqual([...past.stateAt(atMs).nodes], [...stateOf(until).nodes], `${atMs}`);
    const told: PageUpdate = JSON.parse(past.tell(atMs));
    strictEqual(told.atMs, Math.min(3000, atMs));
    strictEqual(told.nodes.length, 500);
  }
});

Deno.test("PastRun tells what each bus got across, and its state, until a moment", () => {
  const past = new PastRun([
    ...MIXED_RUN,
    ...at([3000, { type: "busState", bus: "body", state: "busOff" }]),
  ]);
  const busAt = (atMs: number) => {
    const { buses, loads }: PageUpdate = JSON.parse(past.tell(atMs));
    return { bus: buses[0]!, points: loads![0]![1].filter(([, height]) => height > 0) };
  };
  deepStrictEqual(busAt(100), {
    bus: { name: "body", load: 0, bytesPerSecond: 0, bytes: 0, state: "errorActive" },
    points: [],
  });
  // 16 KiB within one of 300 parts of two seconds.
  const { bus, points } = busAt(200);
  strictEqual(bus.bytesPerSecond, Math.round(16_384 * 1000 / (2000 / 300)));
  deepStrictEqual(points, [[200, 1]]);
  strictEqual(bus.bytes, 16_384);
  strictEqual(busAt(2000).bus.state, "busOff");
  deepStrictEqual(busAt(2000).points, [[200, 1], [1993, 0.25]]);
  // Events do not keep to whole milliseconds: the last one belongs to the run.
  const finished = new PastRun([...MIXED_RUN, ...at([3000.2, { type: "runFinished" }])]);
  strictEqual(JSON.parse(finished.tell(finished.endMs)).isFinished, true);
});

Deno.test("PageFeed tells a page that opens late the load of buses until then, once", () => {
  let busyRatio = 0;
  let asked = 0;
  const feed = new PageFeed(() => {
    asked++;
    return [{ bus: "body", frames: 1, bits: 1, busyRatio }];
  });
  const take = eventsTo(feed);
  for (const event of at([0, started("engine", "door")])) take(event);
  for (let atMs = 1; atMs <= 1000; atMs++) {
    busyRatio = atMs < 500 ? 0 : (atMs - 500) / atMs;
    for (const event of at([atMs, { node: "door", type: "nodePhase", phase: "found" }])) {
      take(event);
    }
  }
  ok(asked <= 11, `${asked} looks`);
  const client = feed.open();
  const { loads } = JSON.parse(client.take()!) as PageUpdate;
  const [name, points] = loads![0]!;
  strictEqual(name, "body");
  deepStrictEqual(points.map(([atMs]) => atMs), [
    100,
    200,
    300,
    400,
    500,
    600,
    700,
    800,
    900,
    1000,
  ]);
  deepStrictEqual(points.map(([, load]) => Math.round(load)), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  for (const event of at([1001, { node: "door", type: "nodePhase", phase: "entering" }])) {
    take(event);
  }
  strictEqual((JSON.parse(client.take()!) as PageUpdate).loads, undefined);
});
