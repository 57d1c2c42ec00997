import {
  concat,
  concatMap,
  defer,
  distinctUntilChanged,
  EMPTY,
  filter,
  finalize,
  from,
  ignoreElements,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  ReplaySubject,
  take,
  takeUntil,
  timer,
} from "rxjs";
import { bytesToHex, type Clock, defined, Turns } from "../core/mod.ts";
import {
  BUS_WAIT_MS,
  BusWatch,
  type Cancellation,
  clientOfBus,
  functionalRequests,
  isAnswered,
  type NodeConnection,
  type NodeContext,
  type NodeEvent,
  type RepairMode,
  updateNode,
} from "../update/mod.ts";
import type { EventJournal } from "./event_journal.ts";
import { EventRecorder } from "./event_recorder.ts";
import type { BusState, FleetEvent, FleetEventBody } from "./events.ts";
import type { FleetNodeJob } from "./fleet_node_job.ts";
import { fleetGroups, type GroupAccess } from "./_fleet_groups.ts";
import { HoldBarrier } from "./hold_barrier.ts";
import { IdentityBarrier } from "./identity_barrier.ts";

/** What a run needs of one bus. */
export interface FleetBus {
  /** Its name in the fleet file. */
  readonly name: string;
  /** How many of its nodes may erase at once; all by default. */
  readonly erasesMax?: number;
  /** Whether all its nodes can be addressed at once; else each is told by itself. */
  readonly hasFunctional: boolean;
  /** Hot; the present state first. */
  readonly state$: Observable<BusState>;

  /**
   * Sends a request to all nodes; nobody waits for answers.
   *
   * @param request What fits one frame.
   * @returns Cold; emits nothing; completes when it was on the wire, or could not get there.
   */
  sendFunctional(request: Uint8Array): Observable<never>;

  /**
   * Keeps the sessions of all nodes alive by functional TesterPresent.
   *
   * @param s3Ms The nodes' session time-out.
   * @returns Cold; emits nothing; runs until unsubscribed.
   */
  keepAlive(s3Ms: number): Observable<never>;
}

/** What a run is given. */
export interface FleetRun {
  /** The nodes. */
  readonly nodes: readonly FleetNodeJob[];
  /** The buses they are on. */
  readonly buses: readonly FleetBus[];
  /** Opens the way to a node. */
  readonly connect: (node: FleetNodeJob) => NodeConnection;
  /** The time it lives in. */
  readonly clock: Clock;
  /** The operator's wish to stop. */
  readonly cancellation: Cancellation;
  /** Gives the way to all nodes like this one at once; absent: every node is updated by itself. */
  readonly openGroup?: (node: FleetNodeJob) => GroupAccess | undefined;
  /** How groups send missing blocks again; coded by default. */
  readonly groupRepair?: RepairMode;
  /** How long nodes wait for a bus that is away, in ms; by default as long as their profiles say. */
  readonly busWaitMs?: number;
  /** Where events are written down, before what they announce is done; nowhere when absent. */
  readonly journal?: EventJournal;
}

/** Nodes need a moment to act on a functional request, in ms. */
const AFTER_FUNCTIONAL_MS = 20;

/**
 * Updates a fleet: all nodes at once, each by itself.
 *
 * Cold; emits events in the order that {@linkcode FleetEvent} promises and completes after
 * `runFinished`; a node's failure is an event. The functional requests that end a job are sent
 * whatever happened before. Nodes that get a signed release are asked what they are before anything
 * else is sent; where none passes, nothing else is. Unsubscribing stops in the middle; to stop
 * safely, ask by `cancellation`. A journal that fails stops the run as `cancellation` does.
 *
 * @param run Nodes, buses, and how to reach them.
 * @returns The fleet's events.
 */
export function runFleet(run: FleetRun): Observable<FleetEvent> {
  return withEveryNode(run, updateNode);
}

/**
 * Holds one conversation with every node at once.
 *
 * @param run Nodes, buses, and how to reach them.
 * @param talk One node's conversation: a cold stream that ends with one of a node's last events.
 * @returns The fleet's events, as `runFleet` promises them.
 */
