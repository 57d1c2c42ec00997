import type { BusUrl } from "../can/mod.ts";
import type { FleetFileNode } from "../fleet/mod.ts";
import { formatAddressing } from "../isotp/mod.ts";
import { type JournalNode, nameClaim, type NodeClaims } from "../journal/mod.ts";
import type { BusChoice } from "./bus_choice.ts";
import type { LoadedFleet } from "./load_jobs.ts";

/** What tells places of this machine from those of others. */
export interface MachineMarks {
  /** The machine's own identity; absent where it tells none. */
  readonly machine?: string;
  /** Identities of adapters, by the name of the bus in the fleet file. */
  readonly adapters?: ReadonlyMap<string, string>;
}

/**
 * Tells what each node of a run is known by before it has told anything: by where it is, not by how
 * file or node are called. Nodes of a bus that ends with this process are known by nothing.
 *
 * @param fleetPath The fleet file, absolute.
 * @param loaded What it says.
 * @param choices Where its buses are this time.
 * @param marks This machine.
 * @returns The nodes that are meant.
 */
export function journalNodes(
  fleetPath: string,
  { nodes }: Pick<LoadedFleet, "nodes">,
  choices: readonly BusChoice[],
  marks: MachineMarks,
): readonly JournalNode[] {
  const places = new Map(choices.map(({ name, url }) => [name, placeOfBus(url)]));
  return nodes.map((node) => ({
    name: node.name,
    claims: claimsOf(node, fleetPath, places.get(node.bus), marks),
  }));
}

function claimsOf(
  { name, bus, addressing }: FleetFileNode,
  fleetPath: string,
  place: string | undefined,
  { machine, adapters }: MachineMarks,
): NodeClaims {
  if (place === undefined) return {};
  const identifiers = formatAddressing(addressing);
  const spot = `${identifiers}@${place}`;
  const adapter = adapters?.get(bus);
  const isOnMachine = machine === undefined ? {} : {
    machine: `${machine} ${spot}`,
    ...(adapter === undefined ? {} : { adapter: `${machine} ${identifiers}@${adapter}` }),
  };
  return { ...isOnMachine, spot, name: nameClaim(fleetPath, name) };
}

/**
 * Tells where a bus is: of loopback the port, as its hosts are one machine.
 *
 * @param url The bus.
 * @returns For example `socketcan:can0`; `undefined` for a bus that ends with this process.
 */
export function placeOfBus(url: BusUrl): string | undefined {
  switch (url.kind) {
    case "virtual":
      return url.listen === undefined ? undefined : `virtual:${url.listen.port}`;
    case "loopback":
      return `virtual:${url.connect.port}`;
    default:
      return `${url.kind}:${url.name}`;
  }
}
