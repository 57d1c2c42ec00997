import {
  type FleetBitRates,
  type FleetFileBus,
  type FleetFileNode,
  type FleetNodeJob,
  writtenPlan,
} from "../../fleet/mod.ts";
import { programTimeMs } from "../../stm32/mod.ts";
import { functionalRequests, groupRuns, TransmitPriority } from "../../update/mod.ts";
import { type LinkTimes, linkTimes } from "./link_times.ts";
import { type Leg, nodeLegs, type PlannedUpdate } from "./node_legs.ts";
import { shareWire, type WireUser } from "./share_wire.ts";

/** A node and what is to be done to it. */
export interface PlannedNode {
  /** As the fleet file has it. */
  readonly node: Pick<FleetFileNode, "addressing" | "frameFormat">;
  /** Its plan. */
  readonly job: Pick<FleetNodeJob["job"], "plan" | "inactivePlan" | "profile">;
  /** Of those that take the same bytes together: the name of their group; absent: by itself. */
  readonly group?: string;
}

/** What of a bus decides how long it takes. */
export type BusBounds = Pick<FleetFileBus, "bitRates" | "erasesMax">;

/** What nodes get to act on functional requests, in ms. */
const AFTER_FUNCTIONAL_MS = 20;

/**
 * How long a run on one bus takes, by a model of whole messages: each takes the wire as long as its
 * frames do at their mean stuffed length, nodes erase and program in their typical times, and whose
 * turn it is decides the rule that the run itself goes by. Nothing is lost, nothing is there already.
 *
 * @param planned The nodes of the bus.
 * @param bus Its bit rates, and how many of its nodes may erase at once.
 * @returns The time, in ms.
 */
export function estimateBusMs(
  planned: readonly PlannedNode[],
  bus: BusBounds,
): number {
  const { bitRates, erasesMax } = bus;
  const groups = new Map<string, PlannedNode[]>();
  const users: WireUser[] = [];
  for (const each of planned) {
    const { node, job, group } = each;
    const times = linkTimes(node, bitRates, job.profile.timing);
    const update = { plan: writtenPlan(job), profile: job.profile };
    if (group === undefined) users.push(wireUser(update, times));
    else groups.set(group, [...groups.get(group) ?? [], each]);
  }
  const aloneMs = shareWire(users, erasesMax);
  const groupMs = [...groups.values()].map((members) => groupUpdateMs(members, bus));
  const groupWireMs = groupMs.reduce((sum, { wireMs }) => sum + wireMs, 0);
  const longestMs = Math.max(0, ...groupMs.map(({ wholeMs }) => wholeMs));
  // What is sent to a group goes before what is sent to nodes by themselves.
  const togetherMs = users.length === 0 ? longestMs : Math.max(longestMs, aloneMs + groupWireMs);
  return togetherMs + functionalMs(planned, bitRates);
}

function wireUser(update: PlannedUpdate, times: LinkTimes): WireUser {
  const legs: Iterator<Leg, void> = nodeLegs(update, times);
  let priority = 0;
  let nowMs = 0;
  const clock = { now: () => nowMs };
  const standing = new TransmitPriority(update.plan, { setPriority: (to) => priority = to }, clock);
  return {
    get priority() {
      return priority;
    },
    next: (atMs) => {
      nowMs = atMs;
      for (;;) {
        const { value: leg } = legs.next();
        if (leg?.event === undefined) return leg ?? undefined;
        standing.next(leg.event);
      }
    },
  };
}

/** What a group's messages carry beside their block: docs/group-download.md. */
const GROUP_HEADER_BYTES = 10;

/** Each member is erased and checked by itself; in between all take each run of bytes at once. */
function groupUpdateMs(
  members: readonly PlannedNode[],
  { bitRates, erasesMax }: BusBounds,
): { readonly wholeMs: number; readonly wireMs: number } {
  const ownMs = shareWire(
    members.map(({ node, job: { plan, profile } }) => {
      const segments = groupRuns(plan).map(({ whole }) => ({
        ...whole,
        write: { ...whole.write, data: new Uint8Array(0) },
      }));
      return wireUser(
        { plan: { ...plan, segments }, profile },
        linkTimes(node, bitRates, profile.timing),
      );
    }),
    erasesMax,
  );
  const { node, job } = members[0]!;
  const { profile } = job;
  const plan = writtenPlan(job);
  const times = linkTimes(node, bitRates);
  const blockBytes = profile.group!.blockBytes;
  let wireMs = 0;
  let dataMs = 0;
  for (const { whole: { write: { data } } } of groupRuns(plan)) {
    const blocks = Math.ceil(data.length / blockBytes);
    const overheadBytes = GROUP_HEADER_BYTES - times.firstFrameBytes;
    const runMs = blocks * times.frameMs(Infinity) +
      times.consecutiveMs(data.length + blocks * overheadBytes);
    wireMs += runMs;
    dataMs += Math.max(runMs, programTimeMs(plan.geometry, data.length, "typical"));
  }
  return { wholeMs: ownMs + dataMs, wireMs };
}

/** What is sent to all nodes of the bus, before and after. */
function functionalMs(planned: readonly PlannedNode[], bitRates: FleetBitRates): number {
  let sumMs = 0;
  for (const when of ["before", "after"] as const) {
    const requests = new Map(
      planned.flatMap(({ node, job }) =>
        functionalRequests(job.profile, when).map((request) =>
          [String(request), linkTimes(node, bitRates).frameMs(request.length)] as const
        )
      ),
    );
    if (requests.size > 0) sumMs += AFTER_FUNCTIONAL_MS;
    for (const frameMs of requests.values()) sumMs += frameMs;
  }
  return sumMs;
}
