/** What each node of a run is given: its groups, its journal, and whether it is told by itself. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { EMPTY, NEVER, type Observable, of, Subject } from "rxjs";
import { VirtualClock } from "../../../src/core/mod.ts";
import {
  type FleetEvent,
  type FleetNodeJob,
  type FleetRun,
  withEveryNode,
} from "../../../src/fleet/mod.ts";
import { EventRecorder, JournalStalledError } from "../../../src/fleet/event_recorder.ts";
import { findDevice, planFlash } from "../../../src/stm32/mod.ts";
import type { NodeConnection, NodeContext, NodeEvent } from "../../../src/update/mod.ts";
import { BUILT_IN_PROFILES } from "../../../src/update/mod.ts";
import { G474, imageFor } from "../../support/host_bench.ts";

const CONNECTION = { client: {}, setPriority: () => {}, close: () => {} } as unknown;
const PROFILE = BUILT_IN_PROFILES.get("iso14229-group")!;

function planOf(seed: number) {
  const image = imageFor(G474, 300, seed);
  return planFlash({ image, geometry: findDevice(G474.device), layout: G474.layout });
}

function nodeJob(name: string, bus: string, more: Partial<FleetNodeJob["job"]> = {}): FleetNodeJob {
  const own = { blockNumber: 1, fingerprint: new Uint8Array(4) };
  const job = { plan: planOf(1), profile: PROFILE, ...own, ...more };
  return { name, bus, device: G474.device, image: "app", job } as unknown as FleetNodeJob;
}

/** The context of each node, by name, and the events. */
function run(nodes: readonly FleetNodeJob[], more: Partial<FleetRun> = {}) {
  const clock = new VirtualClock();
  const contexts = new Map<string, NodeContext>();
  const events: FleetEvent[] = [];
  let i = 0;
  withEveryNode({
    nodes,
    buses: [...new Set(nodes.map(({ bus }) => bus))].map((name) => ({
      name,
      hasFunctional: name !== "mute",
      state$: NEVER,
      sendFunctional: () => EMPTY,
      keepAlive: () => NEVER,
    })),
    clock,
    connect: () => CONNECTION as NodeConnection,
    cancellation: { requested: false, requested$: NEVER },
    ...more,
  }, (context): Observable<NodeEvent> => {
    contexts.set(nodes[i++]!.name, context);
    return of({ type: "nodePhase", phase: "found" });
  }).subscribe((event) => events.push(event));
  clock.run({ untilMs: 60_000 });
  return { contexts, events };
}

Deno.test("withEveryNode() has nodes told by themselves whose own bus has no functional identifier", () => {
  const { contexts } = run([nodeJob("a", "loud"), nodeJob("b", "mute"), nodeJob("c", "loud")]);
  deepStrictEqual([...contexts].map(([name, { isToldAlone }]) => [name, isToldAlone]), [
    ["a", false],
    ["b", true],
    ["c", false],
  ]);
});

Deno.test("withEveryNode() joins those that get the same on one bus, and nobody else", () => {
  const { group: _group, ...alone } = PROFILE;
  const nodes = [
    nodeJob("a", "one"),
    nodeJob("b", "one"),
    nodeJob("elsewhere", "two"),
    nodeJob("other image", "one", { plan: planOf(2) }),
    nodeJob("no groups", "one", { profile: alone }),
    nodeJob("has some", "one", { history: { distrusted: [], endState: "bootloader" } }),
    nodeJob("hears nothing", "one"),
  ];
  const channel = {
    identifier: { id: 0x7FF, extended: false },
    frameBytes: 7,
    send: () => EMPTY,
  };
  const openGroup: FleetRun["openGroup"] & object = ({ name }) =>
    name === "hears nothing"
      ? undefined
      : { kind: "classic", channel, newKey: () => Uint8Array.of(1, 2, 3, 4) };
  for (const repair of [{}, { groupRepair: "plain" }] as Partial<FleetRun>[]) {
    const { contexts } = run(nodes, { openGroup, ...repair });
    deepStrictEqual(
      [...contexts].flatMap(([name, { group }]) => group === undefined ? [] : [[name, group.name]]),
      [["a", "a"], ["b", "b"]],
    );
    const [a, b] = ["a", "b"].map((name) => contexts.get(name)!.group!.transfers);
    strictEqual(a, b);
    strictEqual(a!.length, 1);
    strictEqual(a![0]!.opening.region.address, 0x0800_8000);
  }
  ok([...run(nodes).contexts.values()].every(({ group }) => group === undefined));
});

