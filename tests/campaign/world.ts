import { EMPTY, type Subscription } from "rxjs";
import type { CanBitRates, CanFrame } from "../../src/can/mod.ts";
import { Tester } from "../../src/tester/mod.ts";
import { type AddressRange, type Clock, Prng, VirtualClock } from "../../src/core/mod.ts";
import { type FleetEvent, type FleetNodeJob, runFleet } from "../../src/fleet/mod.ts";
import type { FirmwareImage } from "../../src/image/mod.ts";
import {
  CLASSIC_FORMAT,
  FD_FORMAT,
  type FrameFormat,
  type IsoTpAddressing,
  oppositeAddressing,
  resolveAddressing,
} from "../../src/isotp/mod.ts";
import {
  type BusFaults,
  createVirtualNode,
  type FlashFaults,
  type NodeBehaviour,
  VirtualBus,
  type VirtualNode,
  type VirtualNodeSnapshot,
  type VirtualPort,
} from "../../src/sim/mod.ts";
import {
  canSwapBanks,
  findDevice,
  type FlashPlan,
  inInactiveBank,
  type MemoryLayout,
  planFlash,
  planInactiveBank,
} from "../../src/stm32/mod.ts";
import type { Twin } from "./draw_strictness.ts";
import { createXorKeySource } from "../../src/uds/mod.ts";
import { type Cancellation, segmentForProfile, type UpdateProfile } from "../../src/update/mod.ts";
import { onHost } from "./host_port.ts";
import { WORLD_PROFILES } from "./profiles.ts";

/** A bus of a world. */
export interface BusSpec {
  readonly bitRates: CanBitRates;
  readonly faults: BusFaults;
}

/** A node of a world, and what it is to become. */
export interface NodeSpec {
  readonly name: string;
  readonly bus: number;
  readonly device: string;
  readonly layout: MemoryLayout;
  readonly profile: string;
  readonly oldImage: FirmwareImage;
  readonly newImage: FirmwareImage;
  readonly behaviour: NodeBehaviour;
  readonly faults?: BusFaults;
  readonly flashFaults?: FlashFaults;
  /** Whether the tester has another key than the node. */
  readonly hasWrongKey?: boolean;
  /** Another node on the same identifiers. */
  readonly twin?: Twin;
}

/** A whole world; from the same spec the same happens. */
export interface WorldSpec {
  readonly seed: number;
  readonly buses: readonly BusSpec[];
  readonly nodes: readonly NodeSpec[];
}

const FUNCTIONAL: IsoTpAddressing = {
  mode: "normal",
  tx: { id: 0x7DF, extended: false },
  rx: { id: 0x7DF, extended: false },
};
/** Identifier of requests to the first node. */
const REQUEST_ID = 0x300;
const NODE_KEY = Uint8Array.of(0xC3, 0x5A, 0x96, 0x0F);
const WRONG_KEY = Uint8Array.of(0xC3, 0x5A, 0x96, 0x0E);
/** Long enough for every retry of every node; what takes longer hangs. */
export const RUN_MS_MAX = 3 * 3600_000;
const RUN_ACTIONS_MAX = 40_000_000;
const TESTER_PRESENT = 0x3E;
/** A node that has just been told to restart takes a moment. */
const ANSWER_MS_MAX = 10_000;
const ASK_EVERY_MS = 200;
const RAM_DRIVER = new Uint8Array(600).fill(0x5A);

/** Buses, nodes and a tester in virtual time. */
export class World {
  readonly spec: WorldSpec;
  readonly clock = new VirtualClock();
  readonly buses: readonly VirtualBus[];
  readonly nodes: readonly VirtualNode[];
  readonly plans: readonly FlashPlan[];
  /** Nodes on identifiers that are another's, by its name. */
  readonly twins: ReadonlyMap<string, VirtualNode>;
  /** Called with the service of each request to a node whose first frame was tried to be sent. */
  readonly onRequestBegun = new Map<number, (sid: number) => void>();
  /** The tester's controllers in the run at hand, by bus. */
  testerPorts: readonly VirtualPort[] = [];

