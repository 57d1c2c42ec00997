// A bus that is away for a while costs nodes no attempts; one that stays away ends them.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type BenchWorld, createBenchWorld } from "../../src/cli/bench/bench_world.ts";
import { benchCase } from "../../src/cli/bench/table.ts";
import type { CanPort } from "../../src/can/mod.ts";
import { equalBytes } from "../../src/core/mod.ts";
import { type FleetEvent, runFleet } from "../../src/fleet/mod.ts";
import type { VirtualPort } from "../../src/sim/mod.ts";

const NODES = 4;
const BENCH = benchCase({
  mode: "interleaved",
  bus: "classic-500k",
  nodes: NODES,
  ids: "7E0/7E8",
  imageBytes: 64 * 1024,
});

/** When the bus goes away: what some node is at then. */
type Moment = (event: FleetEvent) => boolean;

const MOMENTS: Readonly<Record<string, Moment>> = {
  "at the identification": (event) => event.type === "nodePlanned",
  "during an erase": (event) => event.type === "segmentPhase" && event.phase === "erasing",
  "in mid block": (event) => event.type === "segmentProgress" && event.segment === 1,
  "in the check": (event) => event.type === "segmentPhase" && event.phase === "verifying",
  "at the activation": (event) => event.type === "nodePhase" && event.phase === "activating",
};

interface Run {
  readonly world: BenchWorld;
  readonly events: readonly FleetEvent[];
}

function run(
  { moment, awayMs, busWaitMs, port }: {
    readonly moment?: Moment;
    readonly awayMs: number;
    readonly busWaitMs?: number;
    /** Takes the tester's port before the run begins. */
    readonly port?: (port: VirtualPort) => void;
  },
): Run {
  let tester!: VirtualPort;
  const world = createBenchWorld(BENCH, 1, (port) => (tester = port as VirtualPort) as CanPort);
  const { clock } = world;
  port?.(tester);
  const events: FleetEvent[] = [];
  let isOver = false;
  let wasAway = false;
  runFleet({ ...world.run, ...(busWaitMs === undefined ? {} : { busWaitMs }) }).subscribe({
    next: (event) => {
      events.push(event);
      if (wasAway || moment?.(event) !== true) return;
      wasAway = true;
      // A moment later: the request is on its way.
      clock.schedule(() => {
        tester.disconnect();
        if (awayMs < Infinity) clock.schedule(() => tester.connect(), awayMs);
      }, 5);
    },
    complete: () => isOver = true,
  });
  while (!isOver && clock.now() < 600_000) clock.run({ untilMs: clock.now() + 100 });
  strictEqual(isOver, true, "it comes to an end");
  return { world, events };
}

function holdsImage({ nodes, image }: BenchWorld): boolean {
  return nodes.every((node) =>
    node.mode === "application" && image.ranges.every(({ start, data }) => {
      const held = node.flash.read(start, data.length);
      return held !== undefined && equalBytes(held, data);
    })
  );
}

function count(events: readonly FleetEvent[], type: FleetEvent["type"]): number {
  return events.filter((event) => event.type === type).length;
}

for (const [what, moment] of Object.entries(MOMENTS)) {
  for (const awayMs of [2000, 12_000, 40_000]) {
    Deno.test(`bus away: ${awayMs / 1000} s ${what}: every node is done, no attempt counted`, () => {
      const { world, events } = run({ moment, awayMs });
      strictEqual(count(events, "nodeDone"), NODES);
      ok(holdsImage(world));
      const retries = events.filter(({ type }) => type === "retry");
      deepStrictEqual(retries, []);
      const states = events.flatMap((event) => event.type === "busState" ? [event.state] : []);
      deepStrictEqual(states, ["stopped", "errorActive"]);
    });
  }
}

Deno.test("bus away: for ever in mid block: nodes end with the bus's state, where they are", () => {
  const { events } = run({ moment: MOMENTS["in mid block"]!, awayMs: Infinity });
  const ends = events.flatMap((event) => event.type === "nodeFailed" ? [event] : []);
  strictEqual(ends.length, NODES);
  const awayAtMs = events.find(({ type }) => type === "busState")!.atMs;
  for (const { error, state, atMs } of ends) {
    strictEqual(error.code, "BUS_AWAY");
    ok(error.message.includes("its interface is down or gone"), error.message);
    ok(["bootloader", "eraseUnconfirmed"].includes(state), state);
    ok(atMs - awayAtMs >= 60_000 && atMs - awayAtMs < 61_000, `${atMs - awayAtMs} ms`);
  }
});

Deno.test("bus away: the operator says how long it is waited for", () => {
  const { events } = run({ moment: MOMENTS["in mid block"]!, awayMs: Infinity, busWaitMs: 5000 });
  strictEqual(count(events, "nodeFailed"), NODES);
  const awayAtMs = events.find(({ type }) => type === "busState")!.atMs;
  ok(events.at(-1)!.atMs - awayAtMs < 7000);
});

Deno.test("bus away: a bus that is not as it should be when a run begins is told", () => {
  const { events } = run({
    awayMs: 0,
    port: (port) => {
      port.disconnect();
    },
    busWaitMs: 3000,
  });
  deepStrictEqual(
    events.flatMap((event) => event.type === "busState" ? [event.state] : []),
    ["stopped"],
  );
  deepStrictEqual(
    events.flatMap((event) => event.type === "nodeFailed" ? [event.error.code, event.state] : []),
    Array(NODES).fill(["BUS_AWAY", "untouched"]).flat(),
  );
});

Deno.test("bus away: what a run left that gave up waiting, the same command mends", () => {
  let tester!: VirtualPort;
  const world = createBenchWorld(BENCH, 1, (port) => {
    tester = port as VirtualPort;
    // The first run closes its port; the second one uses it again.
    return new Proxy(tester, {
      get: (target, key) => {
        const value = Reflect.get(target, key, target) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  });
  const { clock } = world;
  const talk = (): readonly FleetEvent[] => {
    const events: FleetEvent[] = [];
    runFleet({ ...world.run, busWaitMs: 3000 }).subscribe((event) => {
      events.push(event);
      const isThere = event.type === "segmentProgress" && event.segment === 1;
      if (isThere && !hasLeft) {
        hasLeft = true;
        tester.disconnect();
      }
    });
    while (events.at(-1)?.type !== "runFinished" && clock.now() < 600_000) {
      clock.run({ untilMs: clock.now() + 100 });
    }
    return events;
  };
  let hasLeft = false;
  strictEqual(count(talk(), "nodeFailed"), NODES);
  tester.connect();
  strictEqual(count(talk(), "nodeDone"), NODES);
  ok(holdsImage(world));
});
