/** What a run makes of its buses: when they are told, how long they are waited for, whom they keep. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  BehaviorSubject,
  catchError,
  concat,
  defer,
  EMPTY,
  endWith,
  ignoreElements,
  map,
  NEVER,
  type Observable,
  of,
  throwError,
  timer,
} from "rxjs";
import { bytesToHex, defined, VirtualClock } from "../../../src/core/mod.ts";
import {
  type BusState,
  type FleetEvent,
  type FleetNodeJob,
  type FleetRun,
  withEveryNode,
} from "../../../src/fleet/mod.ts";
import { JournalStalledError } from "../../../src/fleet/event_recorder.ts";
import { UdsTimeoutError } from "../../../src/uds/mod.ts";
import {
  buildProfile,
  type NodeConnection,
  type NodeContext,
  type NodeEvent,
  type UpdateProfile,
} from "../../../src/update/mod.ts";
import { ISO14229_PROFILE, ISO14229_TEXT } from "../../../src/update/profiles/iso14229.ts";

const DONE: NodeEvent = { type: "nodeDone", upToDate: true };

function nodeJob(name: string, profile: Partial<UpdateProfile> = {}): FleetNodeJob {
  const job = { profile: { ...ISO14229_PROFILE, ...profile } };
  return { name, bus: "body", device: "", image: "app", job } as unknown as FleetNodeJob;
}

function timed(timing: Partial<UpdateProfile["timing"]>): Partial<UpdateProfile> {
  return { timing: { ...ISO14229_PROFILE.timing, ...timing } };
}

/** One node, or what it is given, at its place in the list. */
type Talk = (context: NodeContext, index: number, clock: VirtualClock) => Observable<NodeEvent>;

/** Runs nodes that do what `talk` says on one bus, and writes down what became of it, with times. */
function run(nodes: readonly FleetNodeJob[], talk: Talk, more: {
  readonly client?: object;
  readonly options?: Partial<FleetRun>;
  readonly stopAtMs?: number;
} = {}) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const events: FleetEvent[] = [];
  const state$ = new BehaviorSubject<BusState>("errorActive");
  if (more.stopAtMs !== undefined) clock.schedule(() => state$.next("stopped"), more.stopAtMs);
  let index = 0;
  withEveryNode({
    nodes,
    buses: [{
      name: "body",
      hasFunctional: true,
      state$,
      sendFunctional: (request) =>
        defer(() => {
          told.push(`${bytesToHex(request)} at ${clock.now()}`);
          return EMPTY;
        }),
      keepAlive: (s3Ms) =>
        defer(() => {
          told.push(`kept alive within ${s3Ms}`);
          return NEVER;
        }),
    }],
    clock,
    connect: () =>
      ({ client: more.client ?? {}, setPriority: () => {}, close: () => {} }) as NodeConnection,
    cancellation: { requested: false, requested$: NEVER },
    ...more.options,
  }, (context) => {
    const own = index++;
    return defer(() => {
      told.push(`${nodes[own]!.name} begins at ${clock.now()}`);
      return talk(context, own, clock);
    });
  }).subscribe({
    next: (event) => events.push(event),
    complete: () => told.push("over"),
  });
  clock.run({ untilMs: 200_000 });
  return { told, events };
}

/** A node that is done after a while. */
const doneAfter = (ms: number): Talk => (_context, _index, clock) =>
  timer(ms, clock).pipe(map(() => DONE));

Deno.test("withEveryNode() tells a bus before its nodes begin and once they have ended, each once", () => {
  const { told } = run([nodeJob("a"), nodeJob("b")], doneAfter(1000));
  deepStrictEqual(told, [
    "10 83 at 0",
    "85 82 at 0",
    "28 83 01 at 0",
    "a begins at 20",
    "b begins at 20",
    "kept alive within 5000",
    "28 80 01 at 1020",
    "85 81 at 1020",
    "10 81 at 1020",
    "over",
  ]);
});

Deno.test("withEveryNode() leaves nodes the time to answer a functional request that has an answer", () => {
  const beginOf = (request: string, p2Ms: number): string | undefined => {
    const { profile, problems } = buildProfile("own", { ...ISO14229_TEXT, before: [request] });
    deepStrictEqual(problems, []);
    const { before } = profile!;
    return run([nodeJob("a", { before, ...timed({ p2Ms }) })], doneAfter(10)).told
      .find((line) => line.startsWith("a "));
  };
  strictEqual(beginOf("10 03", 70), "a begins at 70");
  strictEqual(beginOf("10 03", 5), "a begins at 20");
  strictEqual(beginOf("10 83", 70), "a begins at 20");
});