  /**
   * Makes a world with its nodes off.
   *
   * @param spec What is in it.
   * @param held What the nodes hold; what they were delivered with by default.
   */
  constructor(spec: WorldSpec, held: readonly VirtualNodeSnapshot[] = []) {
    this.spec = spec;
    this.buses = spec.buses.map(({ bitRates, faults }, i) =>
      new VirtualBus({ name: `bus-${i}`, bitRates, clock: this.clock, seed: spec.seed + i, faults })
    );
    this.nodes = spec.nodes.map((node, i) => this.#node(node, i));
    this.twins = new Map(
      spec.nodes.flatMap((node, i) =>
        node.twin === undefined ? [] : [[node.name, this.#twin(node, node.twin, i)] as const]
      ),
    );
    this.plans = spec.nodes.map((node) => planOf(node));
    for (const bus of this.buses) bus.onWire = ({ frame }) => this.#seeFrame(frame);
    for (const [i, snapshot] of held.entries()) this.nodes[i]!.restore(snapshot);
  }

  /** Gives all nodes power. */
  powerOn(): void {
    for (const node of [...this.nodes, ...this.twins.values()]) node.powerOn();
  }

  /** Takes what the nodes hold without power. */
  snapshots(): readonly VirtualNodeSnapshot[] {
    return this.nodes.map((node) => node.snapshot());
  }

  /**
   * Updates all nodes.
   *
   * @param options The tester's own clock; the operator's wish; when to drop everything, as a host
   * that is killed does.
   * @returns What happened; the last event is `runFinished` unless it was dropped.
   */
  run(options: {
    readonly clock?: Clock;
    readonly cancellation?: Cancellation;
    readonly isKilled?: (event: FleetEvent) => boolean;
    readonly onEvent?: (event: FleetEvent) => void;
  } = {}): readonly FleetEvent[] {
    const { clock = this.clock, isKilled = () => false } = options;
    this.testerPorts = this.buses.map((bus) => bus.attach("tester"));
    const testers = this.testerPorts.map((port, i) =>
      new Tester({
        name: `bus-${i}`,
        port: clock === this.clock ? port : onHost(port, clock),
        clock,
        format: this.#format(i),
        functional: FUNCTIONAL,
      })
    );
    const events: FleetEvent[] = [];
    const keys = new Prng(this.spec.seed, 0x6B65);
    let isOver = false;
    const subscription: Subscription = runFleet({
      clock,
      cancellation: options.cancellation ?? { requested: false, requested$: EMPTY },
      buses: testers,
      nodes: this.spec.nodes.map((_node, i) => this.job(i)),
      connect: ({ name }) => {
        const i = this.spec.nodes.findIndex((node) => node.name === name);
        const node = this.spec.nodes[i]!;
        return testers[node.bus]!.connect({
          format: this.#format(node.bus),
          addressing: addressingOf(i),
          timing: profileOf(node).timing,
          session: { keepAlive: profileOf(node).keepAlive, s3Ms: profileOf(node).timing.s3Ms },
          isPrompt: profileOf(node).group !== undefined,
          keySource: createXorKeySource(node.hasWrongKey ? WRONG_KEY : NODE_KEY),
        });
      },
      openGroup: ({ bus }) => {
        const i = Number(bus.slice(4));
        return testers[i]!.openGroup(this.#format(i), () => keys.bytes(4));
      },
    }).subscribe((event) => {
      if (isOver) return;
      events.push(event);
      options.onEvent?.(event);
      isOver = event.type === "runFinished" || isKilled(event);
    });
    this.runUntil(() => isOver);
    subscription.unsubscribe();
    for (const tester of testers) tester.close();
    return events;
  }

  /** Asks a node whether it is there, as a tester of its own. */
  isListening(index: number): boolean {
    const { tx, rx } = resolveAddressing(addressingOf(index));
    const port = this.buses[this.spec.nodes[index]!.bus]!.attach("who is there");
    let hasAnswered = false;
    port.listen(rx, ({ data }) => hasAnswered ||= (data[1] ?? 0) === TESTER_PRESENT + 0x40);
    const data = Uint8Array.of(2, TESTER_PRESENT, 0);
    const untilMs = this.clock.now() + ANSWER_MS_MAX;
    while (!hasAnswered && this.clock.now() < untilMs) {
      port.transmit({ ...tx, fd: false, bitRateSwitch: false, data }, () => {});
      this.clock.run({ untilMs: this.clock.now() + ASK_EVERY_MS });
    }
    port.close();
    return hasAnswered;
  }

  /** Lets time pass until something holds; bounded. */
  runUntil(isOver: () => boolean): void {
    const endMs = this.clock.now() + RUN_MS_MAX;
    for (let actions = 0; !isOver() && actions < RUN_ACTIONS_MAX; actions += 64) {
      const ran = this.clock.run({ untilMs: endMs, actionsMax: 64 });
      if (ran < 64 && !isOver()) return;
    }
  }

  #seeFrame({ id, data }: CanFrame): void {
    const onBegun = this.onRequestBegun.get(id - REQUEST_ID);
    const [pci = 0xFF, second = 0] = data;
    // Of a single frame, of a first frame, and of both with an escaped length.
    const start = pci === 0x10 && second === 0 ? 6 : pci >> 4 === 1 || pci === 0 ? 2 : 1;
    if (onBegun !== undefined && pci < 0x20) onBegun(data[start]!);
  }

  #twin(spec: NodeSpec, { hardware, responseDelayMs }: Twin, index: number): VirtualNode {
    const behaviour = { responseDelayMs, responsePendingAfterMs: Infinity };
    return this.#node({ ...spec, name: `twin of ${spec.name}`, behaviour }, index, hardware);
  }

  #format(bus: number): FrameFormat {
    return this.spec.buses[bus]!.bitRates.dataBitrateBps === undefined ? CLASSIC_FORMAT : FD_FORMAT;
  }

  #node(spec: NodeSpec, index: number, hardware = spec.device): VirtualNode {
    const profile = profileOf(spec);
    return createVirtualNode({
      name: spec.name,
      port: this.buses[spec.bus]!.attach(spec.name, spec.faults ?? {}),
      clock: this.clock,
      seed: this.spec.seed * 64 + index,
      geometry: findDevice(spec.device),
      layout: spec.layout,
      addressing: oppositeAddressing(addressingOf(index)),
      functional: oppositeAddressing(FUNCTIONAL),
      format: this.#format(spec.bus),
      dialect: profile,
      security: securityLevels(profile)
        .map((level) => ({ level, keySource: createXorKeySource(NODE_KEY) })),
      hardware,
      application: spec.oldImage.ranges,
      behaviour: spec.behaviour,
      ...(spec.flashFaults === undefined ? {} : { flashFaults: spec.flashFaults }),
    });
  }

