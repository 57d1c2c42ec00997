import { defer, fromEvent, map, NEVER, type Observable, of, ReplaySubject, take } from "rxjs";
import type { Release } from "../bundle/mod.ts";
import type { CanPort } from "../can/mod.ts";
import { type CanvoyError, type Clock, defined } from "../core/mod.ts";
import type {
  EventJournal,
  Fleet,
  FleetEvent,
  FleetFileNode,
  FleetKeySource,
  NodeHistory,
} from "../fleet/mod.ts";
import { imageReader } from "./image_reader.ts";
import type { Credentials, KeySource } from "../uds/mod.ts";
import { type Cancellation, updateNode, verifyNode } from "../update/mod.ts";
import { BusLostError } from "./bus_lost_error.ts";
import { keySourceForLevels, plainKeySource } from "./key_sources.ts";
import { checkTakesFiles } from "./node_image.ts";
import { planFromFiles, planFromRelease } from "./plan_jobs.ts";
import { type FleetConversation, talkToFleet, type TesterBus } from "./talk_to_fleet.ts";

/** A bus as a program brings it: a `VirtualBus`, a `SocketcanBus`, a `TcpBusClient`, or its own. */
export interface ProgramBus {
  /** Joins a controller to the bus; its port is closed at the end. */
  attach(label: string): CanPort;
  /** Settles when the bus is gone for good, with the reason; absent where it cannot be. */
  readonly closed?: Promise<CanvoyError | undefined>;
}

/** What an update of a fleet is given. */
export interface UpdateFleetOptions {
  /** The fleet, as `readFleetFile` gave it. */
  readonly fleet: Fleet;
  /** Reads an image by its path in the fleet file, relative to that file's folder. */
  readonly readImage: (path: string) => Uint8Array;
  /** The fleet's buses, by name. */
  readonly buses: ReadonlyMap<string, ProgramBus>;
  /** The time that buses and update live in. */
  readonly clock: Clock;
  /** The nodes that are meant, as `selectNodes` gave them; all by default. */
  readonly nodes?: readonly FleetFileNode[];
  /** Asks for a safe end: no node is left in the middle of a request. */
  readonly signal?: AbortSignal;
  /** Opens key sources; only those that need no file by default. */
  readonly keySource?: (key: FleetKeySource, node: FleetFileNode) => KeySource;
  /** Who canvoy is to nodes that ask for a certificate. */
  readonly credentials?: (node: FleetFileNode) => Credentials | undefined;
  /** Four bytes that nobody foresees, for each group download; without it each node gets its own. */
  readonly newGroupKey?: () => Uint8Array;
  /** Images of a release whose signatures the program has verified, instead of the files'. */
  readonly release?: { readonly release: Release; readonly allowDowngrade?: boolean };
  /** Where events are written down, before what they announce is done. */
  readonly journal?: EventJournal;
  /** How long nodes wait for a bus that is away, in ms; by default as long as their profiles say. */
  readonly busWaitMs?: number;
  /** What earlier runs left of nodes, by name: what they may have torn is not believed. */
  readonly histories?: ReadonlyMap<string, NodeHistory>;
}

/**
 * Updates the firmware of a fleet: all nodes at once, each by itself, retrying what fails.
 *
 * All files are read and all plans are made before it returns; nothing is sent before somebody
 * subscribes. Cold; emits {@linkcode FleetEvent}s in the order that they promise, completes after
 * `runFinished`. A node's failure is an event. Unsubscribing stops in the middle; `signal` leads
 * every node to a safe place first. Ports are closed at the end.
 *
 * @param options The fleet, its images, its buses and its time.
 * @returns The fleet's events.
 * @throws {CanvoyError} If an image cannot be read or does not fit a node, or a bus is missing; then
 * nothing was sent.
 *
 * @example A virtual node in virtual time
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { VirtualClock } from "../core/mod.ts";
 * import { EMPTY_FLEET, readFleetFile, reduceFleet } from "../fleet/mod.ts";
 * import { VirtualBus } from "../sim/mod.ts";
 * import { FLEET_LOOKUPS } from "./fleet_lookups.ts";
 * import { updateFleet } from "./update_fleet.ts";
 *
 * const text = `
 * buses: { bench: { url: "virtual:bench" } }
 * images: { app: { file: app.bin, base: 0x08008000 } }
 * nodes:
 *   - name: node
 *     bus: bench
 *     request: 0x7E0
 *     response: 0x7E8
 *     device: STM32F407VG
 *     layout: { bootloader: { start: 0x08000000, size: 32K }, application: { start: 0x08008000, size: 992K } }
 *     image: app
 *     security: none
 * `;
 * const fleet = readFleetFile({ name: "fleet.yaml", text }, FLEET_LOOKUPS);
 * const clock = new VirtualClock();
 * const bus = new VirtualBus({ name: "bench", bitRates: { bitrateBps: 500_000 }, clock, seed: 1 });
 * const image = new Uint8Array(64).fill(0xFF);
 * new DataView(image.buffer).setUint32(0, 0x2002_0000, true); // initial stack pointer
 * new DataView(image.buffer).setUint32(4, 0x0800_8021, true); // reset vector
 *
 * let state = EMPTY_FLEET;
 * updateFleet({ fleet, readImage: () => image, buses: new Map([["bench", bus]]), clock })
 *   .subscribe((event) => state = reduceFleet(state, event));
 * clock.run();
 * strictEqual(state.nodes.get("node")?.phase, "failed"); // nobody lives on this bus
 * ```
 */