Deno.test("withEveryNode() keeps a bus alive for those alone who are kept so, by their own S3", () => {
  const keptOf = (...profiles: readonly Partial<UpdateProfile>[]): readonly string[] =>
    run(profiles.map((profile, i) => nodeJob(`${i}`, profile)), doneAfter(10)).told
      .filter((line) => line.startsWith("kept"));
  const [physical, none] = (["physical", "none"] as const).map((keepAlive) => ({
    keepAlive,
    ...timed({ s3Ms: 900 }),
  }));
  deepStrictEqual(keptOf({}, physical!, none!), ["kept alive within 5000"]);
  deepStrictEqual(keptOf({ keepAlive: "functional" }), ["kept alive within 5000"]);
  deepStrictEqual(keptOf(physical!, none!), []);
});

Deno.test("withEveryNode() holds all its nodes until the last of them is held, or has ended", () => {
  /** When each node could go on that is held, or ends, after so many ms. */
  const goneOnAfter = (...comes: readonly (readonly [number, "held" | "ends"])[]) => {
    const after: Record<string, number> = {};
    run(comes.map((_, i) => nodeJob(`${i}`)), ({ hold$ }, index, clock) => {
      const [ms, what] = comes[index]!;
      const startMs = clock.now();
      return concat(
        timer(ms, clock).pipe(ignoreElements()),
        what === "held" ? hold$ : EMPTY,
        defer(() => {
          if (what === "held") after[index] = clock.now() - startMs;
          return of(DONE);
        }),
      );
    });
    return after;
  };
  deepStrictEqual(goneOnAfter([0, "held"], [100, "held"]), { 0: 100, 1: 100 });
  deepStrictEqual(goneOnAfter([0, "held"], [100, "ends"]), { 0: 100 });
  deepStrictEqual(goneOnAfter([0, "held"], [1000, "held"]), { 0: 300, 1: 1000 });
});

Deno.test("withEveryNode() lets nodes wait for their bus as long as the most patient, or as told", () => {
  /** When a node gave its bus up that was stopped at 500 ms. */
  const gaveUpMs = (busWaitsMs: readonly (number | undefined)[], toldMs?: number): number => {
    const nodes = busWaitsMs.map((busWaitMs, i) =>
      nodeJob(`${i}`, busWaitMs === undefined ? {} : timed({ busWaitMs }))
    );
    const talk: Talk = ({ bus }, _index, clock) =>
      concat(
        timer(1000, clock).pipe(ignoreElements()),
        bus!.back().pipe(catchError(({ code }) => of({ ...DONE, code, atMs: clock.now() }))),
      );
    const { events } = run(nodes, talk, {
      stopAtMs: 500,
      options: defined({ busWaitMs: toldMs }),
    });
    const [first] = events.filter(({ type }) => type === "nodeDone");
    strictEqual((first as { code?: string }).code, "BUS_AWAY");
    return first!.atMs;
  };
  strictEqual(gaveUpMs([5000, 8000, 3000]), 8500);
  strictEqual(gaveUpMs([5000, undefined]), 60_500);
  strictEqual(gaveUpMs([5000, 8000], 2000), 2500);
});

Deno.test("withEveryNode() blames a node's silence on its bus where that was away", () => {
  const silence = new UdsTimeoutError(Uint8Array.of(0x10, 2), {
    wait: "P2",
    waitedMs: 50,
    responsePendingCount: 0,
  });
  const errorOn = (buses: Partial<FleetRun>): string => {
    let found = "";
    run([nodeJob("a")], ({ connection }, _index, clock) =>
      concat(
        timer(1000, clock).pipe(ignoreElements()),
        connection.client.exchange(Uint8Array.of(0x10, 2)).pipe(
          catchError((error) => {
            found = error.code;
            return of(DONE);
          }),
          ignoreElements(),
          endWith(DONE),
        ),
      ), {
      client: { exchange: () => throwError(() => silence) },
      stopAtMs: 500,
      options: { busWaitMs: 100, ...buses },
    });
    return found;
  };
  strictEqual(errorOn({}), "BUS_AWAY");
  strictEqual(errorOn({ buses: [] }), "UDS_TIMEOUT", "nobody knows how its bus is");
});