  /** What is to be done to a node. */
  job(index: number): FleetNodeJob {
    const node = this.spec.nodes[index]!;
    const profile = profileOf(node);
    const plan = segmentForProfile(this.plans[index]!, profile);
    return {
      name: node.name,
      bus: `bus-${node.bus}`,
      device: node.device,
      image: "new",
      job: {
        plan,
        ...(isExchanged(node) ? { inactivePlan: planInactiveBank(plan) } : {}),
        profile,
        expectedHardware: node.device,
        expectedVersion: "2.0.0",
        blockNumber: 1,
        fingerprint: new Uint8Array(node.profile === "vw-like" ? 9 : 4).fill(0x26),
        ...(profile.driver === undefined
          ? {}
          : { driver: { address: plan.geometry.ram[0]!.start, data: RAM_DRIVER } }),
      },
    };
  }
}

/** A node's profile. */
export function profileOf(node: NodeSpec): UpdateProfile {
  return WORLD_PROFILES.get(node.profile)!;
}

/** Whether a node's image goes to the bank that does not run, and the banks are exchanged. */
export function isExchanged({ profile, device }: Pick<NodeSpec, "profile" | "device">): boolean {
  const { banks } = WORLD_PROFILES.get(profile)!;
  return banks !== undefined && canSwapBanks(findDevice(device));
}

/** What an update of a node may erase, at the addresses that it has at that moment. */
export function erasableRanges(node: NodeSpec, plan: FlashPlan): readonly AddressRange[] {
  const ranges = plannedRanges(node, plan);
  return isExchanged(node) ? ranges.map((range) => inInactiveBank(plan.geometry, range)) : ranges;
}

/** What may have changed after any number of updates, by its place in silicon. */
export function changeableRanges(node: NodeSpec, plan: FlashPlan): readonly AddressRange[] {
  const ranges = plannedRanges(node, plan);
  return isExchanged(node) ? [...ranges, ...erasableRanges(node, plan)] : ranges;
}

function plannedRanges(node: NodeSpec, plan: FlashPlan): readonly AddressRange[] {
  const { erase, download, check } = profileOf(node);
  if (erase.scope === "image") return [node.layout.application];
  const [first, last] = [plan.segments[0]!.range, plan.segments.at(-1)!.range];
  const isWhole = download.unit === "image" || check?.scope === "image";
  return isWhole
    ? [{ start: first.start, end: last.end }]
    : plan.segments.map((segment) => segment.range);
}

function planOf({ device, layout, newImage }: NodeSpec): FlashPlan {
  return planFlash({ image: newImage, geometry: findDevice(device), layout });
}

function securityLevels(profile: UpdateProfile): readonly number[] {
  return profile.enter.flatMap((step) => step.kind === "securityAccess" ? [step.level] : []);
}

/** Seen from the tester. */
export function addressingOf(index: number): IsoTpAddressing {
  return {
    mode: "normal",
    tx: { id: REQUEST_ID + index, extended: false },
    rx: { id: 0x200 + index, extended: false },
  };
}