export function withEveryNode(
  run: FleetRun,
  talk: (context: NodeContext) => Observable<NodeEvent>,
): Observable<FleetEvent> {
  return defer(() => {
    // Replayed: nodes may end before those that wait for it have begun to.
    const ended = new ReplaySubject<void>(1);
    const recorder = new EventRecorder(run.journal, run.clock);
    const identityBarrier = isSigned(run)
      ? new IdentityBarrier(
        run.nodes.map(({ name }) => name),
        run.clock,
        (members) => onEveryBus(runOf(run, members), "before"),
      )
      : undefined;
    const work$ = concat(
      identityBarrier === undefined ? onEveryBus(run, "before") : EMPTY,
      merge(
        // First: nodes that are stopped before they begin end at once.
        cancelRequest(run).pipe(takeUntil(ended)),
        talkToAll(run, recorder, talk, identityBarrier).pipe(finalize(() => ended.next())),
        ...run.buses.map((bus) => keepAlive(run, bus).pipe(takeUntil(ended))),
        ...run.buses.map((bus) => stateChanges(bus).pipe(takeUntil(ended))),
        journalFailure(recorder, ended),
      ),
      defer(() =>
        onEveryBus(identityBarrier === undefined ? run : runOf(run, identityBarrier.told), "after")
      ),
    );
    return concat(
      of<FleetEventBody>({
        type: "runStarted",
        nodes: run.nodes.map(({ name, bus, device, image, job }) => ({
          ...{ name, bus, device, image },
          ...defined({ imageVersion: job.expectedVersion }),
        })),
      }),
      work$,
      of<FleetEventBody>({ type: "runFinished" }),
    ).pipe(
      map((event): FleetEvent => ({ atMs: run.clock.now(), ...event })),
      recorder.record(),
    );
  });
}

function talkToAll(
  run: FleetRun,
  recorder: EventRecorder,
  talk: (context: NodeContext) => Observable<NodeEvent>,
  identityBarrier: IdentityBarrier | undefined,
): Observable<FleetEventBody> {
  const { nodes, clock } = run;
  const cancellation = stoppedByEither(run.cancellation, recorder);
  const announced$ = recorder.settled();
  const groups = groupsOf(run);
  const eraseTurns = eraseTurnsOf(run);
  const barrier = new HoldBarrier(nodes.map((node) => node.name), clock);
  const presences = watchBuses(run);
  return from(nodes).pipe(
    mergeMap((node) => {
      const bus = presences.get(node.bus);
      const opened = run.connect(node);
      const connection = bus === undefined
        ? opened
        : { ...opened, client: clientOfBus(opened.client, bus, cancellation) };
      const hold$ = barrier.hold(node.name);
      const begin$ = identityBarrier?.pass(node.name) ?? EMPTY;
      const transfers = groups.get(node.name);
      const group = transfers === undefined ? {} : { group: { name: node.name, transfers } };
      const turns = eraseTurns.get(node.bus);
      return talk({
        job: node.job,
        connection,
        clock,
        cancellation,
        begin$,
        hold$,
        announced$,
        isToldAlone: isToldAlone(run, node),
        ...defined({ eraseTurns: turns, bus }),
        ...group,
      })
        .pipe(
          map((event): FleetEventBody => ({ node: node.name, ...event })),
          finalize(() => {
            barrier.leave(node.name);
            identityBarrier?.leave(node.name);
            opened.close();
          }),
        );
    }),
    finalize(() => presences.forEach((bus) => bus.close())),
  );
}

function watchBuses(run: FleetRun): ReadonlyMap<string, BusWatch> {
  const { buses, clock, busWaitMs } = run;
  return new Map(buses.map((bus) => {
    const waits = nodesOn(run, bus).map(({ job }) => job.profile.timing.busWaitMs ?? BUS_WAIT_MS);
    const waitMs = busWaitMs ?? Math.max(0, ...waits);
    return [bus.name, new BusWatch({ name: bus.name, state$: bus.state$, clock, waitMs })];
  }));
}

function groupsOf(run: FleetRun): ReturnType<typeof fleetGroups> {
  const { nodes, clock, openGroup, groupRepair } = run;
  if (openGroup === undefined) return new Map();
  return fleetGroups({
    nodes,
    clock,
    openGroup,
    ...defined({ repair: groupRepair }),
  });
}

