import { EMPTY, type Observable } from "rxjs";
import { Tester } from "../../src/tester/mod.ts";
import { Prng, VirtualClock } from "../../src/core/mod.ts";
import { type FleetEvent, withEveryNode } from "../../src/fleet/mod.ts";
import type { FirmwareImage } from "../../src/image/mod.ts";
import { CLASSIC_FORMAT, FD_FORMAT, oppositeAddressing } from "../../src/isotp/mod.ts";
import {
  type BusFaults,
  createVirtualNode,
  type FlashFaults,
  type NodeBehaviour,
  VirtualBus,
  type VirtualNode,
  type WireRecord,
} from "../../src/sim/mod.ts";
import {
  canSwapBanks,
  findDevice,
  type FlashPlan,
  type MemoryLayout,
  planFlash,
  planInactiveBank,
  singleBankMode,
} from "../../src/stm32/mod.ts";
import { createXorKeySource, type KeySource } from "../../src/uds/mod.ts";
import {
  type Cancellation,
  type NodeContext,
  type NodeEvent,
  segmentForProfile,
  updateNode,
  type UpdateProfile,
} from "../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../src/update/profiles/iso14229.ts";

/** The layout of an F407 with a 32 KiB bootloader. */
export const F407_LAYOUT: MemoryLayout = {
  bootloader: { start: 0x0800_0000, end: 0x0800_8000 },
  application: { start: 0x0800_8000, end: 0x0810_0000 },
};

/** An image with a plausible vector table and incompressible content. */
export function randomImage(
  start: number,
  lengthBytes: number,
  seed: number,
  version = "2.0.0",
): FirmwareImage {
  const data = new Prng(seed).bytes(lengthBytes);
  const view = new DataView(data.buffer);
  view.setUint32(0, 0x2002_0000, true);
  view.setUint32(4, start + 0x1C1, true);
  data.set(new TextEncoder().encode(`CANVOY-VERSION:${version}\0`), 0x400);
  return { ranges: [{ start, end: start + lengthBytes, data }] };
}

/** Nodes on one virtual bus, a tester, and an image for all. */
export interface BenchOptions {
  readonly image: FirmwareImage;
  readonly device?: string;
  readonly layout?: MemoryLayout;
  /** What the nodes are in truth; what was planned for by default. */
  readonly nodeDevice?: string;
  /** Whether the fleet file leaves open how many banks there are. */
  readonly isModeOpen?: boolean;
  readonly fd?: boolean;
  readonly seed?: number;
  readonly faults?: BusFaults;
  readonly behaviours: readonly NodeBehaviour[];
  /** Nodes that nobody knows of, on the identifiers of node 0. */
  readonly twins?: readonly { readonly hardware: string; readonly behaviour: NodeBehaviour }[];
  /** What the nodes run at first; nothing by default. */
  readonly application?: FirmwareImage;
  /** What is wrong with their flash; nothing by default. */
  readonly flashFaults?: FlashFaults;
  /** What they are given when the new image does not come up; nothing by default. */
  readonly rollback?: FirmwareImage;
  /** What the new application must call itself; 2.0.0 by default. */
  readonly expectedVersion?: string;
  /** Nodes, by index, that do not take the tester's key. */
  readonly otherKeyNodes?: readonly number[];
  /** The default profile by default. */
  readonly profile?: UpdateProfile;
  /** What the fleet file says of the nodes' hardware; what it is by default. */
  readonly expectedHardware?: string;
  /** The operator's wish to stop; never by default. */
  readonly cancellation?: Cancellation;
  /** One node's conversation; an update by default. */
  readonly talk?: (context: NodeContext) => Observable<NodeEvent>;
  /** When the bus is gone for good; never by default. */
  readonly lost$?: Observable<never>;
  /** Called before the run begins, with its clock and nodes. */
  readonly prepare?: (clock: VirtualClock, nodes: readonly VirtualNode[]) => void;
  /** Sees each event as it comes. */
  readonly onEvent?: (event: FleetEvent) => void;
}

