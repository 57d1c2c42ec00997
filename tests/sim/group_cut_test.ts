/** A group's run that is cut at each of its events: what the wire carries from there on. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { catchError, EMPTY, type Observable, ReplaySubject, take, tap } from "rxjs";
import { bytesToHex, type VirtualClock } from "../../src/core/mod.ts";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import { GROUP_ID, type GroupBenchOptions, runGroupBench } from "../support/group_bench.ts";
import { dearTest } from "../support/dear.ts";

/** Three nodes, of which one loses frames: blocks are missing, asked for and sent again. */
const BENCH: GroupBenchOptions = {
  bus: "classic",
  imageBytes: 12_000,
  nodes: [{}, {}, { faults: { lossRatio: 0.003 } }],
};
const FUNCTIONAL_ID = 0x7DF;
const NODE_ID = 0x640;
const TESTER_IDS: readonly number[] = [NODE_ID, 0x641, 0x642, GROUP_ID, FUNCTIONAL_ID];

/** What the controller has taken before is sent still: two frames. */
const IN_CONTROLLER_MS = 0.5;

/** A message that the tester begins: to whom, and its service with what follows. */
interface Begun {
  readonly id: number;
  readonly request: string;
}

/** What the tester begins to say once the event of a number was told, and how the run ends. */
function behind(
  atEvent: number,
  consume: (events$: Observable<FleetEvent>) => Observable<FleetEvent>,
  options: Partial<GroupBenchOptions> = {},
): { readonly begun: readonly Begun[]; readonly events: readonly FleetEvent[] } {
  const begun: Begun[] = [];
  let heardCount = 0;
  let clock: VirtualClock | undefined;
  let cutMs = Infinity;
  const { events } = runGroupBench({
    ...BENCH,
    ...options,
    consume: (events$) =>
      consume(events$.pipe(tap(() => {
        if (++heardCount === atEvent) cutMs = clock!.now();
      }))),
    prepare: (parts) => clock = parts.clock,
    onWire: ({ startMs, frame: { id, data } }) => {
      const [pci = 0xFF] = data;
      const isBehind = startMs > cutMs + IN_CONTROLLER_MS;
      // Single frames, and first frames.
      if (!isBehind || !TESTER_IDS.includes(id) || pci >= 0x20) return;
      begun.push({ id, request: bytesToHex(data.subarray(pci < 0x10 ? 1 : 2, 6)) });
    },
  });
  ok(cutMs < Infinity, `there is an event ${atEvent}`);
  return { begun, events };
}

const { events: EVENTS, left: LEFT } = runGroupBench(BENCH);

Deno.test("group: the run that is cut at each event sends blocks to all, and to one that left", () => {
  deepStrictEqual([...LEFT.keys()], ["n2"]);
  const { begun } = behind(1, (events$) => events$);
  for (const id of [GROUP_ID, NODE_ID + 2]) {
    ok(begun.some((one) => one.id === id && /^3[6D] /.test(one.request)), `blocks to ${id}`);
  }
});

Deno.test("group: a consumer that has enough at any event leaves no later message on the wire", () => {
  EVENTS.forEach(({ type }, i) => {
    const { begun } = behind(i + 1, (events$) => events$.pipe(take(i + 1)));
    deepStrictEqual(begun, [], `enough at event ${i}, ${type}`);
  });
});

dearTest("group: a consumer that throws at any event leaves no later message on the wire", () => {
  EVENTS.forEach(({ type }, i) => {
    let count = 0;
    const { begun } = behind(i + 1, (events$) =>
      events$.pipe(
        tap(() => {
          if (++count === i + 1) throw new Error("the consumer fails");
        }),
        catchError(() => EMPTY),
      ));
    deepStrictEqual(begun, [], `thrown at event ${i}, ${type}`);
  });
});

/** Whether these events tell that a node's segment came to a phase. */
function reached(events: readonly FleetEvent[], node: number, phase: string): boolean {
  return events.some((event) =>
    event.type === "segmentPhase" && event.node === `n${node}` && event.phase === phase
  );
}

Deno.test("group: a run that is stopped at any event sends no block more, and erases nothing more", () => {
  EVENTS.forEach(({ type }, i) => {
    const requested$ = new ReplaySubject<void>(1);
    const cancellation = { requested: false, requested$ };
    let count = 0;
    const { begun, events } = behind(i + 1, (events$) =>
      events$.pipe(tap(() => {
        if (++count !== i + 1) return;
        cancellation.requested = true;
        requested$.next();
      })), { cancellation });
    const at = `stopped at event ${i}, ${type}`;
    deepStrictEqual(begun.filter(({ request }) => /^3[46D]/.test(request)), [], at);
    for (const { id, request } of begun) {
      const node = id - NODE_ID;
      // What was asked for before the stop may only come onto the wire now.
      if (request.startsWith("31 01 FF 00")) ok(reached(EVENTS.slice(0, i), node, "erasing"), at);
      // An open group tells whether the node is erased, also where that answer was lost.
      if (request.startsWith("31 01 47 52")) {
        ok(reached(EVENTS.slice(0, i + 1), node, "erasing"), at);
      }
      if (request.startsWith("11 01")) ok(reached(events, node, "verified"), at);
    }
    strictEqual(events.at(-1)!.type, "runFinished", at);
    const ends = events.filter((event) => /^node(Done|Cancelled)$/.test(event.type));
    strictEqual(ends.length, 3, at);
  });
});