Deno.test("withEveryNode() hands each event to its journal, with its time", () => {
  const written: string[] = [];
  const { events } = run([nodeJob("a", "one")], {
    journal: {
      append: (some) => {
        written.push(...some.map(({ type, atMs }) => `${type} ${atMs}`));
        return EMPTY;
      },
    },
  });
  deepStrictEqual(written, events.map(({ type, atMs }) => `${type} ${atMs}`));
  strictEqual(written[0], "runStarted 0");
  strictEqual(written.length, 3);
});

/** A recorder over a journal that answers as it is told, and what became of it. */
function recorderOver(append: (count: number) => Observable<void>) {
  const clock = new VirtualClock();
  let count = 0;
  const recorder = new EventRecorder({ append: () => append(++count) }, clock);
  const told: string[] = [];
  recorder.failed$.subscribe({
    next: ({ code }) => told.push(`failed: ${code}`),
    complete: () => told.push("no more"),
  });
  const source = new Subject<FleetEvent>();
  source.pipe(recorder.record()).subscribe();
  return {
    told,
    clock,
    recorder,
    countOf: () => count,
    write: () => source.next({ type: "runFinished", atMs: 0 }),
    settle: (name: string) =>
      recorder.settled().subscribe({ complete: () => told.push(`${name} at ${clock.now()}`) }),
  };
}

Deno.test("EventRecorder is settled once the last event is safe", () => {
  const ends: Subject<void>[] = [];
  const lab = recorderOver(() => {
    const end = new Subject<void>();
    ends.push(end);
    return end;
  });
  lab.settle("nothing");
  lab.write();
  lab.write();
  lab.settle("both");
  ends[0]!.complete();
  lab.clock.run({ untilMs: 100 });
  deepStrictEqual(lab.told, ["nothing at 0"]);
  ends[1]!.complete();
  deepStrictEqual(lab.told, ["nothing at 0", "both at 100"]);
  strictEqual(lab.recorder.hasFailed, false);
});

Deno.test("EventRecorder that failed says so once, settles, and hands nothing more over", () => {
  const first = new Subject<void>();
  const lab = recorderOver((count) => count === 1 ? first : NEVER);
  lab.write();
  lab.settle("first");
  first.error(new JournalStalledError());
  strictEqual(lab.recorder.hasFailed, true);
  deepStrictEqual(lab.told, ["first at 0"], "what is behind in the stream comes first");
  lab.clock.run({ untilMs: 1 });
  strictEqual(lab.told.length, 3);
  deepStrictEqual(lab.told.slice(1), ["failed: JOURNAL_STALLED", "no more"]);
  lab.write();
  lab.settle("later");
  strictEqual(lab.countOf(), 1);
  strictEqual(lab.told.at(-1), "later at 1");
});

Deno.test("EventRecorder does not wait longer than 30 s for a journal that hangs", () => {
  const lab = recorderOver(() => NEVER);
  lab.write();
  lab.settle("stalled");
  lab.clock.run({ untilMs: 29_999 });
  deepStrictEqual(lab.told, []);
  lab.clock.run({ untilMs: 31_000 });
  deepStrictEqual(lab.told.toSorted(), ["failed: JOURNAL_STALLED", "no more", "stalled at 30000"]);
  lab.settle("what comes then");
  strictEqual(lab.told.at(-1), "what comes then at 31000");
});
