import { EMPTY, type Observable } from "rxjs";
import { Tester } from "../../src/tester/mod.ts";
import { INTERMISSION_BITS, meanFrameBits } from "../../src/can/mod.ts";
import { Prng, VirtualClock } from "../../src/core/mod.ts";
import { type FleetEvent, type FleetRun, runFleet } from "../../src/fleet/mod.ts";
import type { FirmwareImage } from "../../src/image/mod.ts";
import {
  CLASSIC_FORMAT,
  FD_FORMAT,
  type FrameFormat,
  type IsoTpAddressing,
  oppositeAddressing,
} from "../../src/isotp/mod.ts";
import {
  type BusFaults,
  createVirtualNode,
  type NodeBehaviour,
  VirtualBus,
  type VirtualNode,
  type WireRecord,
} from "../../src/sim/mod.ts";
import {
  eraseTimeMs,
  findDevice,
  type FlashPlan,
  type MemoryLayout,
  planFlash,
  programTimeMs,
} from "../../src/stm32/mod.ts";
import { createXorKeySource } from "../../src/uds/mod.ts";
import {
  BUILT_IN_PROFILES,
  type Cancellation,
  type RepairMode,
  type UpdateProfile,
} from "../../src/update/mod.ts";
import { F407_LAYOUT, randomImage } from "./bench.ts";

/** The profile of nodes that take group downloads. */
export const GROUP_PROFILE: UpdateProfile = BUILT_IN_PROFILES.get("iso14229-group")!;

/** The layout of a G474 with a 16 KiB bootloader. */
export const G474_LAYOUT: MemoryLayout = {
  bootloader: { start: 0x0800_0000, end: 0x0800_4000 },
  application: { start: 0x0800_4000, end: 0x0808_0000 },
};

/** One node of a group bench. */
export interface GroupNodeOptions {
  readonly behaviour?: NodeBehaviour;
  readonly faults?: BusFaults;
  /** `GROUP_PROFILE` by default. */
  readonly profile?: UpdateProfile;
  /** What it really speaks; its profile by default. */
  readonly dialect?: UpdateProfile;
  /** The bench's image by default. */
  readonly image?: FirmwareImage;
}

/** A fleet on one bus. */
export interface GroupBenchOptions {
  /** `classic`: F407 at 1 Mbit/s; `fd`: G474 at 1 and 5 Mbit/s. */
  readonly bus: "classic" | "fd";
  readonly nodes: readonly GroupNodeOptions[];
  readonly imageBytes?: number;
  readonly testerFaults?: BusFaults;
  readonly repair?: RepairMode;
  readonly seed?: number;
  /** The operator's wish to stop; none by default. */
  readonly cancellation?: Cancellation;
  /** Called before the run begins. */
  readonly prepare?: (parts: {
    readonly clock: VirtualClock;
    readonly nodes: readonly VirtualNode[];
  }) => void;
  /** How a consumer takes the run's events; as they come by default. */
  readonly consume?: (events$: Observable<FleetEvent>) => Observable<FleetEvent>;
  /** Called for each frame on the wire. */
  readonly onWire?: (record: WireRecord) => void;
}

/** How it went. */
export interface GroupBenchRun {
  readonly events: readonly FleetEvent[];
  readonly nodes: readonly VirtualNode[];
  readonly images: readonly FirmwareImage[];
  readonly plan: FlashPlan;
  /** Frames by identifier. */
  readonly frames: ReadonlyMap<number, number>;
  /** First frame on the group identifier, in ms. */
  readonly firstDataMs: number;
  /** Last block of the image that any node programmed, in ms. */
  readonly lastProgramMs: number;
  /** From a node's first erase request to its last verify, all nodes taken together, in ms. */
  readonly spanMs: (names?: readonly string[]) => number;
  /** Names of those that are done, byte for byte. */
  readonly whole: readonly string[];
  /** Why nodes left their group. */
  readonly left: ReadonlyMap<string, string>;
}

