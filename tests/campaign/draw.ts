import { Prng } from "../../src/core/mod.ts";
import type { BusFaults, FlashFaults, NodeBehaviour } from "../../src/sim/mod.ts";
import { deviceName, type FlashGeometry } from "../../src/stm32/mod.ts";
import { BUILT_IN_PROFILES } from "../../src/update/mod.ts";
import { DISTINCT_PARTS } from "../support/distinct_parts.ts";
import { drawTwin, withStrictness } from "./draw_strictness.ts";
import { imageOf, layoutOf } from "./images.ts";
import { MORE_PROFILES } from "./profiles.ts";
import { type BusSpec, isExchanged, type NodeSpec, type WorldSpec } from "./world.ts";

/** How hard a kind of fault strikes in one world: most worlds know only some kinds. */
export type Strength = "off" | "mild" | "wild";

/** What disturbs a run beside what buses and nodes do by themselves. */
export interface Disturbances {
  /** Somebody fills a bus with frames of the highest priority. */
  readonly babbling: readonly {
    readonly bus: number;
    readonly atMs: number;
    readonly ms: number;
  }[];
  /** Another tester talks to a node on its own identifier. */
  readonly requests: readonly {
    readonly node: number;
    readonly atMs: number;
    readonly bytes: readonly number[];
  }[];
  /** Nodes that reset or lose their power for a while. */
  readonly upsets: readonly {
    readonly node: number;
    readonly atMs: number;
    readonly offMs: number;
  }[];
  /** The host's clock jumps. */
  readonly jumps: readonly { readonly atMs: number; readonly byMs: number }[];
  /** The host stands still: its controller keeps three frames and loses the rest. */
  readonly pauses: readonly { readonly atMs: number; readonly ms: number }[];
}

/** One world of the swarm. */
export interface SwarmWorld {
  readonly spec: WorldSpec;
  readonly disturbances: Disturbances;
  /** The kinds of faults that were asked about, and how hard they strike. */
  readonly kinds: ReadonlyMap<string, Strength>;
  /** Names of nodes that nothing can bring through. */
  readonly hopeless: ReadonlySet<string>;
}

/** Keeps groups apart from other chance, so that worlds without them stay as they were. */
const GROUP_STREAM = 0x6709;
/** The same for what the strictest servers do, and for nodes with the same identifiers. */
const STRICT_STREAM = 0x57A1;
const TWIN_STREAM = 0x7713;
/** The same for profiles that no built-in one is like. */
const PROFILE_STREAM = 0x9F03;
/** Share of the worlds in which some nodes have one. */
const PROFILE_RATIO = 0.3;
/** Share of the worlds in which two nodes have the same identifiers. */
const TWIN_RATIO = 0.04;
/** Long runs are disturbed at their beginning and later. */
const DISTURBED_MS = 6000;
const NEW_VERSION = "2.0.0";
const PROFILES = [...BUILT_IN_PROFILES.keys()];
const FD_PARTS = DISTINCT_PARTS.filter(({ can }) => can === "FDCAN");
/** What another tester asks: sessions, identity, presence, a reset, a routine it must not start. */
const REQUESTS: readonly (readonly number[])[] = [
  [0x3E, 0x00],
  [0x10, 0x01],
  [0x10, 0x03],
  [0x22, 0xF1, 0x89],
  [0x11, 0x01],
  [0x28, 0x03, 0x01],
];

/**
 * Draws a world.
 *
 * @param seed The same seed, the same world.
 * @returns Fleet, faults, disturbances.
 */
