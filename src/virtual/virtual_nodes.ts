import { CanvoyError, type Clock, defined } from "../core/mod.ts";
import {
  CHECKSUM_KEY_LEVEL,
  type Fleet,
  type FleetAddressing,
  type FleetFileNode,
  type FleetKeySource,
  type FleetNodeJob,
} from "../fleet/mod.ts";
import type { FirmwareImage } from "../image/mod.ts";
import { oppositeAddressing } from "../isotp/mod.ts";
import {
  type BusFaults,
  createVirtualNode,
  type KnownApplication,
  type NodeAuthority,
  type NodePort,
  type VirtualNode,
} from "../sim/mod.ts";
import { geometryOf, placedImage } from "../stm32/mod.ts";
import { plainKeySource } from "../tester/mod.ts";
import type { KeySource } from "../uds/mod.ts";

/** Where virtual nodes listen for everybody's requests on a bus that has none. */
const UNUSED_ID = { id: 0x7DF, extended: false };
const UNUSED_FUNCTIONAL: FleetAddressing = { mode: "normal", tx: UNUSED_ID, rx: UNUSED_ID };

/** A bus on which virtual nodes live: a `VirtualBus`, or the way onto another. */
export interface VirtualNodeBus {
  /** Its name in the fleet file. */
  readonly name: string;
  /** Frames that may come faster than they are read before some are lost; absent: any number. */
  readonly unreadFramesMax?: number;
  /**
   * Joins a controller to the bus.
   *
   * @param label Its name, for traces.
   * @param faults What goes wrong at it, where the bus is modelled within this process.
   * @returns Its port.
   */
  attach(label: string, faults?: BusFaults): NodePort;
}

/** What virtual nodes expect of a tester. */
export interface VirtualNodeKeys {
  /** Gives the key source that a fleet file describes. */
  readonly of: (key: FleetKeySource) => KeySource;
  /** Whose certificates a node believes; `undefined` where it asks for none. */
  readonly authorityOf: (node: FleetFileNode) => NodeAuthority | undefined;
}

/** Keys that need no file, and no certificates. */
const PLAIN_KEYS: VirtualNodeKeys = { of: plainKeySource, authorityOf: () => undefined };

/** What virtual nodes are made from, beside the fleet. */
export interface VirtualNodeParts {
  /** The buses on which they are to live, by name; nodes of other buses are not made. */
  readonly buses: ReadonlyMap<string, VirtualNodeBus>;
  /** The time they live in. */
  readonly clock: Clock;
  /** What their chance is drawn from. */
  readonly seed: number;
  /** Where keys come from; only those that need no file by default. */
  readonly keySources?: VirtualNodeKeys;
  /** Where images come from. */
  readonly image: (name: string) => FirmwareImage;
  /** Gives the version of an image; by default as the fleet says. */
  readonly version?: (name: string) => string | undefined;
  /** What nodes are about to get, where that may be another version than the fleet file's. */
  readonly jobs?: readonly FleetNodeJob[];
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
  bus: VirtualNodeBus,
  seed: number,
  parts: VirtualNodeParts,
): VirtualNode {
  const { name, addressing, frameFormat, device, layout, profile, security, sim } = node;
  const part = sim.part ?? node.part;
  const keys = parts.keySources ?? PLAIN_KEYS;
  const authority = keys.authorityOf(node);
  return createVirtualNode({
    name,
    port: bus.attach(name, sim.faults),
    clock: parts.clock,
    seed,
    geometry: geometryOf(device, node.declaredDevice),
    layout,
    addressing: oppositeAddressing(addressing),
    ...(node.bootloaderAddressing === undefined
      ? {}
      : { bootloaderAddressing: oppositeAddressing(node.bootloaderAddressing) }),
    functional: oppositeAddressing(fleet.buses.get(node.bus)!.functional ?? UNUSED_FUNCTIONAL),
    format: frameFormat,
    dialect: profile,
    security: security.filter(({ level }) => level !== CHECKSUM_KEY_LEVEL)
      .map(({ level, key }) => ({ level, keySource: keys.of(key) })),
    ...defined({ checksumKey: checksumKeyOf(security, keys) }),
    hardware: sim.hardware ?? node.hardware ?? device,
    behaviour: { ...flowControlFor(fleet, bus), ...sim.behaviour },
    ...defined({ part, authority, sequence: sim.sequence }),
    isOpaque: fleet.images.get(node.image)?.opaque !== undefined,
    ...(sim.image === undefined
      ? {}
      : { application: placedRanges(fleet, sim.image, node, parts.image) }),
    knownApplications: applicationsFor(fleet, node, parts),
    ...defined({ flashFaults: sim.flashFaults }),
  });
}

/** Makes checksums that take a key, where the fleet file has one. */
function checksumKeyOf(
  security: FleetFileNode["security"],
  keys: VirtualNodeKeys,
): ((data: Uint8Array) => Uint8Array) | undefined {
  const found = security.find(({ level }) => level === CHECKSUM_KEY_LEVEL);
  if (found === undefined) return undefined;
  const source = keys.of(found.key);
  return (seed) => source.computeKey({ level: CHECKSUM_KEY_LEVEL, seed });
}

/** What a node may hold: what it was delivered with, what it is about to get, what the file says. */
function applicationsFor(
  fleet: Fleet,
  node: FleetFileNode,
  { image, jobs, ...parts }: VirtualNodeParts,
): readonly KnownApplication[] {
  const versionOf = parts.version ?? ((name: string) => fleet.images.get(name)?.version);
  const job = jobs?.find(({ name }) => name === node.name)?.job;
  const given: readonly KnownApplication[] = job === undefined ? [] : [{
    version: job.expectedVersion,
    ranges: () => job.plan.segments.map(({ write }) => write),
  }];
  const named = (name: string): KnownApplication => ({
    get version() {
      return versionOf(name);
    },
    ranges: () => whereReadable(() => placedRanges(fleet, name, node, image)),
  });
  const delivered = node.sim.image === undefined ? [] : [named(node.sim.image)];
  return [...delivered, ...given, named(node.image)];
}

/** Containers are where their address says, whatever is linked elsewhere. */
function placedRanges(
  fleet: Fleet,
  name: string,
  { layout }: FleetFileNode,
  image: (name: string) => FirmwareImage,
): FirmwareImage["ranges"] {
  const isOpaque = fleet.images.get(name)?.opaque !== undefined;
  return isOpaque ? image(name).ranges : placedImage(image(name), layout).ranges;
}

/** A node that somebody else updates may hold what this process has no file of. */
function whereReadable<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CanvoyError) return undefined;
    throw error;
  }
}

/** Nodes that are read slower than a bus is quick have testers wait before frames get lost. */
function flowControlFor(fleet: Fleet, bus: VirtualNodeBus): { readonly blockSize?: number } {
  if (bus.unreadFramesMax === undefined) return {};
  const nodeCount = fleet.nodes.filter((node) => node.bus === bus.name).length;
  return { blockSize: Math.max(1, Math.min(32, Math.floor(bus.unreadFramesMax / nodeCount))) };
}
