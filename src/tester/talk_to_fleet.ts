import { defer, finalize, type Observable } from "rxjs";
import type { CanPort } from "../can/mod.ts";
import { type Clock, defined } from "../core/mod.ts";
import {
  type EventJournal,
  type Fleet,
  type FleetEvent,
  type FleetFileNode,
  type FleetNodeJob,
  withEveryNode,
} from "../fleet/mod.ts";
import type { KeySource } from "../uds/mod.ts";
import type { Credentials } from "../uds/mod.ts";
import type { Cancellation, NodeConnection, NodeContext, NodeEvent } from "../update/mod.ts";
import { Tester } from "./tester.ts";

/** A bus on which nodes are talked to. */
export interface TesterBus {
  /** Hot; emits nothing and errors once when the bus is gone for good; absent where it cannot be. */
  readonly lost$?: Observable<never>;
  /**
   * Joins a controller to the bus.
   *
   * @param label Its name, for people.
   * @returns Its port; it is closed at the end of the conversation.
   */
  attach(label: string): CanPort;
}

/** What opens a node. */
export interface NodeKeys {
  /** Keys for its SecurityAccess. */
  readonly keySource?: KeySource;
  /** Who canvoy is to it. */
  readonly credentials?: Credentials;
}

/** Everything decided before the first frame of a conversation with a fleet. */
export interface FleetConversation {
  /** The fleet. */
  readonly fleet: Fleet;
  /** The nodes that are meant. */
  readonly nodes: readonly FleetFileNode[];
  /** What is to be done to each of them. */
  readonly jobs: readonly FleetNodeJob[];
  /** The fleet's buses, by name; those without a node that is meant are left alone. */
  readonly buses: ReadonlyMap<string, TesterBus>;
  /** The time it lives in. */
  readonly clock: Clock;
  /** The operator's wish to stop. */
  readonly cancellation: Cancellation;
  /** What opens a node. */
  readonly keysFor: (node: FleetFileNode) => NodeKeys;
  /** Makes the key of a group download; absent: every node is updated by itself. */
  readonly newGroupKey?: () => Uint8Array;
  /** Where events are written down, before what they announce is done; nowhere when absent. */
  readonly journal?: EventJournal;
  /** How long nodes wait for a bus that is away, in ms; by default as long as their profiles say. */
  readonly busWaitMs?: number;
}

/**
 * Holds one conversation with every node of a fleet at once.
 *
 * Cold; emits events as `runFleet` promises them; the buses' ports are closed when it completes,
 * errors or is unsubscribed.
 *
 * @param parts The fleet, and how it is reached.
 * @param talk One node's conversation: `updateNode`, `verifyNode`, `surveyNode`.
 * @returns The fleet's events.
 */
export function talkToFleet(
  parts: FleetConversation,
  talk: (context: NodeContext) => Observable<NodeEvent>,
): Observable<FleetEvent> {
  return defer(() => {
    const { clock, cancellation, jobs, journal, newGroupKey, busWaitMs } = parts;
    const testers = createTesters(parts);
    const nodes = new Map(parts.nodes.map((node) => [node.name, node]));
    return withEveryNode({
      nodes: jobs,
      buses: [...testers.values()],
      clock,
      cancellation,
      connect: ({ name }) => connect(testers, nodes.get(name)!, parts.keysFor),
      ...defined({ journal, busWaitMs }),
      ...(newGroupKey === undefined ? {} : {
        openGroup: ({ name, bus }: FleetNodeJob) =>
          testers.get(bus)!.openGroup(nodes.get(name)!.frameFormat, newGroupKey),
      }),
    }, talk).pipe(finalize(() => {
      for (const tester of testers.values()) tester.close();
    }));
  });
}

function createTesters(parts: FleetConversation): ReadonlyMap<string, Tester> {
  const testers = new Map<string, Tester>();
  for (const [name, bus] of parts.buses) {
    const node = parts.nodes.find((candidate) => candidate.bus === name);
    if (node === undefined) continue;
    const { functional, group, erasesMax } = parts.fleet.buses.get(name)!;
    const { lost$ } = bus;
    testers.set(
      name,
      new Tester({
        name,
        port: bus.attach("tester"),
        clock: parts.clock,
        format: node.frameFormat,
        ...defined({ functional }),
        groupIdentifier: group,
        ...defined({ erasesMax }),
        ...(lost$ === undefined ? {} : { lost$ }),
      }),
    );
  }
  return testers;
}

function connect(
  testers: ReadonlyMap<string, Tester>,
  node: FleetFileNode,
  keysFor: FleetConversation["keysFor"],
): NodeConnection {
  return testers.get(node.bus)!.connect({
    addressing: node.addressing,
    ...defined({ bootloaderAddressing: node.bootloaderAddressing }),
    format: node.frameFormat,
    timing: node.profile.timing,
    session: { keepAlive: node.profile.keepAlive, s3Ms: node.profile.timing.s3Ms },
    isPrompt: node.profile.group !== undefined,
    ...keysFor(node),
  });
}
