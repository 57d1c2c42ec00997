import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ReplaySubject } from "rxjs";
import { CanvoyError, VirtualClock } from "../../src/core/mod.ts";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import type { VirtualNode } from "../../src/sim/mod.ts";
import { type Cancellation, updateNode, verifyNode } from "../../src/update/mod.ts";
import { type BenchOptions, randomImage, runBench } from "../support/bench.ts";

const IMAGE = randomImage(0x0800_8000, 60_000, 9);

/** A wish to stop that comes when it is told. */
class Wish implements Cancellation {
  readonly #asked = new ReplaySubject<void>(1);
  readonly requested$ = this.#asked.asObservable();
  requested = false;

  ask(): void {
    this.requested = true;
    this.#asked.next();
    this.#asked.complete();
  }
}

interface StoppedRun {
  readonly events: readonly FleetEvent[];
  readonly nodes: readonly VirtualNode[];
  /** When the wish came, in ms. */
  readonly atMs: number;
}

/** Runs an update, or another conversation, and asks to stop at the first event that fits. */
function stopAt(
  fits: (event: FleetEvent) => boolean,
  options: Partial<BenchOptions> = {},
): StoppedRun {
  const wish = new Wish();
  let atMs = Infinity;
  let clock = new VirtualClock();
  const { events, nodes } = runBench({
    image: IMAGE,
    behaviours: [{}, {}, {}],
    ...options,
    cancellation: wish,
    prepare: (given) => {
      clock = given;
    },
    onEvent: (event) => {
      if (wish.requested || !fits(event)) return;
      atMs = clock.now();
      // Signals do not come inside an event.
      clock.schedule(() => wish.ask());
    },
  });
  return { events, nodes, atMs };
}

function segmentPhase(phase: string): (event: FleetEvent) => boolean {
  return (event) => event.type === "segmentPhase" && event.phase === phase;
}

function count(events: readonly FleetEvent[], type: FleetEvent["type"]): number {
  return events.filter((event) => event.type === type).length;
}

for (const phase of ["erasing", "writing", "verifying"]) {
  Deno.test(`updateNode() erases nothing more once it is to stop while ${phase}`, () => {
    const { events, nodes, atMs } = stopAt(segmentPhase(phase));
    const erasing = events.filter((event) => segmentPhase("erasing")(event) && event.atMs > atMs);
    deepStrictEqual(erasing, []);
    strictEqual(count(events, "nodeCancelled"), 3);
    strictEqual(events.at(-1)?.type, "runFinished");
    const states = events.flatMap((event) => event.type === "nodeCancelled" ? [event.state] : []);
    const touched = phase === "erasing" ? 1 : 3;
    strictEqual(states.filter((state) => state === "bootloader").length, touched);
    strictEqual(states.filter((state) => state === "untouched").length, 3 - touched);
    deepStrictEqual(nodes.map((node) => node.session), [1, 1, 1]);
    const isQuiet = nodes.map((node) => node.isCommunicationStopped || node.isDtcSettingStopped);
    deepStrictEqual(isQuiet, [false, false, false]);
  });
}

Deno.test("updateNode() says that nodes are untouched when nothing was erased yet", () => {
  const { events } = stopAt((event) => event.type === "nodePhase" && event.phase === "entering");
  const states = events.flatMap((event) => event.type === "nodeCancelled" ? [event.state] : []);
  deepStrictEqual(states, ["untouched", "untouched", "untouched"]);
  deepStrictEqual(events.filter(segmentPhase("erasing")), []);
});

Deno.test("updateNode() finishes a node that is past its last segment", () => {
  const { events } = stopAt((event) => event.type === "nodePhase" && event.phase === "activating", {
    behaviours: [{}],
  });
  strictEqual(count(events, "nodeDone"), 1);
});

Deno.test("updateNode() ends a pause before another try at once when it is to stop", () => {
  const { events, atMs } = stopAt((event) => event.type === "retry" && event.delayMs > 150, {
    behaviours: [{ isDead: true }],
  });
  strictEqual(count(events, "nodeCancelled"), 1);
  ok(events.at(-1)!.atMs - atMs < 100, `${events.at(-1)!.atMs - atMs} ms`);
});

Deno.test("verifyNode() stops between two questions", () => {
  const { events } = stopAt(segmentPhase("checking"), {
    talk: verifyNode,
    behaviours: [{}],
  });
  strictEqual(events.filter(segmentPhase("checking")).length, 3, "the first is about all");
  deepStrictEqual(events.filter(segmentPhase("pending")), [], "no second one finds out which");
  strictEqual(count(events, "nodeCancelled"), 1);
});

Deno.test("verifyNode() ends the session of a node that hears no functional request", () => {
  const ends: string[] = [];
  runBench({
    image: IMAGE,
    behaviours: [{ functionalRequests: "dropped" }],
    talk: verifyNode,
    prepare: (_, [node]) => {
      node!.onEvent = (event) => {
        if (event.type === "request" && event.data[0] === 0x10) ends.push(event.data.toHex());
      };
    },
  });
  deepStrictEqual(ends, ["1002", "1001"]);
});

Deno.test("verifyNode() brings a node back that lost its power, and goes on where it was", () => {
  let wasCut = false;
  let nodes: readonly VirtualNode[] = [];
  const { events } = runBench({
    image: IMAGE,
    behaviours: [{}],
    talk: verifyNode,
    prepare: (_, given) => nodes = given,
    onEvent: (event) => {
      // The first segment is known to be different: the others are not yet.
      if (wasCut || !(event.type === "segmentPhase" && event.phase === "pending")) return;
      wasCut = true;
      nodes[0]!.powerOff();
      nodes[0]!.powerOn();
    },
  });
  ok(wasCut);
  const failed = events.find((event) => event.type === "nodeFailed");
  strictEqual(failed?.type === "nodeFailed" && failed.error.code, "VERIFY_MISMATCH");
  const checked = events.flatMap((event) =>
    event.type === "segmentPhase" && event.phase === "checking" ? [event.segment] : []
  );
  deepStrictEqual([...new Set(checked)], [0, 1, 2]);
  strictEqual(checked.filter((segment) => segment === 0).length, 1);
});

/** The bus is gone. */
class GoneError extends CanvoyError {
  override readonly code = "BUS_LOST";
}

for (const talk of [updateNode, verifyNode]) {
  Deno.test(`${talk.name}() ends at once, and says where each node is, when its bus is gone`, () => {
    const lost = new ReplaySubject<never>(1);
    const atMs = talk === updateNode ? 400 : 34;
    const { events } = runBench({
      image: IMAGE,
      behaviours: [{}, {}],
      talk,
      lost$: lost.asObservable(),
      prepare: (clock) => {
        clock.schedule(() => lost.error(new GoneError("gone")), atMs);
      },
    });
    const ends = events.filter((event) => event.type === "nodeFailed");
    deepStrictEqual(ends.map((event) => event.atMs), [atMs, atMs]);
    deepStrictEqual(
      ends.map((event) => event.type === "nodeFailed" && [event.error.code, event.state]),
      Array(2).fill(["BUS_LOST", talk === updateNode ? "bootloader" : "untouched"]),
    );
    strictEqual(events.at(-1)?.type, "runFinished");
  });
}