/** The tester's default. */
export const GROUP_ID = 0x7FF;
const FUNCTIONAL_ID = { id: 0x7DF, extended: false };
const FUNCTIONAL = { mode: "normal", tx: FUNCTIONAL_ID, rx: FUNCTIONAL_ID } as const;
const KEY_SOURCE = createXorKeySource(Uint8Array.of(0xA5, 0x5A, 0x12, 0x34));

/** Everything that a run is made of, with power on. */
interface World {
  readonly clock: VirtualClock;
  readonly bus: VirtualBus;
  readonly tester: Tester;
  readonly nodes: readonly VirtualNode[];
  readonly images: readonly FirmwareImage[];
  readonly planOf: (image: FirmwareImage) => FlashPlan;
}

/** Runs an update in virtual time. */
export function runGroupBench(options: GroupBenchOptions): GroupBenchRun {
  const world = createWorld(options);
  const { clock, bus, nodes, images, planOf } = world;
  let lastProgramMs = 0;
  for (const node of nodes) {
    node.onEvent = (event) => {
      if (event.type !== "operationEnded" || event.operation.kind !== "program") return;
      lastProgramMs = event.atMs;
    };
  }
  const frames = new Map<number, number>();
  let firstDataMs = Infinity;
  bus.onWire = (record) => {
    const { id } = record.frame;
    frames.set(id, (frames.get(id) ?? 0) + 1);
    if (id === GROUP_ID) firstDataMs = Math.min(firstDataMs, record.startMs);
    options.onWire?.(record);
  };
  options.prepare?.({ clock, nodes });
  const events: FleetEvent[] = [];
  const { consume = (events$) => events$ } = options;
  consume(runFleet(fleetRun(options, world))).subscribe((event) => events.push(event));
  clock.run({ untilMs: 1_200_000, actionsMax: 200_000_000 });
  const left = new Map<string, string>();
  const done = new Set<string>();
  for (const event of events) {
    if (!("node" in event)) continue;
    if (event.type === "nodeLeftGroup") left.set(event.node, event.reason);
    if (event.type === "nodeDone") done.add(event.node);
  }
  const whole = nodes.filter((node, i) =>
    node.mode === "application" && holds(node, images[i]!) && done.has(node.options.name)
  ).map((node) => node.options.name);
  return {
    events,
    nodes,
    images,
    plan: planOf(images[0]!),
    frames,
    firstDataMs,
    lastProgramMs,
    spanMs: (names) => spanMs(events, names),
    whole,
    left,
  };
}

function createWorld(options: GroupBenchOptions): World {
  const { bus: kind, imageBytes = 256 * 1024, seed = 1, testerFaults = {} } = options;
  const clock = new VirtualClock();
  const isFd = kind === "fd";
  const bitRates = isFd ? { bitrateBps: 1e6, dataBitrateBps: 5e6 } : { bitrateBps: 1e6 };
  const bus = new VirtualBus({ name: "bus", bitRates, clock, seed });
  const format = formatOf(options);
  const geometry = findDevice(isFd ? "STM32G474RE" : "STM32F407VG");
  const layout = isFd ? G474_LAYOUT : F407_LAYOUT;
  const port = bus.attach("tester", testerFaults);
  const tester = new Tester({ name: "bus", port, clock, format, functional: FUNCTIONAL });
  const image = randomImage(layout.application.start, imageBytes, seed);
  const plans = new Map<FirmwareImage, FlashPlan>();
  const planOf = (one: FirmwareImage): FlashPlan => {
    const plan = plans.get(one) ?? planFlash({ image: one, geometry, layout });
    plans.set(one, plan);
    return plan;
  };
  const nodes = options.nodes.map(({ behaviour = {}, faults = {}, profile, dialect }, i) =>
    createVirtualNode({
      name: `n${i}`,
      port: bus.attach(`n${i}`, faults),
      clock,
      seed: seed + i,
      geometry,
      layout,
      functional: FUNCTIONAL,
      format,
      addressing: oppositeAddressing(addressingOf(i)),
      dialect: dialect ?? profile ?? GROUP_PROFILE,
      security: [{ level: 1, keySource: KEY_SOURCE }],
      hardware: "BENCH",
      behaviour,
    })
  );
  for (const node of nodes) node.powerOn();
  const images = options.nodes.map((node) => node.image ?? image);
  return { clock, bus, tester, nodes, images, planOf };
}

