import { EMPTY } from "rxjs";
import type { CanPort } from "../../can/mod.ts";
import { type Clock, defined, Prng, VirtualClock } from "../../core/mod.ts";
import type { FleetNodeJob, FleetRun } from "../../fleet/mod.ts";
import type { FirmwareImage } from "../../image/mod.ts";
import {
  CLASSIC_FORMAT,
  FD_FORMAT,
  type FrameFormat,
  type IsoTpAddressing,
  oppositeAddressing,
} from "../../isotp/mod.ts";
import {
  type BusFaults,
  createVirtualNode,
  type NodeBehaviour,
  VirtualBus,
  type VirtualNode,
} from "../../sim/mod.ts";
import {
  eraseUnits,
  findDevice,
  type FlashGeometry,
  type FlashPlan,
  flashRange,
  type MemoryLayout,
  planFlash,
} from "../../stm32/mod.ts";
import { createXorKeySource } from "../../uds/mod.ts";
import { BUILT_IN_PROFILES, type UpdateProfile } from "../../update/mod.ts";
import { Tester } from "../../tester/mod.ts";
import {
  type BenchBus,
  type BenchCase,
  type BenchIds,
  BIT_RATES,
  FAULTS,
  isGroup,
} from "./bench_case.ts";
import { promisedTimes } from "./promised_times.ts";

/** What the nodes of a bench take until their flow control is on its way, in ms. */
const FLOW_CONTROL_DELAY_MS = 0.5;
const BOOTLOADER_BYTES_MIN = 16 * 1024;
const VERSION = "2.0.0";
const HARDWARE = "BENCH";
/** Keeps the keys of groups apart from other chance with the same seed. */
const GROUP_KEY_STREAM = 0x6B65;
const FUNCTIONAL_ID = { id: 0x7DF, extended: false };
const FUNCTIONAL = { mode: "normal", tx: FUNCTIONAL_ID, rx: FUNCTIONAL_ID } as const;
const KEY_SOURCE = createXorKeySource(Uint8Array.of(0xA5, 0x5A, 0x12, 0x34));

/** Buses, testers and nodes of one case, with power on; in virtual time by default. */
export interface BenchWorld<Time extends Clock = VirtualClock> {
  /** The time. */
  readonly clock: Time;
  /** The buses. */
  readonly buses: readonly VirtualBus[];
  /** The nodes, in the order of `run.nodes`. */
  readonly nodes: readonly VirtualNode[];
  /** What each node is to hold at the end. */
  readonly image: FirmwareImage;
  /** How: one for all, as all are alike. */
  readonly plan: FlashPlan;
  /** What `runFleet` is given to update all of them. */
  readonly run: FleetRun;
}

/**
 * Stands between a tester and its port: what is to be seen of a port that is late or fails.
 *
 * @param port The port.
 * @param clock The time it lives in.
 * @returns What the tester is given.
 */
export type PortWrapper = (port: CanPort, clock: Clock) => CanPort;

/**
 * Builds a case in virtual time.
 *
 * @param bench The case.
 * @param seed What chance is drawn from.
 * @param wrapPort Stands between the testers and their ports; by default nothing does.
 * @returns Its world.
 */
export function createBenchWorld(
  bench: BenchCase,
  seed: number,
  wrapPort?: PortWrapper,
): BenchWorld {
  return createBenchWorldIn(new VirtualClock(), bench, { seed, wrapPort });
}

/**
 * Builds a case in any time.
 *
 * @param clock The time.
 * @param bench The case.
 * @param options What chance is drawn from, and what stands between the testers and their ports.
 * @returns Its world.
 */
export function createBenchWorldIn<Time extends Clock>(
  clock: Time,
  bench: BenchCase,
  options: { readonly seed: number; readonly wrapPort?: PortWrapper | undefined },
): BenchWorld<Time> {
  const { seed, wrapPort = (port) => port } = options;
  const geometry = findDevice(bench.device);
  const layout = benchLayout(geometry);
  const image = benchImage(geometry, layout, bench.imageBytes, seed);
  const plan = planFlash({ image, geometry, layout });
  const profile = profileOf(bench);
  const busCount = bench.buses ?? 1;
  const bitRates = BIT_RATES[bench.bus];
  const buses = Array.from(
    { length: busCount },
    (_, i) => new VirtualBus({ name: `bus-${i}`, bitRates, clock, seed: seed + i }),
  );
  const format = frameFormat(bench.bus);
  const testers = buses.map((bus) => createTester(bus, clock, bench, wrapPort));
  const nodes = Array.from({ length: bench.nodes }, (_, i) => {
    const { behaviour, faults } = nodeSpecialties(bench, i);
    return createVirtualNode({
      name: `node-${i}`,
      port: buses[i % busCount]!.attach(`node-${i}`, faults),
      clock,
      seed: seed + i,
      geometry,
      layout,
      functional: FUNCTIONAL,
      format,
      addressing: oppositeAddressing(testerAddressing(bench, Math.floor(i / busCount))),
      dialect: profile,
      security: [{ level: 1, keySource: KEY_SOURCE }],
      hardware: HARDWARE,
      behaviour: {
        ...promisedTimes(geometry, layout, bitRates, behaviour),
        ...behaviour,
        flowControlDelayMs: FLOW_CONTROL_DELAY_MS,
      },
    });
  });
  for (const node of nodes) node.powerOn();
  const jobs = nodes.map((node, i) =>
    benchJob(node.options.name, buses[i % busCount]!.name, { plan, profile })
  );
  const indexes = new Map(jobs.map(({ name }, i) => [name, i]));
  const keys = new Prng(seed, GROUP_KEY_STREAM);
  const run: FleetRun = {
    nodes: jobs,
    buses: testers,
    clock,
    cancellation: { requested: false, requested$: EMPTY },
    openGroup: ({ bus }) =>
      testers.find(({ name }) => name === bus)!.openGroup(format, () => keys.bytes(4)),
    connect: ({ name }) => {
      const i = indexes.get(name)!;
      return testers[i % busCount]!.connect({
        format,
        addressing: testerAddressing(bench, Math.floor(i / busCount)),
        timing: profile.timing,
        session: { keepAlive: profile.keepAlive, s3Ms: profile.timing.s3Ms },
        isPrompt: isGroup(bench.mode),
        keySource: KEY_SOURCE,
      });
    },
  };
  return { clock, buses, nodes, image, plan, run };
}

