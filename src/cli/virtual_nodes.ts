import type { Clock } from "../core/mod.ts";
import type { Fleet, FleetFileNode } from "../fleet/mod.ts";
import type { FirmwareImage } from "../image/mod.ts";
import { oppositeAddressing } from "../isotp/mod.ts";
import { createVirtualNode, type VirtualNode } from "../sim/mod.ts";
import { findDevice } from "../stm32/mod.ts";
import type { KeySources } from "./key_source.ts";
import type { RunBus } from "./run_bus.ts";

/** What virtual nodes are made from, beside the fleet. */
export interface VirtualNodeParts {
  /** The buses on which they are to live, by name; nodes of other buses are not made. */
  readonly buses: ReadonlyMap<string, RunBus>;
  /** The time they live in. */
  readonly clock: Clock;
  /** What their chance is drawn from. */
  readonly seed: number;
  /** Where keys come from. */
  readonly keySources: KeySources;
  /** Where images come from. */
  readonly image: (name: string) => FirmwareImage;
}

/**
 * Makes the nodes that a fleet file describes: all of them, also those that a command leaves alone.
 *
 * @param fleet The fleet.
 * @param parts Buses, clock, seed, and where images come from.
 * @returns The nodes by name, without power.
 */
export function createVirtualNodes(
  fleet: Fleet,
  parts: VirtualNodeParts,
): ReadonlyMap<string, VirtualNode> {
  const nodes = new Map<string, VirtualNode>();
  fleet.nodes.forEach((node, i) => {
    const bus = parts.buses.get(node.bus);
    if (bus !== undefined) {
      nodes.set(node.name, createNode(fleet, node, bus, parts.seed + i, parts));
    }
  });
  return nodes;
}

function createNode(
  fleet: Fleet,
  node: FleetFileNode,
  bus: RunBus,
  seed: number,
  parts: VirtualNodeParts,
): VirtualNode {
  const { name, addressing, frameFormat, device, layout, profile, security, sim } = node;
  const version = sim.image === undefined ? undefined : fleet.images.get(sim.image)?.version;
  const part = sim.part ?? node.part;
  const authority = parts.keySources.authorityOf(node);
  return createVirtualNode({
    name,
    port: bus.attach(name, sim.faults),
    clock: parts.clock,
    seed,
    geometry: findDevice(device),
    layout,
    addressing: oppositeAddressing(addressing),
    functional: oppositeAddressing(fleet.buses.get(node.bus)!.functional),
    format: frameFormat,
    dialect: profile,
    security: security.map(({ level, key }) => ({ level, keySource: parts.keySources.of(key) })),
    hardware: sim.hardware ?? node.hardware ?? device,
    behaviour: { ...flowControlFor(fleet, bus), ...sim.behaviour },
    ...(part === undefined ? {} : { part }),
    ...(authority === undefined ? {} : { authority }),
    ...(sim.sequence === undefined ? {} : { sequence: sim.sequence }),
    ...(sim.image === undefined ? {} : { application: parts.image(sim.image).ranges }),
    ...(version === undefined ? {} : { applicationVersion: version }),
    ...(sim.flashFaults === undefined ? {} : { flashFaults: sim.flashFaults }),
  });
}

/** Nodes that are read slower than a bus is quick have testers wait before frames get lost. */
function flowControlFor(fleet: Fleet, bus: RunBus): { readonly blockSize?: number } {
  if (bus.unreadFramesMax === undefined) return {};
  const nodeCount = fleet.nodes.filter((node) => node.bus === bus.name).length;
  return { blockSize: Math.max(1, Math.min(32, Math.floor(bus.unreadFramesMax / nodeCount))) };
}
