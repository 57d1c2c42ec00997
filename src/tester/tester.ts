import { catchError, EMPTY, ignoreElements, map, type Observable } from "rxjs";
import { type CanId, canIdKey, type CanPort } from "../can/mod.ts";
import { type Clock, defined } from "../core/mod.ts";
import type { FleetBus, GroupAccess } from "../fleet/mod.ts";
import {
  createIsoTpLink,
  type FrameFormat,
  type IsoTpAddressing,
  resolveAddressing,
  TransmitScheduler,
} from "../isotp/mod.ts";
import { GroupWire } from "./group_wire.ts";
import { PairedLink } from "./paired_link.ts";
import { BusWitness } from "./silence_witness.ts";
import type { NodeConnection, TimingProfile } from "../update/mod.ts";
import {
  createUdsClient,
  type Credentials,
  keepBusAlive,
  type KeySource,
  LossEstimate,
  SessionKeeper,
  type SessionKeeperOptions,
} from "../uds/mod.ts";

/** How one bus is used by the tester. */
export interface TesterOptions {
  /** The bus's name in the fleet file. */
  readonly name: string;
  /** The way onto it. */
  readonly port: CanPort;
  /** The time it lives in. */
  readonly clock: Clock;
  /** How functional requests are put into frames. */
  readonly format: FrameFormat;
  /** How all nodes are addressed at once, seen from the tester; absent: they are not. */
  readonly functional?: IsoTpAddressing;
  /** The identifier of its group downloads; 0x7FF by default. */
  readonly groupIdentifier?: { readonly id: number; readonly extended: boolean };
  /** How many nodes may erase at once; all by default. */
  readonly erasesMax?: number;
  /** Errors when the bus is gone for good; absent where it cannot be. */
  readonly lost$?: Observable<never>;
}

/** ISO 15765-2:2016, "Timing parameters": N_Cr. */
const SILENCE_MS_MAX = 1000;
/** Frames of others, at most, between two of a node's answer: a few nodes tell maps at once. */
const FRAMES_BETWEEN_MAX = 512;
/** A frame, about, in bits. */
const FRAME_BITS = 130;

/** P2* until a node states its own, in ms. ISO 14229-2:2013, "Session layer timing parameters". */
const P2_STAR_MS = 5000;

/** How one node is reached. */
export interface NodeAccess {
  /** Both ends' addresses, seen from the tester. */
  readonly addressing: IsoTpAddressing;
  /** Those of its bootloader, where they are others. */
  readonly bootloaderAddressing?: IsoTpAddressing;
  /** How PDUs are put into frames. */
  readonly format: FrameFormat;
  /** Waits. */
  readonly timing: Pick<
    TimingProfile,
    | "p2Ms"
    | "p2StarMs"
    | "nBsMs"
    | "responsePendingCountMax"
    | "requestMsMax"
    | "frameGapUsMin"
    | "requestGapMsMin"
    | "busyMsMax"
  >;
  /** What keeps its session alive, and for how long it lives without; nothing by default. */
  readonly session?: Pick<SessionKeeperOptions, "keepAlive" | "s3Ms">;
  /** Whether it is prompt, as nodes that take group downloads promise; not by default. */
  readonly isPrompt?: boolean;
  /** Keys, where it has SecurityAccess. */
  readonly keySource?: KeySource;
  /** Who canvoy is, where it has Authentication. */
  readonly credentials?: Credentials;
}

/**
 * What is added to a P2 that a node states, in ms: the way there and back, a host that is late, and
 * one frame of somebody else's on the wire.
 */
const P2_MARGIN_MS = 30;

/** canvoy's end of one bus: what the fleet needs of it, and the ways to its nodes. */
export class Tester implements FleetBus {
  /** The bus's name in the fleet file. */
  readonly name: string;
  /** How many nodes may erase at once. */
  readonly erasesMax?: number;
  /** The controller's state. */
  readonly state$: FleetBus["state$"];
  readonly #options: TesterOptions;
  readonly #scheduler: TransmitScheduler;
  readonly #losses: LossEstimate;
  readonly #functional: ReturnType<typeof createIsoTpLink> | undefined;
  readonly #groupWire: GroupWire;
  /** Identifiers on which nodes answer that were connected to. */
  readonly #answerKeys = new Set<number>();
  readonly #functionalServices = new Set<number>();