export function updateFleet(options: UpdateFleetOptions): Observable<FleetEvent> {
  return talkToFleet(conversation(options), updateNode);
}

/**
 * Compares a fleet with its images, as {@linkcode updateFleet} in every respect, but writes nothing:
 * nodes that hold another image fail with `VERIFY_MISMATCH`.
 *
 * @param options The fleet, its images, its buses and its time.
 * @returns The fleet's events.
 * @throws {CanvoyError} As `updateFleet`.
 */
export function verifyFleet(options: UpdateFleetOptions): Observable<FleetEvent> {
  return talkToFleet(conversation(options), verifyNode);
}

function conversation(options: UpdateFleetOptions): FleetConversation {
  const { fleet, clock, newGroupKey, journal, histories, signal, busWaitMs } = options;
  const nodes = options.nodes ?? fleet.nodes;
  const keys = new Map(nodes.map((node) => [node.name, keysOf(node, options)]));
  const jobs = planJobs(nodes, options).map((node) => {
    const history = histories?.get(node.name);
    return history === undefined ? node : { ...node, job: { ...node.job, history } };
  });
  for (const { bus } of nodes) {
    if (!options.buses.has(bus)) throw new TypeError(`Cannot reach bus "${bus}": none is given`);
  }
  return {
    fleet,
    nodes,
    jobs,
    clock,
    buses: new Map([...options.buses].map(([name, bus]) => [name, toTesterBus(name, bus)])),
    cancellation: cancellationOf(signal),
    keysFor: ({ name }) => keys.get(name)!,
    ...defined({ newGroupKey, journal, busWaitMs }),
  };
}

function planJobs(
  nodes: readonly FleetFileNode[],
  { fleet, readImage, release }: UpdateFleetOptions,
): FleetConversation["jobs"] {
  if (release !== undefined) return planFromRelease(fleet, nodes, release);
  checkTakesFiles(fleet);
  return planFromFiles(fleet, nodes, { image: imageReader(fleet, readImage) });
}

function keysOf(
  node: FleetFileNode,
  { keySource = plainKeySource, credentials }: UpdateFleetOptions,
): ReturnType<FleetConversation["keysFor"]> {
  const keys = keySourceForLevels(node.security, (key) => keySource(key, node));
  const shown = credentials?.(node);
  return {
    ...defined({ keySource: keys, credentials: shown }),
  };
}

function toTesterBus(name: string, bus: ProgramBus): TesterBus {
  const attach = (label: string): CanPort => bus.attach(label);
  if (bus.closed === undefined) return { attach };
  const lost = new ReplaySubject<never>(1);
  bus.closed.then((cause) => lost.error(cause ?? new BusLostError(name, "it was closed")));
  return { attach, lost$: lost.asObservable() };
}

function cancellationOf(signal: AbortSignal | undefined): Cancellation {
  if (signal === undefined) return { requested: false, requested$: NEVER };
  return {
    get requested(): boolean {
      return signal.aborted;
    },
    requested$: defer(() =>
      signal.aborted
        ? of(undefined)
        : fromEvent(signal, "abort").pipe(take(1), map(() => undefined))
    ),
  };
}