export function drawWorld(seed: number): SwarmWorld {
  const prng = new Prng(seed, 0x5A4A);
  const kinds = new Map<string, Strength>();
  const kind = (name: string): Strength => {
    const known = kinds.get(name) ?? drawStrength(prng);
    kinds.set(name, known);
    return known;
  };
  const buses = drawBuses(prng, kind);
  const hopeless = new Set<string>();
  const nodes: NodeSpec[] = [];
  const groups = new Prng(seed, GROUP_STREAM);
  const isGrouped = groups.chance(0.35);
  const profiles = new Prng(seed, PROFILE_STREAM);
  const hasMoreProfiles = profiles.chance(PROFILE_RATIO);
  for (let i = drawNodeCount(prng); i > 0; i--) {
    const first = drawNode(prng, kind, { index: nodes.length, buses, seed });
    const drawn = hasMoreProfiles && first.profile === PROFILES[0]
      ? { ...first, profile: pick(profiles, MORE_PROFILES) }
      : first;
    const node = isGrouped && groups.chance(0.8) ? asMember(drawn, nodes) : drawn;
    nodes.push(node);
    if (isHopeless(node)) hopeless.add(node.name);
  }
  const disturbances = drawDisturbances(prng, kind, buses.length, nodes.length);
  const world = { spec: { seed, buses, nodes }, disturbances, kinds, hopeless };
  return withTwin(new Prng(seed, TWIN_STREAM), withStrictNodes(seed, world));
}

function withStrictNodes(seed: number, world: SwarmWorld): SwarmWorld {
  const prng = new Prng(seed, STRICT_STREAM);
  const kinds = new Map(world.kinds);
  const kind = (name: string): Strength => {
    const known = kinds.get(name) ?? drawStrength(prng);
    kinds.set(name, known);
    return known;
  };
  const nodes = world.spec.nodes.map((node) => withStrictness(prng, kind, node));
  return { ...world, kinds, spec: { ...world.spec, nodes } };
}

/**
 * Gives one node of some worlds a twin. Only what a host hears can warn it, so nothing is lost there:
 * neither frames of that bus, nor what comes while the host stands still.
 */
function withTwin(prng: Prng, world: SwarmWorld): SwarmWorld {
  if (!prng.chance(TWIN_RATIO)) return world;
  const { spec, disturbances, hopeless } = world;
  const index = prng.below(spec.nodes.length);
  const { hasWrongKey: _key, ...node } = spec.nodes[index]!;
  const twinned = { ...node, behaviour: {}, twin: drawTwin(prng) };
  return {
    ...world,
    spec: {
      ...spec,
      buses: spec.buses.map((bus, i) => i === node.bus ? { ...bus, faults: {} } : bus),
      nodes: spec.nodes.map((each, i) => i === index ? twinned : each),
    },
    disturbances: {
      ...disturbances,
      babbling: disturbances.babbling.filter(({ bus }) => bus !== node.bus),
      // What another tester asks keeps a twin busy, and it drops what it is asked meanwhile.
      requests: disturbances.requests.filter((request) => request.node !== index),
      upsets: disturbances.upsets.filter((upset) => upset.node !== index),
      jumps: [],
      pauses: [],
    },
    hopeless: new Set([...hopeless, node.name]),
  };
}

function isHopeless({ behaviour, hasWrongKey, flashFaults }: NodeSpec): boolean {
  const { isDead, deadVersion } = behaviour;
  const isDeadThen = isDead === true || deadVersion !== undefined;
  return isDeadThen || hasWrongKey === true || flashFaults?.stuckBits !== undefined;
}

/** Takes group downloads: with the first node of its bus that does, of which it is a copy then. */
function asMember(node: NodeSpec, others: readonly NodeSpec[]): NodeSpec {
  const profile = "iso14229-group";
  const first = others.find((other) => other.bus === node.bus && other.profile === profile);
  if (first === undefined) return { ...node, profile };
  const { device, layout, oldImage, newImage } = first;
  const { flashFaults: { stuckBits: _elsewhere, ...flashFaults } = {} } = node;
  return { ...node, device, layout, profile, oldImage, newImage, flashFaults };
}

/** The same world without what goes wrong; how its nodes are made stays. */
export function withoutFaults(spec: WorldSpec): WorldSpec {
  return {
    ...spec,
    buses: spec.buses.map((bus) => ({ ...bus, faults: {} })),
    nodes: spec.nodes.map((node) => {
      const { faults: _faults, flashFaults, behaviour, ...rest } = node;
      const {
        failEraseAt: _erase,
        failProgramAt: _program,
        powerLossAtOperation: _loss,
        resetAtBlock: _reset,
        lostBlockResponse: _lost,
        ...nature
      } = behaviour;
      const stuckBits = flashFaults?.stuckBits;
      return {
        ...rest,
        behaviour: nature,
        ...(stuckBits === undefined ? {} : { flashFaults: { stuckBits } }),
      };
    }),
  };
}