/** The nodes of a bus share a supply. */
function eraseTurnsOf({ buses }: FleetRun): ReadonlyMap<string, Turns> {
  return new Map(
    buses.flatMap(({ name, erasesMax }) =>
      erasesMax === undefined ? [] : [[name, new Turns({ atOnceMax: erasesMax })] as const]
    ),
  );
}

/** Where there is no functional identifier each node is told by itself what its bus would be. */
function isToldAlone({ buses }: FleetRun, { bus }: FleetNodeJob): boolean {
  return buses.some(({ name, hasFunctional }) => name === bus && !hasFunctional);
}

/** A node that is not what a signed release is for must hear nothing but questions. */
function isSigned(run: FleetRun): boolean {
  return run.nodes.some(({ job }) => job.release !== undefined);
}

/** The part of a run that is about some of its nodes. */
function runOf(run: FleetRun, names: ReadonlySet<string>): FleetRun {
  return { ...run, nodes: run.nodes.filter(({ name }) => names.has(name)) };
}

/** The functional steps of all profiles on each bus, one after the other, each request once. */
function onEveryBus(run: FleetRun, when: "before" | "after"): Observable<never> {
  return merge(...run.buses.map((bus) => {
    const requests = new Map<string, Uint8Array>();
    let quietMs = AFTER_FUNCTIONAL_MS;
    for (const { job: { profile } } of nodesOn(run, bus)) {
      for (const request of functionalRequests(profile, when)) {
        requests.set(bytesToHex(request), request);
        // A node that still thinks about its answer drops the next question, and a twin hides so.
        if (isAnswered(request)) quietMs = Math.max(quietMs, profile.timing.p2Ms);
      }
    }
    if (requests.size === 0) return EMPTY;
    return concat(
      ...[...requests.values()].map((request) => bus.sendFunctional(request)),
      timer(quietMs, run.clock).pipe(ignoreElements()),
    );
  }));
}

function stateChanges(bus: FleetBus): Observable<FleetEventBody> {
  return bus.state$.pipe(
    distinctUntilChanged(),
    // What is as it should be need not be said at the beginning.
    filter((state, i) => i > 0 || state !== "errorActive"),
    map((state): FleetEventBody => ({ type: "busState", bus: bus.name, state })),
  );
}

function cancelRequest(run: FleetRun): Observable<FleetEventBody> {
  return run.cancellation.requested$.pipe(
    map((): FleetEventBody => ({ type: "cancelRequested" })),
  );
}

/** Told once, at the latest when every node has ended. */
function journalFailure(
  recorder: EventRecorder,
  ended$: Observable<void>,
): Observable<FleetEventBody> {
  return merge(
    recorder.failed$.pipe(takeUntil(ended$)),
    ended$.pipe(take(1), concatMap(() => recorder.hasFailed ? recorder.failed$ : EMPTY)),
  ).pipe(
    take(1),
    map((error): FleetEventBody => ({ type: "journalFailed", error })),
  );
}

/** What cannot be written down is not done: a journal that has failed stops every node. */
function stoppedByEither(cancellation: Cancellation, recorder: EventRecorder): Cancellation {
  const failed$ = recorder.failed$.pipe(map(() => undefined));
  return {
    get requested(): boolean {
      return cancellation.requested || recorder.hasFailed;
    },
    requested$: merge(cancellation.requested$, failed$).pipe(take(1)),
  };
}

/** Functional TesterPresent, where a node of the bus is kept alive by it. */
function keepAlive(run: FleetRun, bus: FleetBus): Observable<never> {
  const profiles = nodesOn(run, bus).map(({ job }) => job.profile);
  const kept = profiles.filter(({ keepAlive }) => keepAlive !== "physical" && keepAlive !== "none");
  return kept.length === 0
    ? EMPTY
    : bus.keepAlive(Math.min(...kept.map(({ timing }) => timing.s3Ms)));
}

function nodesOn(run: FleetRun, bus: FleetBus): readonly FleetNodeJob[] {
  return run.nodes.filter((node) => node.bus === bus.name);
}
