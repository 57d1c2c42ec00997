import type { Clock } from "../core/mod.ts";
import {
  type GroupChannel,
  groupContent,
  groupRuns,
  GroupTransfer,
  type RepairMode,
  writtenPlan,
} from "../update/mod.ts";
import type { FleetNodeJob } from "./fleet_node_job.ts";

/** The way to all nodes that are alike, and what binds messages to one group. */
export interface GroupAccess {
  /** The way. */
  readonly channel: GroupChannel;
  /** Says which nodes can hear the same channel: those with the same text. */
  readonly kind: string;

  /** Makes a key: 4 bytes, new for each group. */
  newKey(): Uint8Array;
}

/** How groups are made. */
export interface FleetGroupsOptions {
  /** The nodes of the run. */
  readonly nodes: readonly FleetNodeJob[];
  /** The time it lives in. */
  readonly clock: Clock;
  /** Gives the group channel of a node; `undefined` where there is none. */
  readonly openGroup: (node: FleetNodeJob) => GroupAccess | undefined;
  /** How missing blocks are sent again. */
  readonly repair?: RepairMode;
}

/**
 * Finds nodes on one bus that speak group download in the same way and take the same bytes at the
 * same addresses. A node that is alone with its image is in no group.
 *
 * @param nodes The nodes.
 * @param kindOf Tells which nodes hear the same frames: those with the same text; `undefined`: none.
 * @returns The groups, each of two nodes or more.
 */
export function groupNodes(
  nodes: readonly FleetNodeJob[],
  kindOf: (node: FleetNodeJob) => string | undefined,
): readonly (readonly FleetNodeJob[])[] {
  const alike = new Map<string, FleetNodeJob[]>();
  for (const node of nodes) {
    const { profile: { group }, history } = node.job;
    // A group sends everything: a node that holds a part already is sent the rest by itself.
    const kind = group === undefined || history !== undefined ? undefined : kindOf(node);
    if (kind === undefined) continue;
    const key = JSON.stringify([node.bus, kind, group, groupContent(writtenPlan(node.job))]);
    const present = alike.get(key);
    if (present === undefined) alike.set(key, [node]);
    else present.push(node);
  }
  return [...alike.values()].filter(({ length }) => length > 1);
}

/**
 * Makes the groups of a run.
 *
 * @param options The run's nodes, and the ways to them.
 * @returns Each grouped node's transfers, one for each run of its segments, by the node's name.
 */
export function fleetGroups(
  options: FleetGroupsOptions,
): ReadonlyMap<string, readonly GroupTransfer[]> {
  const { nodes, clock, openGroup, repair } = options;
  const transfers = new Map<string, readonly GroupTransfer[]>();
  for (const group of groupNodes(nodes, (node) => openGroup(node)?.kind)) {
    const { profile } = group[0]!.job;
    const plan = writtenPlan(group[0]!.job);
    const { channel, newKey } = openGroup(group[0]!)!;
    const { group: shape } = profile;
    const shared = groupRuns(plan).map(({ whole: { write } }) => {
      const { start: address, data } = write;
      const sizeBytes = data.length;
      const region = { address, sizeBytes, ...shape! };
      const mode = repair === undefined ? {} : { repair };
      return new GroupTransfer({ channel, clock, newKey, region, data, ...mode });
    });
    for (const { name } of group) transfers.set(name, shared);
  }
  return transfers;
}