function drawStrength(prng: Prng): Strength {
  const draw = prng.next();
  return draw < 0.55 ? "off" : draw < 0.88 ? "mild" : "wild";
}

function drawNodeCount(prng: Prng): number {
  const draw = prng.next();
  if (draw < 0.7) return 1 + prng.below(5);
  return draw < 0.96 ? 6 + prng.below(8) : 14 + prng.below(27);
}

function drawBuses(prng: Prng, kind: (name: string) => Strength): readonly BusSpec[] {
  const count = 1 + prng.below(2);
  return Array.from({ length: count }, (): BusSpec => {
    const isFd = prng.chance(0.4);
    const bitrateBps = pick(prng, [250_000, 500_000, 1_000_000]);
    return {
      bitRates: isFd ? { bitrateBps: 500_000, dataBitrateBps: 2_000_000 } : { bitrateBps },
      faults: drawBusFaults(prng, kind),
    };
  });
}

function drawBusFaults(prng: Prng, kind: (name: string) => Strength): BusFaults {
  const ratio = (name: string, mild: number, wild: number): number => {
    const strength = kind(name);
    return strength === "off" ? 0 : prng.next() * (strength === "mild" ? mild : wild);
  };
  return {
    lossRatio: ratio("loss", 0.002, 0.2),
    transmitLossRatio: ratio("transmitLoss", 0.001, 0.02),
    duplicateRatio: ratio("duplicate", 0.002, 0.05),
    transmitDuplicateRatio: ratio("duplicate", 0.001, 0.02),
    corruptRatio: ratio("corrupt", 0.01, 0.3),
    delayRatio: ratio("delay", 0.001, 0.01),
    delayMsMean: ratio("delayMs", 20, 400),
    transmitDelayRatio: ratio("delay", 0.001, 0.01),
    transmitDelayMsMean: ratio("delayMs", 20, 400),
    ...(kind("deaf") === "off" ? {} : { deafEveryMsMean: 1000, deafMs: ratio("deaf", 4, 60) }),
  };
}

function drawNode(
  prng: Prng,
  kind: (name: string) => Strength,
  place: {
    readonly index: number;
    readonly buses: readonly BusSpec[];
    readonly seed: number;
  },
): NodeSpec {
  const { index, buses, seed } = place;
  const bus = prng.below(buses.length);
  const isFd = buses[bus]!.bitRates.dataBitrateBps !== undefined;
  const geometry = pick(prng, isFd ? FD_PARTS : DISTINCT_PARTS);
  const device = deviceName(geometry);
  const profile = prng.chance(0.6) ? PROFILES[0]! : pick(prng, PROFILES);
  const inOneBank = isExchanged({ profile, device });
  const layout = layoutOf(geometry, { inOneBank });
  const shape = { unitCount: 2 + prng.below(4), bytesPerUnit: 1024 + prng.below(3 * 1024) };
  const at = seed * 100 + index;
  const oldImage = imageOf(geometry, layout, { ...shape, seed: at + 50, version: "1.0.0" });
  const newImage = imageOf(geometry, layout, { ...shape, seed: at, version: NEW_VERSION });
  // Images of one address lie in two places there.
  const stuckBits = kind("stuckBit") === "off" || !prng.chance(0.15) || inOneBank
    ? undefined
    : [drawStuckBit(prng, oldImage.ranges[0]!)];
  const flashFaults: FlashFaults = {
    ...(stuckBits === undefined ? {} : { stuckBits }),
    ...(kind("flash") === "off" ? {} : {
      failProgramRatio: prng.next() * (kind("flash") === "mild" ? 0.0005 : 0.01),
      failEraseRatio: prng.next() * (kind("flash") === "mild" ? 0.02 : 0.2),
    }),
  };
  return {
    name: `node-${index}`,
    bus,
    device,
    layout,
    profile,
    oldImage,
    newImage,
    behaviour: drawBehaviour(prng, kind, geometry),
    hasWrongKey: kind("wrongKey") !== "off" && prng.chance(0.1),
    flashFaults,
  };
}

