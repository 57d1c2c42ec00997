/** Runs of the product against rogue nodes in virtual time, through its public door. */
import type { Subscription } from "rxjs";
import type { Release } from "../../src/bundle/mod.ts";
import { Prng, VirtualClock } from "../../src/core/mod.ts";
import {
  EMPTY_FLEET,
  type EventJournal,
  type Fleet,
  type FleetEvent,
  type FleetState,
  type NodeHistory,
  type NodeState,
  readFleetFile,
  reduceFleet,
} from "../../src/fleet/mod.ts";
import { type BusFaults, VirtualBus } from "../../src/sim/mod.ts";
import { FLEET_LOOKUPS, updateFleet, verifyFleet } from "../../src/tester/mod.ts";
import { CuttablePort } from "./cuttable_port.ts";
import type { RogueOptions } from "./rogue_options.ts";
import { RogueServer } from "./rogue_server.ts";

const BOOTLOADER_END = 0x0800_8000;
const FLASH_END = 0x0810_0000;
const REQUEST = 0x600;
const RESPONSE = 0x680;
const FUNCTIONAL = 0x7DF;
/** An update of a bench that takes longer than this does not end at all. */
const RUN_MS_MAX = 1_800_000;

/** A bench: rogue nodes on one bus, and the fleet file that canvoy is given. */
export interface RogueBenchOptions {
  /** The node; or each node of several. */
  readonly rogue?: RogueOptions | readonly RogueOptions[];
  /** A second node on the identifiers of the first. */
  readonly twin?: RogueOptions;
  /** Where its image begins: 16 KiB sectors at 0x08008000 (default), 128 KiB at 0x08020000. */
  readonly base?: number;
  /** Where its image is linked; where it begins by default. */
  readonly linkedAt?: number;
  /** Makes of an image whose halves are alike the file that the tester gets: an opaque one. */
  readonly pack?: (image: Uint8Array) => Uint8Array;
  /** 40 KiB by default: three segments of 16 KiB sectors. */
  readonly imageBytes?: number;
  /** What the fleet file's profile says besides `extends: iso14229`: a YAML flow mapping's inside. */
  readonly profile?: string;
  /** What the fleet file says that the image calls itself; 2.0.0 by default. */
  readonly version?: string;
  /** A flash driver goes to RAM first. */
  readonly hasDriver?: boolean;
  /** What the bus says besides its bit rate. */
  readonly bus?: string;
  /** What the node says besides. */
  readonly node?: string;
  /** Keys; the right ones by default. */
  readonly security?: string;
  /** Opens key sources that need a file. */
  readonly keySource?: NonNullable<Parameters<typeof updateFleet>[0]["keySource"]>;
  readonly bitrateBps?: number;
  /** What each node's controller loses. */
  readonly faults?: BusFaults;
  /** What the tester's loses. */
  readonly testerFaults?: BusFaults;
  /** What losses are drawn from; 1 by default. */
  readonly seed?: number;
}

/** What one run is given. */
export interface RogueRunOptions {
  /** Compares only, in place of an update. */
  readonly isVerify?: boolean;
  /** Lets it open group downloads. */
  readonly newGroupKey?: () => Uint8Array;
  readonly journal?: EventJournal;
  readonly histories?: ReadonlyMap<string, NodeHistory>;
  /** A signed release that the images come from; its signatures were looked at before. */
  readonly release?: { readonly release: Release };
}

/** Rogue nodes that outlive the runs against them. */
export class RogueBench {
  readonly clock = new VirtualClock();
  readonly nodes: readonly RogueServer[];
  readonly twin: RogueServer | undefined;
  readonly image: Uint8Array;
  /** What the tester is given of it. */
  readonly file: Uint8Array;
  readonly base: number;
  readonly linkedAt: number;
  readonly fleet: Fleet;
  readonly bus: VirtualBus;
  /** What the tester's controller loses. */
  readonly testerFaults: BusFaults;
  readonly keySource: RogueBenchOptions["keySource"];
  readonly #faults: BusFaults;
  #run: RogueRun | undefined;

