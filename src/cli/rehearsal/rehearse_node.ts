import { NEVER } from "rxjs";
import type { CandumpRecord } from "../../can/mod.ts";
import { equalBytes, VirtualClock } from "../../core/mod.ts";
import type { Fleet, FleetEvent, FleetFileNode, FleetNodeJob } from "../../fleet/mod.ts";
import type { FirmwareImage } from "../../image/mod.ts";
import { resolveAddressing } from "../../isotp/mod.ts";
import { type BusFaults, VirtualBus, type VirtualFlash } from "../../sim/mod.ts";
import { keySourceForLevels, plainKeySource, talkToFleet } from "../../tester/mod.ts";
import { readConversations } from "../../trace/mod.ts";
import type { Credentials } from "../../uds/mod.ts";
import {
  type ProfileRequest,
  ProfileRequestFinder,
  type ProfileRoom,
  updateNode,
} from "../../update/mod.ts";
import { createVirtualNodes } from "../../virtual/mod.ts";
import { type RecordedExchange, recordingClient } from "./recording_client.ts";

/** One node, what is to be done to it, and where the rest comes from. */
export interface RehearsedNode {
  /** Its fleet. */
  readonly fleet: Fleet;
  /** The node. */
  readonly node: FleetFileNode;
  /** Its job. */
  readonly job: FleetNodeJob;
  /** Gives an image by its name. */
  readonly image: (name: string) => FirmwareImage;
  /** Who canvoy is to it, where its profile asks for that. */
  readonly credentials?: Credentials | undefined;
  /** What chance is drawn from. */
  readonly seed: number;
  /** What goes wrong on the bus; nothing by default. */
  readonly faults?: BusFaults;
  /** After so many operations the node's flash loses power once; never by default. */
  readonly powerLossAtOperation?: number | undefined;
}

/** A request of a rehearsed conversation. */
export interface RehearsedRequest extends Partial<RecordedExchange> {
  /** When it began to go out, in ms. */
  readonly atMs: number;
  /** The request. */
  readonly request: Uint8Array;
  /** Whether it goes to all nodes of the bus. */
  readonly isFunctional: boolean;
  /** In which part of the conversation. */
  readonly room: ProfileRoom;
  /** What of the profile has it sent; absent: canvoy sends it by itself. */
  readonly source?: ProfileRequest;
  /** Which segment it is about, from 0; absent where it is about none. */
  readonly segment?: number;
}

/** What a rehearsal came to. */
export interface Rehearsal {
  /** Every request, in order; what only keeps the session is not among them. */
  readonly requests: readonly RehearsedRequest[];
  /** The fleet's events, with the node's. */
  readonly events: readonly FleetEvent[];
  /** Whether the node's flash holds the whole image at the end, whatever it said of it. */
  readonly holdsImage: boolean;
  /** When it was over, in ms. */
  readonly endMs: number;
}

/** No conversation of one node is as long, in ms: a node that never ends must not hold canvoy. */
const REHEARSAL_MS_MAX = 24 * 3_600_000;
/** Between two looks whether it is over. */
const ACTIONS_AT_ONCE = 2_000;
/** A key that any virtual node and canvoy agree on: no key file or program is needed. */
const REHEARSED_KEY = { kind: "xor", mask: Uint8Array.of(0xA5, 0x5A) } as const;
/** First byte of TesterPresent. */
const TESTER_PRESENT = 0x3E;

/**
 * Plays one node's update in virtual time: `flash` itself, against a virtual node that speaks the
 * same profile and holds nothing yet. Nothing of it leaves the process.
 *
 * @param parts The node.
 * @returns Every request of it, and the events.
 */
export function rehearseNode(parts: RehearsedNode): Rehearsal {
  const { fleet, job, seed } = parts;
  const clock = new VirtualClock();
  const bus = busOf(parts, clock);
  const frames: CandumpRecord[] = [];
  bus.onWire = ({ intact, frame, atMs }) => {
    if (intact) frames.push({ atMs, interfaceName: bus.name, frame });
  };
  const played = asPlayed(parts);
  const nodes = createVirtualNodes({ ...fleet, nodes: [played] }, {
    buses: new Map([[bus.name, bus]]),
    clock,
    seed,
    image: parts.image,
    jobs: [job],
  });
  for (const virtual of nodes.values()) virtual.powerOn();
  const keySource = keySourceForLevels(played.security, plainKeySource);
  const events: FleetEvent[] = [];
  const recorder = new Recorder(job);
  let isOver = false;
  let failure: unknown;
  const talk = talkToFleet({
    fleet,
    nodes: [played],
    jobs: [job],
    buses: new Map([[bus.name, bus]]),
    clock,
    cancellation: { requested: false, requested$: NEVER },
    keysFor: () => ({
      ...(keySource === undefined ? {} : { keySource }),
      ...(parts.credentials === undefined ? {} : { credentials: parts.credentials }),
    }),
  }, (context) => {
    const { connection } = context;
    const client = recordingClient(connection.client, clock, (one) => recorder.asked(one));
    return updateNode({ ...context, connection: { ...connection, client } });
  }).subscribe({
    next: (event) => {
      events.push(event);
      recorder.told(event);
    },
    error: (error: unknown) => {
      failure = error;
      isOver = true;
    },
    complete: () => isOver = true,
  });
  while (!isOver && clock.now() < REHEARSAL_MS_MAX && clock.pendingCount > 0) {
    clock.run({ actionsMax: ACTIONS_AT_ONCE, untilMs: REHEARSAL_MS_MAX });
  }
  talk.unsubscribe();
  if (failure !== undefined) throw failure;
  const holdsImage = [...nodes.values()].every(({ flash }) => holds(flash, job));
  const requests = recorder.withFunctional(functionalRequests(parts, frames));
  return { requests, events, holdsImage, endMs: events.at(-1)?.atMs ?? 0 };
}