function fleetRun(options: GroupBenchOptions, world: World): FleetRun {
  const { clock, tester, nodes, images, planOf } = world;
  const format = formatOf(options);
  const prng = new Prng(options.seed ?? 1, 0x6B65);
  return {
    clock,
    cancellation: options.cancellation ?? { requested: false, requested$: EMPTY },
    buses: [tester],
    connect: ({ name, job }) =>
      tester.connect({
        format,
        addressing: addressingOf(Number(name.slice(1))),
        timing: job.profile.timing,
        isPrompt: job.profile.group !== undefined,
        keySource: KEY_SOURCE,
      }),
    openGroup: () => tester.openGroup(format, () => prng.bytes(4)),
    ...(options.repair === undefined ? {} : { groupRepair: options.repair }),
    nodes: nodes.map(({ options: { name, geometry } }, i) => ({
      name,
      bus: "bus",
      device: geometry.part,
      image: "app",
      job: {
        plan: planOf(images[i]!),
        profile: options.nodes[i]!.profile ?? GROUP_PROFILE,
        expectedHardware: "BENCH",
        expectedVersion: "2.0.0",
        blockNumber: 1,
        fingerprint: Uint8Array.of(0x20, 0x26, 0x11, 0x24),
      },
    })),
  };
}

function formatOf({ bus }: GroupBenchOptions): FrameFormat {
  const { padding: _none, ...format } = bus === "fd" ? FD_FORMAT : CLASSIC_FORMAT;
  return format;
}

function addressingOf(i: number): IsoTpAddressing {
  return {
    mode: "normal",
    tx: { id: 0x640 + i, extended: false },
    rx: { id: 0x540 + i, extended: false },
  };
}

function holds(node: VirtualNode, image: FirmwareImage): boolean {
  return image.ranges.every(({ start, data }) => {
    const held = node.flash.read(start, data.length);
    return held !== undefined && held.every((byte, i) => byte === data[i]);
  });
}

function spanMs(events: readonly FleetEvent[], names?: readonly string[]): number {
  let first = Infinity;
  let last = 0;
  for (const event of events) {
    if (!("node" in event) || event.type !== "segmentPhase") continue;
    if (names !== undefined && !names.includes(event.node)) continue;
    if (event.phase === "erasing") first = Math.min(first, event.atMs);
    if (event.phase === "verified") last = Math.max(last, event.atMs);
  }
  return last - first;
}

/** What one image takes on the wire in full consecutive frames of mean length, in ms. */
export function ceilingMs(plan: FlashPlan): number {
  const bytes = plan.segments.reduce((sum, { write }) => sum + write.data.length, 0);
  const shape = { extended: false, fd: false, bitRateSwitch: false, lengthBytes: 8 };
  const { nominalBits } = meanFrameBits(shape);
  return bytes / 7 * (nominalBits + INTERMISSION_BITS) / 1000;
}

/** What the node's flash alone takes, in ms. */
export function flashTimes(
  plan: FlashPlan,
): { readonly eraseMs: number; readonly programMs: number } {
  const units = plan.segments.flatMap(({ eraseUnits }) => eraseUnits);
  const bytes = plan.segments.reduce((sum, { write }) => sum + write.data.length, 0);
  return {
    eraseMs: eraseTimeMs(plan.geometry, units, "typical"),
    programMs: programTimeMs(plan.geometry, bytes, "typical"),
  };
}