  constructor(options: RogueBenchOptions = {}) {
    const { rogue = {}, twin, base = BOOTLOADER_END, imageBytes = 40 * 1024 } = options;
    const { clock } = this;
    this.base = base;
    this.linkedAt = options.linkedAt ?? base;
    this.image = rogueImage(this.linkedAt, imageBytes, 2);
    if (options.pack !== undefined) this.image.copyWithin(imageBytes / 2, 0);
    this.file = options.pack?.(this.image) ?? this.image;
    const bitRates = { bitrateBps: options.bitrateBps ?? 500_000 };
    const { seed = 1, faults = {}, testerFaults = {} } = options;
    this.bus = new VirtualBus({ name: "bench", bitRates, clock, seed });
    this.#faults = faults;
    this.keySource = options.keySource;
    this.testerFaults = testerFaults;
    // A bus has others on it: a frame is acknowledged also when the tester is away.
    this.bus.attach("witness");
    const rogues = Array.isArray(rogue) ? rogue as readonly RogueOptions[] : [rogue];
    this.nodes = rogues.map((one, i) => this.#rogue(`node-${i}`, one as RogueOptions, i));
    this.twin = twin === undefined ? undefined : this.#rogue("twin", twin, 0);
    const text = fleetText(options, base, this.nodes.length);
    this.fleet = readFleetFile({ name: "fleet.yaml", text }, FLEET_LOOKUPS);
  }

  /** The first node. */
  get node(): RogueServer {
    return this.nodes[0]!;
  }

  #rogue(name: string, options: RogueOptions, index: number): RogueServer {
    const { base, image, clock } = this;
    return new RogueServer({
      port: this.bus.attach(name, this.#faults),
      clock,
      options,
      rxId: REQUEST + index,
      txId: RESPONSE + index,
      functionalId: FUNCTIONAL,
      application: { start: base, end: FLASH_END },
      applications: [
        { version: "1.0.0", address: base, data: rogueImage(this.linkedAt, image.length, 1) },
        { version: "2.0.0", address: base, data: image },
      ],
      heardBy: () => this.#run?.isListening === true ? this.#run.id : undefined,
    });
  }

  /** A host that begins the update; time stands still until the bench is run. */
  start(options: RogueRunOptions = {}): RogueRun {
    this.#run = new RogueRun(this, options);
    return this.#run;
  }

  /** A whole run. */
  update(options: RogueRunOptions = {}): RogueRun {
    const run = this.start(options);
    run.finish();
    return run;
  }

  /** Takes the first node off the bus for good, and puts another one on its identifiers. */
  exchange(options: RogueOptions): RogueServer {
    this.node.unplug();
    return this.#rogue("another", options, 0);
  }

  /** Lets time go by. */
  wait(ms: number): void {
    this.clock.run({ untilMs: this.clock.now() + ms, actionsMax: 20_000_000 });
  }

  /** Whether a node's flash is the new image. */
  holdsImage(node: RogueServer = this.node): boolean {
    return node.flash.holds(this.base, this.image);
  }
}

/** One host's run. */
export class RogueRun {
  readonly events: FleetEvent[] = [];
  readonly startedAtMs: number;
  state: FleetState = EMPTY_FLEET;
  isKilled = false;
  /** What the stream threw, which it should not. */
  error: unknown;
  readonly #bench: RogueBench;
  readonly #controller = new AbortController();
  readonly #subscription: Subscription;
  #port: CuttablePort | undefined;
  #isComplete = false;