function createTester(
  bus: VirtualBus,
  clock: Clock,
  bench: BenchCase,
  wrapPort: PortWrapper,
): Tester {
  return new Tester({
    name: bus.name,
    port: wrapPort(bus.attach("tester", FAULTS[bench.loss].tester), clock),
    clock,
    format: frameFormat(bench.bus),
    functional: FUNCTIONAL,
    ...defined({ erasesMax: bench.erasesMax }),
  });
}

/** Frames as short as they can be. */
function frameFormat(bus: BenchBus): FrameFormat {
  const { padding: _none, ...format } = bus.startsWith("fd") ? FD_FORMAT : CLASSIC_FORMAT;
  return format;
}

function profileOf({ mode }: BenchCase): UpdateProfile {
  return BUILT_IN_PROFILES.get(isGroup(mode) ? "iso14229-group" : "iso14229")!;
}

function benchJob(
  name: string,
  bus: string,
  { plan, profile }: { readonly plan: FlashPlan; readonly profile: UpdateProfile },
): FleetNodeJob {
  return {
    name,
    bus,
    device: plan.geometry.part,
    image: "bench",
    job: {
      plan,
      profile,
      expectedHardware: HARDWARE,
      expectedVersion: VERSION,
      blockNumber: 1,
      fingerprint: Uint8Array.of(0x20, 0x26, 0x11, 0x24),
    },
  };
}

/** The first erase units of 16 KiB or more (of an F4: two) hold the bootloader. */
function benchLayout(geometry: FlashGeometry): MemoryLayout {
  const { start, end } = flashRange(geometry);
  const units = eraseUnits(geometry);
  const isEnough = (unitEnd: number): boolean => unitEnd - start >= BOOTLOADER_BYTES_MIN;
  const border = geometry.part.startsWith("STM32F4")
    ? units[1]!.end
    : units.find((unit) => isEnough(unit.end))!.end;
  return {
    bootloader: { start, end: border },
    application: { start: border, end },
  };
}

/** A plausible vector table, a version, and bytes that no coder makes smaller. */
function benchImage(
  geometry: FlashGeometry,
  { application }: MemoryLayout,
  imageBytes: number,
  seed: number,
): FirmwareImage {
  const { start, end } = application;
  const lengthBytes = Math.min(imageBytes, end - start);
  const data = new Prng(seed).bytes(lengthBytes);
  const view = new DataView(data.buffer);
  view.setUint32(0, geometry.ram[0]!.end, true);
  view.setUint32(4, start + 0x1C1, true);
  data.set(new TextEncoder().encode(`CANVOY-VERSION:${VERSION}\0`), 0x400);
  return { ranges: [{ start, end: start + lengthBytes, data }] };
}

function testerAddressing({ ids, nodes }: BenchCase, index: number): IsoTpAddressing {
  const [request, response] = identifierBases(ids, nodes);
  return {
    mode: "normal",
    tx: { id: request + index, extended: false },
    rx: { id: response + index, extended: false },
  };
}

/**
 * Where identifiers begin. 0x640 and up take as many stuff bits as an identifier does on average:
 * others are up to 1.4 % longer or shorter, which would be seen in the efficiency.
 */
function identifierBases(
  ids: BenchIds,
  nodes: number,
): readonly [request: number, response: number] {
  if (ids === "responses-first") return [0x640, 0x540];
  return nodes <= 8 ? [0x7E0, 0x7E8] : [0x640, 0x6C0];
}

/** What is special about one node: its stack, its faults, and those bent on purpose. */
function nodeSpecialties(
  bench: BenchCase,
  index: number,
): { readonly behaviour: NodeBehaviour; readonly faults: BusFaults } {
  const { blockSize, loss, bent = false } = bench;
  const faults = FAULTS[loss].nodes;
  if (!bent) return { behaviour: { blockSize }, faults };
  switch (index) {
    case 0:
      return { behaviour: { blockSize, isDead: true }, faults };
    case 1:
      return { behaviour: { blockSize, flashTimeScale: 10 }, faults };
    case 2:
      return { behaviour: { blockSize }, faults: { lossRatio: 0.2 } };
    default:
      return { behaviour: { blockSize }, faults };
  }
}