function drawStuckBit(
  prng: Prng,
  range: { readonly start: number; readonly data: Uint8Array },
): NonNullable<FlashFaults["stuckBits"]>[number] {
  const offset = 8 + prng.below(range.data.length - 8);
  const bit = prng.below(8);
  // What the old image has there, which is thus as it was delivered.
  const value = ((range.data[offset]! >> bit) & 1) as 0 | 1;
  return { address: range.start + offset, bit, value };
}

function drawBehaviour(
  prng: Prng,
  kind: (name: string) => Strength,
  geometry: FlashGeometry,
): NodeBehaviour {
  const has = (name: string, mild: number, wild = mild): boolean => {
    const strength = kind(name);
    return strength !== "off" && prng.chance(strength === "mild" ? mild : wild);
  };
  const repeated = ["positive", "wrongCounter", "sequenceError", "sequenceErrorAndReset"] as const;
  return {
    ...(has("dead", 0.05, 0.3) ? { isDead: true } : {}),
    ...(has("storm", 0.3) ? { responsePendingAfterMs: 1, responsePendingEveryMs: 5 } : {}),
    ...(has("lazyPending", 0.3) ? { responsePendingAfterMs: 40 } : {}),
    ...(has("slow", 0.3) ? { responseDelayMs: prng.below(30) } : {}),
    ...(has("power", 0.4, 0.9)
      ? { powerLossAtOperation: 1 + prng.below(1500), powerLossMs: 20 + prng.below(2000) }
      : {}),
    ...(has("lostAnswer", 0.5)
      ? { lostBlockResponse: 1 + prng.below(6), repeatedBlock: pick(prng, repeated) }
      : {}),
    ...(has("reset", 0.4) ? { resetAtBlock: 1 + prng.below(8) } : {}),
    ...(has("deafBusy", 0.5) && geometry.banks.count === 1
      ? { isDeafWhileBusy: true, responsePendingAfterMs: Infinity }
      : {}),
    ...(has("smallStack", 0.4) ? { blockSize: 8, waitFramesMax: 1, nBsMs: 100, nCrMs: 100 } : {}),
    ...(has("stMin", 0.3) ? { stMin: pick(prng, [0xF1, 0xF9, 1, 2]) } : {}),
    ...(has("smallBlocks", 0.3) ? { maxNumberOfBlockLength: 130 + prng.below(1000) } : {}),
    ...(has("presence", 0.3) ? { keepsSessionByTesterPresentOnly: true } : {}),
    ...(has("slowFlash", 0.2, 0.6) ? { flashTimeBound: "max" } : {}),
    ...(has("deadNew", 0.15, 0.4) ? { deadVersion: NEW_VERSION } : {}),
  };
}

function drawDisturbances(
  prng: Prng,
  kind: (name: string) => Strength,
  busCount: number,
  nodeCount: number,
): Disturbances {
  const times = <T>(name: string, mild: number, wild: number, make: () => T): readonly T[] => {
    const strength = kind(name);
    const length = strength === "off" ? 0 : prng.below(strength === "mild" ? mild : wild);
    return Array.from({ length }, make);
  };
  const atMs = (): number => prng.next() * DISTURBED_MS;
  return {
    babbling: times("babbling", 2, 5, () => ({
      bus: prng.below(busCount),
      atMs: atMs(),
      ms: prng.next() * 1500,
    })),
    requests: times("tester", 10, 200, () => ({
      node: prng.below(nodeCount),
      atMs: atMs(),
      bytes: pick(prng, REQUESTS),
    })),
    upsets: times("upset", 3, 12, () => ({
      node: prng.below(nodeCount),
      atMs: atMs(),
      offMs: prng.chance(0.4) ? 0 : prng.next() * 3000,
    })),
    jumps: times("jump", 2, 5, () => ({ atMs: atMs(), byMs: prng.next() * 20_000 })),
    pauses: times("pause", 2, 4, () => ({ atMs: atMs(), ms: prng.next() * 4000 })),
  };
}

function pick<T>(prng: Prng, from: readonly T[]): T {
  return from[prng.below(from.length)]!;
}
