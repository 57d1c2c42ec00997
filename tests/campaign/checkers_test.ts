import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Subject } from "rxjs";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import { hexToBytes, VirtualClock } from "../../src/core/mod.ts";
import { JumpingClock } from "./jumping_clock.ts";
import {
  LAYOUT,
  oneNodeWorld,
  strangeWorld,
  twinWorld,
  twoBankWorld,
  type WatchedWorld,
} from "./_one_node.ts";

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
  const { world, checkers } = oneNodeWorld();
  checkers.runEnded(world.run());
  deepStrictEqual(checkers.violations, []);
});

Deno.test("Checkers() see a byte that changed outside the plan", () => {
  const { world, checkers } = oneNodeWorld();
  const events = world.run();
  world.nodes[0]!.flash.load(LAYOUT.configuration![0]!.start + 5, Uint8Array.of(0));
  checkers.runEnded(events);
  match(checkers.violations.join(), /outside its plan/);
});

Deno.test("Checkers() see an erase where none was planned", () => {
  const { world, checkers } = oneNodeWorld();
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

Deno.test("Checkers() see a program where none was planned, and one of the bootloader", () => {
  for (const address of [LAYOUT.configuration![0]!.start, LAYOUT.bootloader.start]) {
    const { world, checkers } = oneNodeWorld();
    world.nodes[0]!.onEvent?.({
      type: "operationEnded",
      atMs: 0,
      operation: { kind: "program", address, data: new Uint8Array(8) },
      result: "ok",
    });
    match(checkers.violations.join(), /programs 0x[0-9A-F]{8}, not in its plan/);
  }
});

Deno.test("Checkers() see a changed byte of the bootloader", () => {
  const { world, checkers } = oneNodeWorld();
  const events = world.run();
  world.nodes[0]!.flash.load(LAYOUT.bootloader.start + 9, Uint8Array.of(1));
  checkers.runEnded(events, { isKilled: true });
  match(checkers.violations.join(), /changed 0x08000000, outside its plan/);
});

Deno.test("Checkers() see at every instant what a boot would start", () => {
  for (const type of ["powerLost", "operationEnded"] as const) {
    const { world, checkers } = strangeWorld();
    const operation = { kind: "record", record: undefined } as const;
    world.nodes[0]!.onEvent?.(
      type === "powerLost" ? { type, atMs: 0 } : { type, atMs: 0, operation, result: "ok" },
    );
    deepStrictEqual(checkers.violations, [
      "node would start what is neither the old nor the new image",
    ]);
    world.powerOn();
    world.clock.run({ untilMs: 100 });
    match(checkers.violations.join(), /node starts what is neither/);
  }
});

Deno.test("Checkers() see a node that starts what is neither image", () => {
  const { world, checkers } = oneNodeWorld();
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
    { type: "nodeFailed", error: ERROR },
    { type: "nodePhase", phase: "updating" },
  ];
  for (const lie of lies) {
    const { world, checkers } = oneNodeWorld();
    const events = endedOtherwise(world.run(), lie);
    checkers.runEnded(events);
    strictEqual(checkers.violations.length, 1, JSON.stringify(lie));
  }
});

Deno.test("Checkers() see a node that would start though it is said to wait", () => {
  const { checkers } = oneNodeWorld();
  const end = { type: "nodeFailed", error: ERROR, state: "bootloader" } as const;
  checkers.runEnded([
    { atMs: 0, type: "runStarted", nodes: [{ name: "node", bus: "b", device: "d", image: "i" }] },
    { atMs: 1, node: "node", ...end },
    { atMs: 2, type: "runFinished" },
  ]);
  match(checkers.violations.join(), /would start something/);
});

Deno.test("Checkers() see an image called new that is not, and an erase called unconfirmed that ran", () => {
  for (const state of ["newImageUnconfirmed", "eraseUnconfirmed"] as const) {
    const { world, checkers } = oneNodeWorld();
    const events = endedOtherwise(world.run(), { type: "nodeFailed", error: ERROR, state });
    checkers.runEnded(events);
    deepStrictEqual(checkers.violations, [], "of the new image both are true");
    const strange = strangeWorld().checkers;
    strange.runEnded(events);
    match(strange.violations.join(), /reported failed: but it (does not hold|would start)/);
  }
});

Deno.test("Checkers() find nothing in updates of two banks, one after the other", () => {
  const { world, checkers } = twoBankWorld();
  for (let i = 0; i < 2; i++) checkers.runEnded(world.run());
  checkers.checkListening();
  deepStrictEqual(checkers.violations, []);
  strictEqual(world.nodes[0]!.bankStatus?.isSwapped, true);
});

Deno.test("Checkers() see a touched byte of the bank that runs, and of what both banks protect", () => {
  const { world, checkers } = twoBankWorld();
  const node = world.nodes[0]!;
  const { application, bootloader } = node.options.layout;
  const [unit] = node.flash.unitsTouching(application);
  const operation = { kind: "erase", unit: unit! } as const;
  node.onEvent?.({ type: "operationEnded", atMs: 0, operation, result: "ok" });
  match(checkers.violations.join(), /erases 0x[0-9A-F]{8}, not in its plan/);
  const events = world.run();
  const otherBank = 0x4_0000;
  node.flash.load(bootloader.start + otherBank, Uint8Array.of(1));
  checkers.runEnded(events);
  match(checkers.violations.join(), /changed 0x08000000, outside its plan/);
});

/** Requests as a node's event, and as the first frame of them on the wire. */
function asked(watched: WatchedWorld, ...requests: readonly string[]): readonly string[] {
  const { world, checkers } = watched;
  for (const request of requests) {
    const data = hexToBytes(request);
    world.onRequestBegun.get(0)!(data[0]!);
    world.nodes[0]!.onEvent?.({ type: "request", atMs: 0, addressing: "physical", data });
  }
  return checkers.violations;
}

const ERASE = "31 01 FF 00 44 08 00 40 00 00 00 08 00";
const OTHER = "31 01 FF 00 44 08 00 48 00 00 00 08 00";
const DOWNLOAD = "34 00 44 08 00 40 00 00 00 08 00";

Deno.test("Checkers() see an erase that is asked for again though nothing was written", () => {
  match(asked(oneNodeWorld(), ERASE, DOWNLOAD, ERASE).join(), /erase again \(31 01 .*no block/);
  match(asked(oneNodeWorld(), ERASE, DOWNLOAD, "37", "10 02", ERASE).join(), /no block between/);
});

Deno.test("Checkers() see nothing in an erase whose answer was lost, or behind a block", () => {
  deepStrictEqual(asked(oneNodeWorld(), ERASE, ERASE, DOWNLOAD, OTHER, DOWNLOAD, ERASE), []);
  deepStrictEqual(asked(oneNodeWorld(), ERASE, DOWNLOAD, "36 01 00", ERASE), []);
  const restarted = oneNodeWorld();
  asked(restarted, ERASE, DOWNLOAD);
  restarted.world.nodes[0]!.onEvent?.({ type: "reset", atMs: 0 });
  deepStrictEqual(asked(restarted, ERASE), []);
});

Deno.test("World tells of each request whose first frame was on the wire", () => {
  const { world } = oneNodeWorld();
  const begun: number[] = [];
  world.onRequestBegun.set(0, (sid) => begun.push(sid));
  world.run();
  deepStrictEqual(
    new Set([0x10, 0x22, 0x27, 0x31, 0x34, 0x36, 0x37]).difference(new Set(begun)),
    new Set(),
  );
});

Deno.test("Checkers() see a node that is erased though another has its identifiers", () => {
  for (const isTwin of [false, true]) {
    const { world, checkers } = twinWorld();
    const node = isTwin ? world.twins.get("node")! : world.nodes[0]!;
    const [unit] = node.flash.unitsTouching(node.options.layout.application);
    const operation = { kind: "erase", unit: unit! } as const;
    node.onEvent?.({ type: "operationEnded", atMs: 0, operation, result: "ok" });
    match(checkers.violations.join(), /node or its twin erases/);
  }
});

Deno.test("Checkers() see each report of two banks that is not true", () => {
  for (const state of ["rolledBack", "bootloader", "eraseUnconfirmed"] as const) {
    const { world, checkers } = twoBankWorld();
    checkers.runEnded(endedOtherwise(world.run(), { type: "nodeFailed", error: ERROR, state }));
    strictEqual(checkers.violations.length, 1, state);
  }
  const { world, checkers } = twoBankWorld();
  const node = world.nodes[0]!;
  const end = { type: "nodeFailed", error: ERROR, state: "newImageUnconfirmed" } as const;
  const events = endedOtherwise(twoBankWorld().world.run(), end);
  checkers.runEnded(events);
  match(checkers.violations.join(), /no bank holds the new image/);
  node.flash.load(node.options.layout.application.start + 64, new Uint8Array(8));
  checkers.runEnded(events);
  match(checkers.violations.join(), /neither its old nor the new image runs/);
});

Deno.test("Checkers() see an end for which there is no word", () => {
  const { world, checkers } = oneNodeWorld();
  const events = world.run().filter(({ type }) => type !== "nodeDone");
  checkers.runEnded(events);
  match(checkers.violations.join(), /no way to end/);
});

Deno.test("Checkers() see more events than can have happened", () => {
  const { world, checkers } = oneNodeWorld();
  const events = world.run();
  const again = Array<FleetEvent>(60_000).fill(events[1]!);
  checkers.runEnded([...events.slice(0, -1), ...again, events.at(-1)!]);
  match(checkers.violations.join(), /^6\d{4} events/);
});

Deno.test("Checkers() see a node that cannot be talked to any more", () => {
  const { world, checkers } = oneNodeWorld();
  checkers.checkListening();
  deepStrictEqual(checkers.violations, []);
  world.nodes[0]!.powerOff();
  checkers.checkListening();
  deepStrictEqual(checkers.violations, ["node cannot be talked to any more"]);
});

Deno.test("Checkers() see one flipped bit behind a node that is reported done", () => {
  const { world, checkers } = oneNodeWorld();
  const events = world.run();
  const { start, data } = world.spec.nodes[0]!.newImage.ranges[0]!;
  world.nodes[0]!.flash.load(start + 100, Uint8Array.of(data[100]! ^ 1));
  checkers.runEnded(events);
  match(checkers.violations.join(), /reported done: it does not hold the new image/);
});

Deno.test("Checkers() see a run that does not end, and work that is left behind", () => {
  const { world, checkers } = oneNodeWorld();
  const events = world.run();
  for (let i = 0; i < 200; i++) world.clock.schedule(() => {}, 1e6);
  checkers.runEnded(events.slice(0, -1));
  match(checkers.violations.join(), /did not end.*actions wait/);
});

Deno.test("World.run() leads a cancelled node through a safe end that is told truly", () => {
  const { world, checkers } = oneNodeWorld();
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