  /**
   * Takes a bus into use.
   *
   * @param options The bus.
   */
  constructor(options: TesterOptions) {
    const { port, clock, format, functional } = options;
    this.name = options.name;
    if (options.erasesMax !== undefined) this.erasesMax = options.erasesMax;
    this.#options = options;
    this.state$ = port.state$.pipe(map(({ kind }) => kind));
    this.#scheduler = new TransmitScheduler(port, clock);
    this.#losses = new LossEstimate(consecutiveFrameBytes(format));
    this.#groupWire = new GroupWire({
      port,
      scheduler: this.#scheduler,
      clock,
      identifier: options.groupIdentifier ?? { id: 0x7FF, extended: false },
    });
    this.#functional = functional === undefined ? undefined : createIsoTpLink({
      port,
      scheduler: this.#scheduler,
      clock,
      format,
      role: "functional",
      addressing: functional,
    });
  }

  /** Whether all nodes can be addressed at once. */
  get hasFunctional(): boolean {
    return this.#functional !== undefined;
  }

  /** Sends a request to all nodes; nothing where they cannot be addressed at once. */
  sendFunctional(request: Uint8Array): ReturnType<FleetBus["sendFunctional"]> {
    if (this.#functional === undefined) return EMPTY;
    this.#functionalServices.add(request[0]!);
    return this.#functional.send(request).pipe(ignoreElements(), catchError(() => EMPTY));
  }

  /** Keeps sessions alive by functional TesterPresent; nothing where nodes cannot be addressed so. */
  keepAlive(s3Ms: number): ReturnType<FleetBus["keepAlive"]> {
    const { clock } = this.#options;
    if (this.#functional === undefined) return EMPTY;
    return keepBusAlive({ functionalLink: this.#functional, clock, s3Ms }).pipe(ignoreElements());
  }

  /**
   * Opens the way to a node.
   *
   * @param access How it is reached.
   * @returns The way.
   */
  connect(access: NodeAccess): NodeConnection {
    const { port, clock, lost$ } = this.#options;
    const { addressing, bootloaderAddressing, format, timing, isPrompt = false } = access;
    const { keySource, credentials } = access;
    const { session = { keepAlive: "none", s3Ms: Infinity } } = access;
    const common = {
      port,
      scheduler: this.#scheduler,
      clock,
      format,
      ...defined({ nBsMs: timing.nBsMs }),
      frameGapMsMin: (timing.frameGapUsMin ?? 0) / 1000,
      ...(isPrompt ? promptWaits(timing.p2Ms, port) : {}),
    };
    const application = createIsoTpLink({ ...common, addressing });
    const pairs = bootloaderAddressing && new PairedLink({
      application,
      bootloader: createIsoTpLink({ ...common, addressing: bootloaderAddressing }),
    });
    const link = pairs ?? application;
    const { s3Ms } = session;
    const isAlone = session.keepAlive === "auto" && !this.hasFunctional;
    const keepAlive = isAlone ? "physical" : session.keepAlive;
    const keeper = new SessionKeeper({ keepAlive, s3Ms, clock });
    const client = createUdsClient({
      link,
      clock,
      observer: keeper,
      timing: {
        p2Ms: timing.p2Ms * 2,
        p2StarMs: (timing.p2StarMs ?? P2_STAR_MS) + timing.p2Ms,
        p2ServerMsMin: timing.p2Ms,
        p2StarServerMsMin: timing.p2StarMs ?? 0,
        p2MarginMs: P2_MARGIN_MS,
      },
      limits: {
        responsePendingCountMax: timing.responsePendingCountMax ?? Infinity,
        totalMsMax: timing.requestMsMax,
        ...defined({ requestGapMsMin: timing.requestGapMsMin, busyMsMax: timing.busyMsMax }),
      },
    });
    keeper.use(client);
    for (const one of [addressing, bootloaderAddressing]) {
      if (one !== undefined) this.#answerKeys.add(canIdKey(resolveAddressing(one).rx));
    }
    const isKnown = (id: CanId): boolean => this.#answerKeys.has(canIdKey(id));
    const witness = new BusWitness(port, clock, addressing, isKnown);
    return {
      client,
      session: keeper,
      witness,
      ...defined({ keySource, credentials, pairs }),
      ...(lost$ === undefined ? {} : { lost$ }),
      functionalServices: this.#functionalServices,
      blockSizer: this.#losses.node(),
      setPriority: (priority) => link.setPriority(priority),
      close: () => {
        keeper.close();
        witness.end();
        link.close();
      },
    };
  }

  /**
   * Opens the way to all nodes that take group downloads.
   *
   * @param format How messages are put into frames for them.
   * @param newKey Makes the key of a group.
   * @returns The way.
   */
  openGroup(format: FrameFormat, newKey: () => Uint8Array): GroupAccess {
    const channel = this.#groupWire.channel(format);
    return { channel, kind: JSON.stringify(format), newKey };
  }

  /** Leaves the bus. */
  close(): void {
    this.#groupWire.close();
    this.#functional?.close();
    this.#scheduler.close();
    this.#options.port.close();
  }
}

/**
 * For a node that promises flow control and consecutive frames within 50 ms: a lost first frame or
 * flow control is noticed soon. What other nodes send meanwhile outranks its frames.
 */
function promptWaits(
  p2Ms: number,
  { bitRates }: CanPort,
): { readonly firstFrameRepeatMs: number; readonly nCrMs: number } {
  const othersMs = bitRates === undefined
    ? SILENCE_MS_MAX
    : FRAMES_BETWEEN_MAX * FRAME_BITS * 1000 / bitRates.bitrateBps;
  return {
    firstFrameRepeatMs: 2 * p2Ms,
    nCrMs: Math.min(2 * p2Ms + othersMs, SILENCE_MS_MAX),
  };
}

/** An address byte may take one of them: that is near enough for an estimate. */
function consecutiveFrameBytes({ txDlBytes }: FrameFormat): number {
  return txDlBytes - 1;
}