  constructor(bench: RogueBench, { isVerify, ...options }: RogueRunOptions) {
    this.#bench = bench;
    this.startedAtMs = bench.clock.now();
    const attach = (label: string) =>
      this.#port = new CuttablePort(bench.bus.attach(label, bench.testerFaults), bench.clock);
    const talk = isVerify === true ? verifyFleet : updateFleet;
    this.#subscription = talk({
      ...options,
      fleet: bench.fleet,
      readImage: () => bench.file,
      ...(bench.keySource === undefined ? {} : { keySource: bench.keySource }),
      buses: new Map([["bench", { attach }]]),
      clock: bench.clock,
      signal: this.#controller.signal,
    }).subscribe({
      next: (event) => {
        this.events.push(event);
        this.state = reduceFleet(this.state, event);
      },
      error: (error: unknown) => this.error = error,
      complete: () => this.#isComplete = true,
    });
  }

  /** The tester's port. */
  get port(): CuttablePort {
    return this.#port!;
  }

  /** Which run it is, and which time on the bus. */
  get id(): string {
    return `from ${this.startedAtMs} ms, ${this.port.epoch} times back`;
  }

  /** Whether it hears the bus. */
  get isListening(): boolean {
    return !this.isKilled && !this.#isComplete && this.#port?.isAway === false;
  }

  /**
   * Erases of a sector that was erased in this run already, as the run was told, with no 36 sent
   * since: a state error is no reason to erase.
   */
  idleErases(): readonly string[] {
    const { flash, log } = this.#bench.node;
    // One that a killed host asked for may end in this run.
    const erases = log.of("31 01 FF 00").filter((one) => one.beganAtMs >= this.startedAtMs);
    return flash.idleErases.filter(({ atMs, beforeMs }) => {
      const wasTold = erases.some(({ answers }) =>
        answers.some(({ atMs, text, heardBy }) =>
          heardBy !== undefined && /^71 01 FF 00( 00)?$/.test(text) && atMs >= beforeMs &&
          atMs < beforeMs + 200
        )
      );
      const wasBlockSent = this.port.blocksBegunAtMs.some((ms) => ms > beforeMs && ms < atMs);
      return wasTold && !wasBlockSent;
    }).map(({ start, atMs }) => `0x${start.toString(16)} at ${atMs.toFixed(1)} ms`);
  }

  /** Whether it is over. */
  get isFinished(): boolean {
    return this.#isComplete || this.error !== undefined;
  }

  /** What became of the first node. */
  get node(): NodeState {
    return [...this.state.nodes.values()][0]!;
  }

  /** Each node's phase, and what it ended in: `"done"`, `"failed: bootloader"`. */
  get outcomes(): readonly string[] {
    return [...this.state.nodes.values()].map(({ phase, endState }) =>
      endState === undefined ? phase : `${phase}: ${endState}`
    );
  }

  /** What was tried again, in words. */
  retries(scope?: "request" | "segment" | "node"): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === "retry" && (scope === undefined || event.scope === scope)
        ? [`${event.scope}: ${event.error.message}`]
        : []
    );
  }

  /** Lets time go by until a moment after its start, or its end. */
  runTo(ms: number): void {
    this.#runUntil(this.startedAtMs + ms);
  }

  /** Lets time go by until it is over. */
  finish(): void {
    this.#runUntil(this.#bench.clock.now() + RUN_MS_MAX);
    if (!this.isFinished) throw new Error(`The run does not end within ${RUN_MS_MAX} ms`);
    if (this.error !== undefined) throw this.error;
    // What was sent last is still on its way, or being answered.
    this.#bench.wait(50);
  }

  #runUntil(untilMs: number): void {
    const { clock } = this.#bench;
    // From one moment to the next: time does not go on behind the end of the run.
    while (!this.isFinished && clock.nextDueMs <= untilMs) {
      clock.run({ untilMs: clock.nextDueMs, actionsMax: 1_000 });
    }
    if (!this.isFinished) clock.run({ untilMs });
  }

  /** Ends it as `kill -9` does: nothing more is sent, nothing more is heard. */
  kill(): void {
    this.isKilled = true;
    this.#subscription.unsubscribe();
    this.#port?.close();
  }

  /** Ctrl-C: asks for a safe end. */
  cancel(): void {
    this.#controller.abort();
  }
}

/** An image that nothing compresses, with a vector table that a linker would write. */
export function rogueImage(base: number, lengthBytes: number, seed: number): Uint8Array {
  const data = new Prng(seed, 0x4A5).bytes(lengthBytes);
  const view = new DataView(data.buffer);
  view.setUint32(0, 0x2002_0000, true);
  view.setUint32(4, base + 0x1C1, true);
  return data;
}

function fleetText(options: RogueBenchOptions, base: number, count: number): string {
  const { profile = "", bus = "", node = "", security = '{ xor: "A5 5A 12 34" }' } = options;
  const driver = options.hasDriver === true ? ", driver: driver" : "";
  const driverImage = driver === "" ? "" : ", driver: { file: driver.bin, base: 0x20001000 }";
  const driverStep = driver === "" ? "" : ", driver: {}";
  const linked = options.linkedAt === undefined ? "" : `, linkedAt: ${options.linkedAt}`;
  const { imageBytes = 40 * 1024 } = options;
  const opaque = options.pack === undefined
    ? ""
    : `, opaque: true, uncompressedSize: ${imageBytes}`;
  const comma = (text: string) => text === "" ? "" : `, ${text}`;
  return `
buses: { bench: { url: "virtual:bench", bitrate: ${options.bitrateBps ?? 500_000}${comma(bus)} } }
images: { app: { file: app.bin, base: ${options.linkedAt ?? base}, version: "${
    options.version ?? "2.0.0"
  }"${opaque} }${driverImage} }
profiles: { mine: { extends: iso14229${driverStep}${comma(profile)} } }
nodes:
  - { name: "node-{i}", count: ${count}, bus: bench, request: "${REQUEST} + {i}",
      response: "${RESPONSE} + {i}", device: STM32F407VG, image: app, profile: mine,
      layout: { bootloader: { start: 0x08000000, size: ${base - 0x0800_0000} },
        application: { start: ${base}, size: ${FLASH_END - base}${linked} } },
      security: ${security}${driver}${comma(node)} }
`;
}
