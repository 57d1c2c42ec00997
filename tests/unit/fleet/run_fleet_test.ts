/** What the buses of a run are told, and when: of nodes that are refused, and of nodes that differ. */
import { deepStrictEqual, ok } from "node:assert/strict";
import {
  BehaviorSubject,
  concat,
  defer,
  EMPTY,
  ignoreElements,
  map,
  NEVER,
  type Observable,
  of,
  take,
  timer,
} from "rxjs";
import { bytesToHex, VirtualClock } from "../../../src/core/mod.ts";
import {
  type BusState,
  type FleetBus,
  type FleetNodeJob,
  withEveryNode,
} from "../../../src/fleet/mod.ts";
import { findDevice, planFlash } from "../../../src/stm32/mod.ts";
import type { NodeConnection, NodeContext, NodeEvent } from "../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import { G474, imageFor } from "../../support/host_bench.ts";

const CONNECTION = { client: {}, setPriority: () => {}, close: () => {} } as unknown;
const PLAN = planFlash({
  image: imageFor(G474, 300, 1),
  geometry: findDevice(G474.device),
  layout: G474.layout,
});

function nodeJob(name: string, bus: string, s3Ms: number, isSigned: boolean): FleetNodeJob {
  const profile = { ...ISO14229_PROFILE, timing: { ...ISO14229_PROFILE.timing, s3Ms } };
  const release = isSigned ? { release: { sequenceNumber: 6, allowDowngrade: false } } : {};
  const job = { plan: PLAN, profile, blockNumber: 1, fingerprint: new Uint8Array(4), ...release };
  return { name, bus, device: G474.device, image: "app", job } as unknown as FleetNodeJob;
}

interface Heard {
  /** What each bus was told functionally, with when. */
  readonly told: string[];
  readonly keptAliveMs: number[];
}

/** A run whose nodes do what `talk` says. */
function run(
  nodes: readonly FleetNodeJob[],
  talk: (context: NodeContext, clock: VirtualClock) => Observable<NodeEvent>,
): Heard & { readonly clock: VirtualClock } {
  const clock = new VirtualClock();
  const told: string[] = [];
  const keptAliveMs: number[] = [];
  const buses = [...new Set(nodes.map(({ bus }) => bus))].map((name): FleetBus => ({
    name,
    hasFunctional: true,
    state$: NEVER,
    sendFunctional: (request) =>
      defer(() => {
        told.push(`${name} ${bytesToHex(request)} at ${clock.now()}`);
        return EMPTY;
      }),
    keepAlive: (s3Ms) =>
      defer(() => {
        keptAliveMs.push(s3Ms);
        return NEVER;
      }),
  }));
  withEveryNode({
    nodes,
    buses,
    clock,
    connect: () => CONNECTION as NodeConnection,
    cancellation: { requested: false, requested$: NEVER },
  }, (context) => talk(context, clock)).subscribe();
  clock.run({ untilMs: 60_000 });
  return { told, keptAliveMs, clock };
}

const DONE: NodeEvent = { type: "nodeDone", upToDate: true };

Deno.test("withEveryNode() keeps all sessions of a bus alive, also those that end soonest", () => {
  const nodes = [nodeJob("a", "body", 5000, false), nodeJob("b", "body", 2000, false)];
  const { keptAliveMs } = run(nodes, (_context, clock) => timer(10, clock).pipe(map(() => DONE)));
  deepStrictEqual(keptAliveMs, [2000]);
});

/** The second node is refused; the first goes on once it may, and tells when that was. */
function runSigned(
  buses: readonly string[],
): { readonly told: readonly string[]; begunMs: number } {
  const nodes = buses.map((bus, i) => nodeJob(`${i}`, bus, 5000, true));
  let begunMs = Infinity;
  let count = 0;
  const { told } = run(nodes, (context, clock) => {
    if (count++ > 0) {
      return of({
        type: "nodeRefused",
        error: { code: "WRONG_HARDWARE", message: "Cannot update node: its hardware is another" },
      });
    }
    return concat(
      timer(10, clock).pipe(ignoreElements()),
      context.begin$,
      defer(() => {
        begunMs = clock.now();
        return of(DONE);
      }),
    );
  });
  return { told, begunMs };
}

Deno.test("withEveryNode() tells a bus nothing whose only node a signed release is not for", () => {
  const { told } = runSigned(["body", "engine"]);
  ok(told.some((one) => one.startsWith("body 10 83")));
  deepStrictEqual(told.filter((one) => one.startsWith("engine")), []);
});

Deno.test("withEveryNode() has nobody wait for a node that was refused", () => {
  const { begunMs } = runSigned(["body", "body"]);
  ok(begunMs < 10 + 300, `it began after ${begunMs} ms`);
});

Deno.test("withEveryNode() tells a bus nothing for a consumer who has enough at the first event", () => {
  const told: Uint8Array[] = [];
  const clock = new VirtualClock();
  withEveryNode({
    nodes: [nodeJob("a", "body", 5000, false)],
    buses: [{
      name: "body",
      hasFunctional: true,
      state$: NEVER,
      sendFunctional: (request) => defer(() => (told.push(request), EMPTY)),
      keepAlive: () => NEVER,
    }],
    clock,
    connect: () => CONNECTION as NodeConnection,
    cancellation: { requested: false, requested$: NEVER },
  }, () => of(DONE)).pipe(take(1)).subscribe();
  clock.run({ untilMs: 60_000 });
  deepStrictEqual(told, []);
});

Deno.test("withEveryNode() tells of a bus that is error-passive from the start, and of each change", () => {
  const statesOf = (...states: readonly BusState[]): readonly string[] => {
    const clock = new VirtualClock();
    const told: string[] = [];
    const state$ = new BehaviorSubject(states[0]!);
    const bus: FleetBus = {
      name: "body",
      hasFunctional: true,
      state$,
      sendFunctional: () => EMPTY,
      keepAlive: () => NEVER,
    };
    withEveryNode({
      nodes: [nodeJob("a", "body", 5000, false)],
      buses: [bus],
      clock,
      connect: () => CONNECTION as NodeConnection,
      cancellation: { requested: false, requested$: NEVER },
    }, () => timer(2000, clock).pipe(map(() => DONE))).subscribe((event) => {
      if (event.type === "busState") told.push(event.state);
    });
    states.slice(1).forEach((state, i) => clock.schedule(() => state$.next(state), 1000 + i));
    clock.run({ untilMs: 60_000 });
    return told;
  };
  deepStrictEqual(statesOf("errorActive"), []);
  deepStrictEqual(statesOf("errorPassive"), ["errorPassive"]);
  deepStrictEqual(statesOf("errorPassive", "errorPassive", "errorActive"), [
    "errorPassive",
    "errorActive",
  ]);
  deepStrictEqual(statesOf("errorActive", "errorPassive"), ["errorPassive"]);
});
