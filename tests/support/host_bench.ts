import { EMPTY, type Subscription } from "rxjs";
import { Tester } from "../../src/tester/mod.ts";
import { Prng, VirtualClock } from "../../src/core/mod.ts";
import {
  type EventJournal,
  type FleetEvent,
  type NodeHistory,
  withEveryNode,
} from "../../src/fleet/mod.ts";
import type { FirmwareImage } from "../../src/image/mod.ts";
import { CLASSIC_FORMAT, oppositeAddressing } from "../../src/isotp/mod.ts";
import {
  createVirtualNode,
  type NodeBehaviour,
  VirtualBus,
  type VirtualNode,
  type VirtualNodeOptions,
} from "../../src/sim/mod.ts";
import { findDevice, type FlashPlan, type MemoryLayout, planFlash } from "../../src/stm32/mod.ts";
import { createXorKeySource } from "../../src/uds/mod.ts";
import { type Cancellation, updateNode, type UpdateProfile } from "../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../src/update/profiles/iso14229.ts";

/** A part whose flash is divided so that the bench's images have several segments. */
export interface BenchPart {
  readonly device: string;
  readonly layout: MemoryLayout;
}

/** Pages of 2 KiB. */
export const G474: BenchPart = {
  device: "STM32G474RE",
  layout: {
    bootloader: { start: 0x0800_0000, end: 0x0800_8000 },
    application: { start: 0x0800_8000, end: 0x0808_0000 },
  },
};
/** Pages of 1 KiB. */
export const F103: BenchPart = {
  device: "STM32F103CB",
  layout: {
    bootloader: { start: 0x0800_0000, end: 0x0800_4000 },
    application: { start: 0x0800_4000, end: 0x0802_0000 },
  },
};

/** An image that fills a part's application from its start, with a plausible vector table. */
export function imageFor(part: BenchPart, lengthBytes: number, seed: number): FirmwareImage {
  const { start } = part.layout.application;
  const data = new Prng(seed).bytes(lengthBytes);
  const view = new DataView(data.buffer);
  view.setUint32(0, 0x2000_1000, true);
  view.setUint32(4, start + 0x101, true);
  return { ranges: [{ start, end: start + lengthBytes, data }] };
}

/** What a bench is made of. */
export interface HostBenchOptions {
  readonly part: BenchPart;
  readonly image: FirmwareImage;
  /** One for each node. */
  readonly behaviours: readonly NodeBehaviour[];
  /** Serial numbers, by node; none tells one by default. */
  readonly serials?: readonly (string | undefined)[];
  readonly segmentSizeBytesMax?: number;
  readonly profile?: UpdateProfile;
  /** What the nodes run before. */
  readonly application?: VirtualNodeOptions["application"];
}

/** What a host is told. */
export interface HostOptions {
  readonly journal?: EventJournal;
  readonly histories?: ReadonlyMap<string, NodeHistory>;
  readonly cancellation?: Cancellation;
  readonly image?: FirmwareImage;
  /** What the nodes are called that are updated, and which each is; by default all, as they are. */
  readonly wiring?: readonly WiredNode[];
  /** What is known by serial numbers. */
  readonly historyOfSerial?: (name: string, serial: string) => NodeHistory | undefined;
}

/** What a host calls a node of the bench. */
export interface WiredNode {
  readonly name: string;
  readonly node: number;
}

const KEY_SOURCE = createXorKeySource(Uint8Array.of(0xA5, 0x5A, 0x12, 0x34));
const FUNCTIONAL = {
  mode: "normal",
  tx: { id: 0x7DF, extended: false },
  rx: { id: 0x7DF, extended: false },
} as const;

/** A group's blocks fill their frames. */
const { padding: _none, ...UNPADDED } = CLASSIC_FORMAT;

/** Nodes on a bus that outlive the hosts that update them, one after the other. */
export class HostBench {
  readonly clock = new VirtualClock();
  readonly bus: VirtualBus;
  readonly nodes: readonly VirtualNode[];
  readonly options: HostBenchOptions;
  readonly profile: UpdateProfile;

  constructor(options: HostBenchOptions) {
    this.options = options;
    this.profile = options.profile ?? ISO14229_PROFILE;
    const { part, behaviours, application } = options;
    const { clock } = this;
    this.bus = new VirtualBus({
      name: "bench",
      bitRates: { bitrateBps: 1_000_000 },
      clock,
      seed: 1,
    });
    this.nodes = behaviours.map((behaviour, i) =>
      createVirtualNode({
        name: `node-${i}`,
        port: this.bus.attach(`node-${i}`),
        clock,
        seed: 1 + i,
        geometry: findDevice(part.device),
        layout: part.layout,
        functional: FUNCTIONAL,
        format: CLASSIC_FORMAT,
        addressing: {
          mode: "normal",
          tx: { id: 0x200 + i, extended: false },
          rx: { id: 0x400 + i, extended: false },
        },
        dialect: this.profile,
        security: [{ level: 1, keySource: KEY_SOURCE }],
        hardware: "BENCH",
        behaviour,
        ...(application === undefined ? {} : { application }),
        ...serialOf(options, i),
      })
    );
    for (const node of this.nodes) node.powerOn();
  }

