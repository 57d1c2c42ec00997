import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Subject } from "rxjs";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import { deviceName, findDevice } from "../../src/stm32/mod.ts";
import { VirtualClock } from "../../src/core/mod.ts";
import { Checkers } from "./checkers.ts";
import { imageOf, layoutOf } from "./images.ts";
import { JumpingClock } from "./jumping_clock.ts";
import { World } from "./world.ts";

const GEOMETRY = findDevice("STM32G474RE");
const LAYOUT = layoutOf(GEOMETRY);
const SHAPE = { unitCount: 3, bytesPerUnit: 2048 };

/** A world of one node, watched, with its power on. */
function watchedWorld(): { readonly world: World; readonly checkers: Checkers } {
  const world = new World({
    seed: 5,
    buses: [{ bitRates: { bitrateBps: 1_000_000 }, faults: {} }],
    nodes: [{
      name: "node",
      bus: 0,
      device: deviceName(GEOMETRY),
      layout: LAYOUT,
      profile: "iso14229",
      oldImage: imageOf(GEOMETRY, LAYOUT, { ...SHAPE, seed: 1, version: "1.0.0" }),
      newImage: imageOf(GEOMETRY, LAYOUT, { ...SHAPE, seed: 2, version: "2.0.0" }),
      behaviour: {},
    }],
  });
  const checkers = new Checkers(world);
  world.powerOn();
  return { world, checkers };
}

/** Events of a run with another end of its node. */
function endedOtherwise(
  events: readonly FleetEvent[],
  end: Partial<FleetEvent> & { readonly type: string },
): readonly FleetEvent[] {
  return events.map((event) =>
    event.type === "nodeDone" ? { ...end, atMs: event.atMs, node: "node" } as FleetEvent : event
  );
}

const ERROR = { code: "TEST", message: "Cannot go on: a test says so" };

Deno.test("Checkers() find nothing in a clean update", () => {
  const { world, checkers } = watchedWorld();
  checkers.runEnded(world.run());
  deepStrictEqual(checkers.violations, []);
});

Deno.test("Checkers() see a byte that changed outside the plan", () => {
  const { world, checkers } = watchedWorld();
  const events = world.run();
  world.nodes[0]!.flash.load(LAYOUT.configuration![0]!.start + 5, Uint8Array.of(0));
  checkers.runEnded(events);
  match(checkers.violations.join(), /outside its plan/);
});

Deno.test("Checkers() see an erase where none was planned", () => {
  const { world, checkers } = watchedWorld();
  const node = world.nodes[0]!;
  const unit = node.flash.units.at(-2)!;
  node.onEvent?.({
    type: "operationEnded",
    atMs: 0,
    operation: { kind: "erase", unit },
    result: "ok",
  });
  match(checkers.violations.join(), /erases 0x[0-9A-F]{8}, not in its plan/);
});

Deno.test("Checkers() see a node that starts what is neither image", () => {
  const { world, checkers } = watchedWorld();
  const node = world.nodes[0]!;
  node.onEvent?.({
    type: "booted",
    atMs: 0,
    decision: {
      mode: "application",
      jump: { stackPointer: 0, resetVector: 1, vectorTable: undefined },
    },
  });
  deepStrictEqual(checkers.violations, []);
  node.flash.load(LAYOUT.application.start + 64, new Uint8Array(8));
  node.onEvent?.({
    type: "booted",
    atMs: 0,
    decision: {
      mode: "application",
      jump: { stackPointer: 0, resetVector: 1, vectorTable: undefined },
    },
  });
  match(checkers.violations.join(), /neither the old nor the new image/);
});

Deno.test("Checkers() see each report that is not true", () => {
  const lies: readonly (Partial<FleetEvent> & { readonly type: string })[] = [
    { type: "nodeRefused", error: ERROR },
    { type: "nodeFailed", error: ERROR, state: "oldImage" },
    { type: "nodeFailed", error: ERROR, state: "untouched" },
    { type: "nodeCancelled", state: "oldImage" },
  ];
  for (const lie of lies) {
    const { world, checkers } = watchedWorld();
    const events = endedOtherwise(world.run(), lie);
    checkers.runEnded(events);
    strictEqual(checkers.violations.length, 1, JSON.stringify(lie));
  }
});

Deno.test("Checkers() see a node that would start though it is said to wait", () => {
  const { checkers } = watchedWorld();
  const end = { type: "nodeFailed", error: ERROR, state: "bootloader" } as const;
  checkers.runEnded([
    { atMs: 0, type: "runStarted", nodes: [{ name: "node", bus: "b", device: "d", image: "i" }] },
    { atMs: 1, node: "node", ...end },
    { atMs: 2, type: "runFinished" },
  ]);
  match(checkers.violations.join(), /would start something/);
});

Deno.test("Checkers() see one flipped bit behind a node that is reported done", () => {
  const { world, checkers } = watchedWorld();
  const events = world.run();
  const { start, data } = world.spec.nodes[0]!.newImage.ranges[0]!;
  world.nodes[0]!.flash.load(start + 100, Uint8Array.of(data[100]! ^ 1));
  checkers.runEnded(events);
  match(checkers.violations.join(), /reported done: it does not hold the new image/);
});

Deno.test("Checkers() see a run that does not end, and work that is left behind", () => {
  const { world, checkers } = watchedWorld();
  const events = world.run();
  for (let i = 0; i < 200; i++) world.clock.schedule(() => {}, 1e6);
  checkers.runEnded(events.slice(0, -1));
  match(checkers.violations.join(), /did not end.*actions wait/);
});

Deno.test("World.run() leads a cancelled node through a safe end that is told truly", () => {
  const { world, checkers } = watchedWorld();
  const asked = new Subject<void>();
  const cancellation = { requested: false, requested$: asked.asObservable() };
  const events = world.run({
    cancellation,
    onEvent: (event) => {
      if (event.type !== "segmentPhase" || event.phase !== "writing") return;
      cancellation.requested = true;
      asked.next();
      asked.complete();
    },
  });
  checkers.runEnded(events);
  deepStrictEqual(checkers.violations, []);
  ok(events.some((event) => event.type === "nodeCancelled"));
  checkers.runEnded(world.run());
  deepStrictEqual(checkers.violations, []);
});

Deno.test("JumpingClock() brings at once what fell due while it was asleep", () => {
  const base = new VirtualClock();
  const clock = new JumpingClock(base);
  const rang: number[] = [];
  for (const delayMs of [10, 500, 2000]) clock.schedule(() => rang.push(clock.now()), delayMs);
  base.schedule(() => clock.jump(1000), 20);
  base.run();
  deepStrictEqual(rang, [10, 1020, 2000]);
  strictEqual(base.now(), 1000);
});
