import { parseBusUrl } from "../can/mod.ts";
import { CanvoyError, type Clock } from "../core/mod.ts";
import type { Fleet, FleetFileNode } from "../fleet/mod.ts";
import type { FirmwareImage } from "../image/mod.ts";
import { oppositeAddressing } from "../isotp/mod.ts";
import { createVirtualNode, VirtualBus, type VirtualNode } from "../sim/mod.ts";
import { findDevice } from "../stm32/mod.ts";
import { toKeySource } from "./key_source.ts";

/** A bus that this command cannot reach yet. */
export class BusUnsupportedError extends CanvoyError {
  /** Stable name of the failure; `CAN_` makes it one of the environment. */
  override readonly code = "CAN_UNSUPPORTED";

  /**
   * Says which bus.
   *
   * @param name The bus's name.
   * @param url Where it is.
   */
  constructor(name: string, url: string) {
    super(
      `Cannot open bus "${name}" at ${url}: this version knows only virtual buses within its ` +
        "own process",
    );
  }
}

/** Buses and nodes that exist only within this process. */
export interface VirtualWorld {
  /** The buses, by name. */
  readonly buses: ReadonlyMap<string, VirtualBus>;
  /** The nodes, by name: all of the fleet, also those that a command leaves alone. */
  readonly nodes: ReadonlyMap<string, VirtualNode>;
}

/**
 * Builds what a fleet file describes: its buses, and every node of it, with power on.
 *
 * @param fleet The fleet.
 * @param parts Clock, seed, and where images come from.
 * @returns Buses and nodes.
 * @throws {BusUnsupportedError} If a bus is no virtual one.
 */
export function createVirtualWorld(
  fleet: Fleet,
  parts: {
    readonly clock: Clock;
    readonly seed: number;
    readonly image: (name: string) => FirmwareImage;
  },
): VirtualWorld {
  const { clock, seed } = parts;
  const buses = new Map<string, VirtualBus>();
  for (const { name, url, bitRates, faults } of fleet.buses.values()) {
    if (parseBusUrl(url).kind !== "virtual") throw new BusUnsupportedError(name, url);
    buses.set(name, new VirtualBus({ name, bitRates, clock, seed: seed + buses.size, faults }));
  }
  const nodes = new Map<string, VirtualNode>();
  for (const node of fleet.nodes) {
    nodes.set(node.name, createNode(fleet, node, buses.get(node.bus)!, seed + nodes.size, parts));
  }
  for (const node of nodes.values()) node.powerOn();
  return { buses, nodes };
}

function createNode(
  fleet: Fleet,
  node: FleetFileNode,
  bus: VirtualBus,
  seed: number,
  parts: { readonly clock: Clock; readonly image: (name: string) => FirmwareImage },
): VirtualNode {
  const { name, addressing, frameFormat, device, layout, profile, security, sim } = node;
  const version = sim.image === undefined ? undefined : fleet.images.get(sim.image)?.version;
  return createVirtualNode({
    name,
    port: bus.attach(name, sim.faults ?? {}),
    clock: parts.clock,
    seed,
    geometry: findDevice(device),
    layout,
    addressing: oppositeAddressing(addressing),
    functional: oppositeAddressing(fleet.buses.get(node.bus)!.functional),
    format: frameFormat,
    dialect: profile,
    security: security.map(({ level, key }) => ({ level, keySource: toKeySource(key) })),
    hardware: sim.hardware ?? node.hardware ?? device,
    behaviour: sim.behaviour,
    ...(sim.image === undefined ? {} : { application: parts.image(sim.image).ranges }),
    ...(version === undefined ? {} : { applicationVersion: version }),
    ...(sim.flashFaults === undefined ? {} : { flashFaults: sim.flashFaults }),
  });
}