  /** What is written where. */
  plan(image = this.options.image): FlashPlan {
    const { part, segmentSizeBytesMax } = this.options;
    return planFlash(
      { image, geometry: findDevice(part.device), layout: part.layout },
      segmentSizeBytesMax === undefined ? {} : { segmentSizeBytesMax },
    );
  }

  /** A host that begins to update all nodes; time stands still until the clock is run. */
  host(options: HostOptions = {}): BenchHost {
    return new BenchHost(this, options);
  }

  /** Runs a host to its end and gives its events. */
  update(options: HostOptions = {}): readonly FleetEvent[] {
    const host = this.host(options);
    host.finish();
    return host.events;
  }

  /** Names of nodes whose flash is not the image, read directly. */
  differing(image = this.options.image): readonly string[] {
    return this.nodes.filter((node) =>
      image.ranges.some(({ start, data }) => {
        const held = node.flash.read(start, data.length);
        return held === undefined || held.some((byte, i) => byte !== data[i]);
      })
    ).map((node) => node.options.name);
  }
}

/** One process that updates a bench's nodes, and may be killed. */
export class BenchHost {
  readonly events: FleetEvent[] = [];
  readonly #bench: HostBench;
  readonly #tester: Tester;
  readonly #subscription: Subscription;

  constructor(bench: HostBench, options: HostOptions) {
    this.#bench = bench;
    const { clock, bus, nodes, profile } = bench;
    const isGroup = profile.group !== undefined;
    const prng = new Prng(1, 0x6B65);
    this.#tester = new Tester({
      name: "bench",
      port: bus.attach("tester"),
      clock,
      format: CLASSIC_FORMAT,
      functional: FUNCTIONAL,
    });
    const plan = bench.plan(options.image);
    const wiring = options.wiring ??
      nodes.map(({ options: { name } }, node): WiredNode => ({ name, node }));
    const indexOf = new Map(wiring.map(({ name, node }) => [name, node]));
    this.#subscription = withEveryNode({
      clock,
      cancellation: options.cancellation ?? { requested: false, requested$: EMPTY },
      buses: [this.#tester],
      connect: (node) =>
        this.#tester.connect({
          format: CLASSIC_FORMAT,
          addressing: oppositeAddressing(nodes[indexOf.get(node.name)!]!.options.addressing),
          timing: profile.timing,
          isPrompt: isGroup,
          keySource: KEY_SOURCE,
        }),
      ...(isGroup
        ? { openGroup: () => this.#tester.openGroup(UNPADDED, () => prng.bytes(4)) }
        : {}),
      nodes: wiring.map(({ name }) => ({
        name,
        bus: "bench",
        device: plan.geometry.part,
        image: "app",
        job: {
          plan,
          profile,
          blockNumber: 1,
          fingerprint: Uint8Array.of(0x20, 0x26, 0x11, 0x23),
          ...historyOf(options, name),
          ...(options.historyOfSerial === undefined ? {} : {
            historyOfSerial: (serial: string) => options.historyOfSerial!(name, serial),
          }),
        },
      })),
      ...(options.journal === undefined ? {} : { journal: options.journal }),
    }, updateNode).subscribe((event) => this.events.push(event));
  }

  /** Whether every node has ended. */
  get isFinished(): boolean {
    return this.events.at(-1)?.type === "runFinished";
  }

  /** Runs the bench until this host is through. */
  finish(): void {
    const untilMs = this.#bench.clock.now() + 600_000;
    while (!this.isFinished && this.#bench.clock.now() < untilMs) {
      if (this.#bench.clock.run({ untilMs, actionsMax: 1000 }) === 0) break;
    }
    this.#tester.close();
  }

  /** Ends it as `kill -9` does: nothing more is sent, frames that wait for the wire are gone. */
  kill(): void {
    this.#subscription.unsubscribe();
    this.#tester.close();
  }
}

function serialOf({ serials }: HostBenchOptions, node: number): { serial?: string } {
  const serial = serials?.[node];
  return serial === undefined ? {} : { serial };
}

function historyOf(options: HostOptions, name: string): { history?: NodeHistory } {
  const history = options.histories?.get(name);
  return history === undefined ? {} : { history };
}