/** Runs an update in virtual time and tells everything about it. */
export function runBench(options: BenchOptions): {
  readonly events: readonly FleetEvent[];
  readonly nodes: readonly VirtualNode[];
  readonly twins: readonly VirtualNode[];
  readonly bus: VirtualBus;
  /** What was on the wire, in order. */
  readonly records: readonly WireRecord[];
  readonly clock: VirtualClock;
} {
  const { image, behaviours, seed = 1, faults = {}, fd = false, otherKeyNodes = [] } = options;
  const profile = options.profile ?? ISO14229_PROFILE;
  const clock = new VirtualClock();
  const geometry = findDevice(options.device ?? "STM32F407VG");
  const layout = options.layout ?? F407_LAYOUT;
  const bitRates = fd ? { bitrateBps: 5e5, dataBitrateBps: 2e6 } : { bitrateBps: 1e6 };
  const records: WireRecord[] = [];
  const bus = new VirtualBus({ name: "bench", bitRates, clock, seed, faults });
  bus.onWire = (record) => records.push(record);
  const keySource = createXorKeySource(Uint8Array.of(0xA5, 0x5A, 0x12, 0x34));
  const otherKeySource = createXorKeySource(Uint8Array.of(1, 2, 3, 4));
  const functionalId = { id: 0x7DF, extended: false };
  const format = fd ? FD_FORMAT : CLASSIC_FORMAT;
  const tester = new Tester({
    name: "bench",
    port: bus.attach("tester"),
    clock,
    format,
    functional: { mode: "normal", tx: functionalId, rx: functionalId },
    ...(options.lost$ === undefined ? {} : { lost$: options.lost$ }),
  });
  const plan = segmentForProfile(planFlash({ image, geometry, layout }), profile);

  const createNode = (
    name: string,
    i: number,
    behaviour: NodeBehaviour,
    hardware: string,
  ): VirtualNode =>
    createVirtualNode({
      name,
      port: bus.attach(name),
      clock,
      seed: seed + i,
      geometry: options.nodeDevice === undefined ? geometry : findDevice(options.nodeDevice),
      layout,
      functional: { mode: "normal", tx: functionalId, rx: functionalId },
      format,
      addressing: {
        mode: "normal",
        tx: { id: 0x200 + i, extended: false },
        rx: { id: 0x400 + i, extended: false },
      },
      dialect: profile,
      security: [{ level: 1, keySource: otherKeyNodes.includes(i) ? otherKeySource : keySource }],
      hardware,
      behaviour,
      ...(options.flashFaults === undefined ? {} : { flashFaults: options.flashFaults }),
      ...(options.application === undefined ? {} : { application: options.application.ranges }),
    });
  const nodes = behaviours.map((behaviour, i) =>
    createNode(`node-${i}`, i, behaviour, "BENCH-F407")
  );
  const twins = (options.twins ?? []).map(({ hardware, behaviour }, i) =>
    createNode(`twin-${i}`, 0, behaviour, hardware)
  );
  for (const node of [...nodes, ...twins]) node.powerOn();
  options.prepare?.(clock, nodes);
  const events = runAll({ options, clock, tester, nodes, plan, keySource, profile });
  return { events, nodes, twins, bus, records, clock };
}

/** Updates all nodes with one plan and tells what happened. */
function runAll(
  parts: {
    readonly options: BenchOptions;
    readonly clock: VirtualClock;
    readonly tester: Tester;
    readonly nodes: readonly VirtualNode[];
    readonly plan: FlashPlan;
    readonly keySource: KeySource;
    readonly profile: UpdateProfile;
  },
): readonly FleetEvent[] {
  const { options, clock, tester, nodes, plan, keySource, profile } = parts;
  const { cancellation = { requested: false, requested$: EMPTY }, talk = updateNode } = options;
  const isExchanged = profile.banks !== undefined && canSwapBanks(plan.geometry);
  const { layout } = plan;
  const planOf = (image: FirmwareImage, geometry = plan.geometry): FlashPlan =>
    segmentForProfile(planFlash({ image, geometry, layout }), profile);
  const events: FleetEvent[] = [];
  withEveryNode({
    clock,
    cancellation,
    buses: [tester],
    connect: (node) =>
      tester.connect({
        format: nodes[0]!.options.format,
        addressing: oppositeAddressing(nodes[Number(node.name.slice(5))]!.options.addressing),
        timing: node.job.profile.timing,
        keySource,
      }),
    nodes: nodes.map((node) => ({
      name: node.options.name,
      bus: "bench",
      device: plan.geometry.part,
      image: "app",
      job: {
        plan,
        ...(options.rollback === undefined ? {} : {
          rollbackPlan: planOf(options.rollback),
        }),
        ...(isExchanged ? { inactivePlan: planInactiveBank(plan) } : {}),
        ...(options.isModeOpen === true
          ? {
            singleBankPlan: planOf(options.image, singleBankMode(plan.geometry)!),
          }
          : {}),
        profile,
        expectedHardware: options.expectedHardware ?? "BENCH-F407",
        expectedVersion: options.expectedVersion ?? "2.0.0",
        blockNumber: 1,
        fingerprint: Uint8Array.of(0x20, 0x26, 0x11, 0x23),
      },
    })),
  }, talk).subscribe((event) => {
    events.push(event);
    options.onEvent?.(event);
  });
  clock.run({ untilMs: 600_000, actionsMax: 50_000_000 });
  return events;
}

/** Reads each node's flash directly and compares it with the image. */
export function differingNodes(
  nodes: readonly VirtualNode[],
  image: FirmwareImage,
): readonly string[] {
  return nodes.filter((node) =>
    image.ranges.some(({ start, data }) => {
      const held = node.flash.read(start, data.length);
      return held === undefined || held.some((byte, i) => byte !== data[i]);
    })
  ).map((node) => node.options.name);
}