/** Whether a flash reads as the image: with two banks in the one that runs, or in the other. */
function holds(flash: VirtualFlash, { job: { plan, inactivePlan } }: FleetNodeJob): boolean {
  return [plan, ...(inactivePlan === undefined ? [] : [inactivePlan])].some(({ segments }) =>
    segments.every(({ write: { start, data } }) => {
      const read = flash.read(start, data.length);
      return read !== undefined && equalBytes(read, data);
    })
  );
}

function busOf({ fleet, node, seed, faults = {} }: RehearsedNode, clock: VirtualClock): VirtualBus {
  const { bitRates } = fleet.buses.get(node.bus)!;
  return new VirtualBus({ name: node.bus, bitRates, clock, seed, faults });
}

/** Without the faults that the fleet file gives its virtual nodes, and with a key of its own. */
function asPlayed({ node, powerLossAtOperation }: RehearsedNode): FleetFileNode {
  const { authority } = node.sim;
  const behaviour = powerLossAtOperation === undefined ? {} : { powerLossAtOperation };
  return {
    ...node,
    security: node.security.map(({ level }) => ({ level, key: REHEARSED_KEY })),
    sim: { behaviour, ...(authority === undefined ? {} : { authority }) },
  };
}

/** What went to all nodes of the bus, but what keeps their sessions. */
function functionalRequests(
  { fleet, node }: RehearsedNode,
  frames: readonly CandumpRecord[],
): readonly { readonly atMs: number; readonly request: Uint8Array }[] {
  const { functional } = fleet.buses.get(node.bus)!;
  if (functional === undefined) return [];
  const { tx, txPrefix } = resolveAddressing(functional);
  const pair = {
    name: "all",
    request: tx,
    ...(txPrefix === undefined ? {} : { requestPrefix: txPrefix }),
  };
  return [...readConversations(frames, [pair]).values()].flatMap(({ exchanges }) =>
    exchanges.map(({ request: { startMs, data } }) => ({ atMs: startMs, request: data }))
  ).filter(({ request }) => request[0] !== TESTER_PRESENT);
}

/** Brings each request together with what the node's events say of the moment. */
class Recorder {
  readonly #finder: ProfileRequestFinder;
  readonly #functionalFinder: ProfileRequestFinder;
  readonly #requests: { readonly exchange: RecordedExchange; readonly at: Moment }[] = [];
  #at: Moment = { room: "identity" };

  constructor({ job: { profile } }: FleetNodeJob) {
    this.#finder = new ProfileRequestFinder(profile);
    this.#functionalFinder = new ProfileRequestFinder(profile);
  }

  told(event: FleetEvent): void {
    if (event.type === "segmentPhase") {
      const { segment, phase } = event;
      this.#at = { room: "write", ...(SURVEYING.has(phase) ? {} : { segment }) };
    }
    if (event.type !== "nodePhase") return;
    const room = ROOMS[event.phase];
    if (room !== undefined) this.#at = { room };
  }

  asked(exchange: RecordedExchange): void {
    this.#requests.push({ exchange, at: this.#at });
  }

  withFunctional(
    functional: readonly { readonly atMs: number; readonly request: Uint8Array }[],
  ): readonly RehearsedRequest[] {
    const firstMs = this.#requests[0]?.exchange.atMs ?? Infinity;
    const toAll = functional.map(({ atMs, request }): RehearsedRequest => {
      const room = atMs < firstMs ? "before" : "after";
      const source = this.#functionalFinder.next(request, room);
      return { atMs, request, isFunctional: true, room, ...(source && { source }) };
    });
    const toNode = this.#requests.map(({ exchange, at }): RehearsedRequest => {
      const source = this.#finder.next(exchange.request, at.room);
      return { ...exchange, isFunctional: false, ...at, ...(source && { source }) };
    });
    return [...toAll, ...toNode].sort((left, right) => left.atMs - right.atMs);
  }
}

/** Phases of segments in which it is only asked what is there. */
const SURVEYING: ReadonlySet<string> = new Set(["checking", "pending", "skipped"]);

/** Where a conversation stands. */
interface Moment {
  readonly room: ProfileRoom;
  readonly segment?: number;
}

/** What a node's phases say of the requests that follow. */
const ROOMS: Readonly<Record<string, ProfileRoom>> = {
  found: "identity",
  entering: "enter",
  updating: "write",
  swapping: "finish",
  activating: "finish",
  confirming: "finish",
};