Deno.test("withEveryNode() says why its journal failed, and stops its nodes", () => {
  const { events } = run([nodeJob("a")], ({ cancellation }, _index, clock) =>
    concat(
      timer(1000, clock).pipe(ignoreElements()),
      defer(() => of(cancellation.requested ? { ...DONE, upToDate: false } : DONE)),
    ), {
    options: { journal: { append: () => throwError(() => new JournalStalledError()) } },
  });
  deepStrictEqual(events.map(({ type }) => type), [
    "runStarted",
    "journalFailed",
    "nodeDone",
    "runFinished",
  ]);
  const [, failed, done] = events as [
    unknown,
    { error?: { code: string } },
    { upToDate?: boolean },
  ];
  strictEqual(failed.error?.code, "JOURNAL_STALLED");
  strictEqual(done.upToDate, false);
});

Deno.test("withEveryNode() lets the nodes of a bus share its erases, and stops watching it at the end", () => {
  const state$ = new BehaviorSubject<BusState>("errorActive");
  const mute = {
    hasFunctional: false,
    state$,
    sendFunctional: () => EMPTY,
    keepAlive: () => NEVER,
  };
  const buses = [{ name: "body", erasesMax: 1, ...mute }, { name: "wide", ...mute }];
  const nodes = [nodeJob("a"), nodeJob("b"), { ...nodeJob("c"), bus: "wide" }];
  const turns: unknown[] = [];
  let isWatched = false;
  run(nodes, ({ eraseTurns }) => {
    turns.push(eraseTurns);
    isWatched = state$.observed;
    return of(DONE);
  }, { options: { buses } });
  strictEqual(turns[0], turns[1]);
  deepStrictEqual(turns.map((own) => own !== undefined), [true, true, false]);
  deepStrictEqual([isWatched, state$.observed], [true, false]);
});

Deno.test("withEveryNode() tells a bus nothing before all are asked where one release is signed", () => {
  const signed = nodeJob("a");
  const release = { sequenceNumber: 6, allowDowngrade: false };
  const nodes = [{ ...signed, job: { ...signed.job, release } }, nodeJob("b")];
  const { told } = run(
    nodes as readonly FleetNodeJob[],
    ({ begin$ }, _index, clock) =>
      concat(timer(10, clock).pipe(ignoreElements()), begin$, of(DONE)),
  );
  deepStrictEqual(told.slice(0, 2).toSorted(), ["a begins at 0", "b begins at 0"]);
  deepStrictEqual(told.filter((line) => line.startsWith("10 83")), ["10 83 at 10"]);
});

Deno.test("withEveryNode() begins by naming its nodes, and closes the way to each that has ended", () => {
  const closed: string[] = [];
  const nodes = [nodeJob("a"), nodeJob("b")];
  const { events } = run(nodes, doneAfter(10), {
    options: {
      connect: ({ name }) =>
        ({ client: {}, setPriority: () => {}, close: () => closed.push(name) }) as never,
    },
  });
  deepStrictEqual(events[0], {
    type: "runStarted",
    atMs: 0,
    nodes: ["a", "b"].map((name) => ({ name, bus: "body", device: "", image: "app" })),
  });
  deepStrictEqual(closed, ["a", "b"]);
});

Deno.test("withEveryNode() says that a stop was asked for, and lets its nodes know", () => {
  const asked: boolean[] = [];
  const requested$ = new BehaviorSubject<void>(undefined);
  const { events } = run([nodeJob("a")], ({ cancellation }, _index, clock) => {
    asked.push(cancellation.requested);
    return timer(10, clock).pipe(map(() => DONE));
  }, { options: { cancellation: { requested: true, requested$ } } });
  deepStrictEqual(events.map(({ type }) => type), [
    "runStarted",
    "cancelRequested",
    "nodeDone",
    "runFinished",
  ]);
  run([nodeJob("a")], ({ cancellation }) => {
    asked.push(cancellation.requested);
    return of(DONE);
  });
  deepStrictEqual(asked, [true, false]);
});

Deno.test("withEveryNode() waits for no bus that there is nothing to be told on", () => {
  const { told } = run([nodeJob("a", { before: [], after: [] })], doneAfter(10));
  strictEqual(told[0], "a begins at 0");
});
