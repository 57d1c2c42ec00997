import { BehaviorSubject } from "rxjs";
import {
  type CanBitRates,
  type CanFrame,
  canIdKey,
  type CanPort,
  type CanPortState,
  ListenerIndex,
} from "../can/mod.ts";
import type { Clock } from "../core/mod.ts";
import type {
  ChannelMessage,
  ChannelRequest,
  RawChannel,
  SocketcanKernel,
} from "./socketcan_channel.ts";
import { loadKernel } from "./socketcan_channel.ts";
import { SocketcanError } from "./socketcan_error.ts";
import { type SocketcanEvidence, WireCounts } from "./socketcan_evidence.ts";
import { decodeErrorFrame } from "./socketcan_error_frame.ts";
import { ALL_FRAMES, filtersFor, NO_FRAMES } from "./socketcan_filters.ts";
import type { CanLink } from "./socketcan_link.ts";
import { LINK_READ_MS_MAX, readLinkWithRetries } from "./socketcan_link_reader.ts";
import { InterfacePort, type PortHost } from "./socketcan_port.ts";
import { FRAMES_OF_OTHERS } from "./socketcan_queue_room.ts";
import type { SocketcanBus, SocketcanOptions } from "./socketcan_options.ts";
import {
  absentError,
  assertUsableLink,
  busOffError,
  noSocketError,
  removedError,
  stuckError,
} from "./socketcan_refusals.ts";
import { SendMeter } from "./socketcan_send_meter.ts";
import { type OnFrameEnd, SocketcanTransmitter } from "./socketcan_transmitter.ts";

export type { SocketcanBus, SocketcanOptions } from "./socketcan_options.ts";

/** Where the kernel does not say how many frames a queue holds: two less than its usual ten. */
const QUEUE_FRAMES_UNKNOWN = 8;
const N_AS_MS = 1000;
/** How often an interface that is down or bus-off is looked at, in ms. */
const POLL_MS = 250;
/** How often in a row `ip` may fail before an interface is not asked after any more. */
const FAILED_LOOKS_MAX = 8;

/**
 * Opens a Linux CAN interface.
 *
 * Two sockets are opened: one sends and hears nothing, the other hears both other ends and, as Linux
 * loops frames back once they are sent, what the first has sent. So answers and confirmations come
 * in the order of the wire, through one reader.
 *
 * @param options The interface.
 * @returns The bus.
 * @throws {SocketcanError} If it cannot be used; the message says what to type.
 */
export async function openSocketcanBus(options: SocketcanOptions): Promise<SocketcanBus> {
  const { name } = options;
  const kernel = options.kernel ?? await loadKernel(name);
  const link = assertUsableLink(name, await readLinkWithRetries(kernel, options));
  try {
    return new InterfaceBus(options, kernel, link);
  } catch (cause) {
    if (cause instanceof SocketcanError) throw cause;
    throw noSocketError(name, { cause });
  }
}

class InterfaceBus implements SocketcanBus, PortHost {
  readonly name: string;
  readonly bitRates: CanBitRates | undefined;
  readonly closed: Promise<SocketcanError | undefined>;
  readonly carriesFd: boolean;
  /** Frames of ours that its queue has room for. */
  readonly queueFrames: number;
  readonly state = new BehaviorSubject<CanPortState>({ kind: "errorActive" });
  readonly listeners = new ListenerIndex();
  /** Whose frame is being delivered, where it is one of ours. */
  echoOf: object | undefined;
  readonly #clock: Clock;
  readonly #kernel: SocketcanKernel;
  readonly #isFd: boolean;
  readonly #waitMs: number | undefined;
  #receiver: RawChannel;
  #sender: RawChannel;
  readonly #transmitter: SocketcanTransmitter;
  readonly #ports = new Set<InterfacePort>();
  readonly #sentKeys = new Set<number>();
  readonly #close: (reason: SocketcanError | undefined) => void;
  /** Whether the kernel's filters are older than what is listened to. */
  #areFiltersStale = false;
  #isLooking = false;
  #isClosed = false;
  /** Whether the interface is gone, and its sockets with it. */
  #isGone = false;
  /** Since when no frame can be sent, in ms. */
  #offSinceMs = Infinity;
  /** Since when no frame has gone out, whatever the interface says of itself, in ms. */
  #stuckSinceMs = Infinity;
  #framesHeard = 0;
  #framesSent = 0;
  readonly #wire = new WireCounts();
  readonly #meter: SendMeter;

  constructor(options: SocketcanOptions, kernel: SocketcanKernel, link: CanLink) {
    const { framesInFlightMax = roomFor(link), nAsMs = N_AS_MS } = options;
    this.name = options.name;
    this.bitRates = link.bitRates ?? options.bitRates;
    this.carriesFd = link.carriesFd;
    this.queueFrames = framesInFlightMax;
    this.#meter = new SendMeter(this.bitRates, framesInFlightMax, isModelled(link));
    this.#clock = options.clock;
    this.#kernel = kernel;
    this.#isFd = (options.isFd ?? false) && link.carriesFd;
    const { promise, resolve } = Promise.withResolvers<SocketcanError | undefined>();
    this.closed = promise;
    this.#close = resolve;
    this.#waitMs = options.waitMs;
    this.#sender = openSender(kernel);
    this.#receiver = this.#openReceiver();
    // The socket is another one when the interface was made anew.
    const channel = {
      send: (request: ChannelRequest) => this.#sender.send(request),
      sendFD: (request: ChannelRequest) => this.#sender.sendFD(request),
    };
    this.#transmitter = new SocketcanTransmitter(channel, {
      clock: options.clock,
      framesInFlightMax,
      nAsMs,
      meter: this.#meter,
    }, {
      suspect: () => this.#look(),
      stuck: (frames, reason) => {
        // Until it is known why, nobody is to spend attempts on it.
        this.#setState({ kind: "stopped" });
        this.#stuckSinceMs = Math.min(this.#stuckSinceMs, this.#clock.now());
        this.#findOutWhyStuck(frames, reason);
      },
    });
    this.#receiver.start();
    if (link.state.kind === "busOff") this.#wentBusOff();
    else this.state.next(link.state);
  }

  get evidence(): SocketcanEvidence {
    return {
      framesHeard: this.#framesHeard,
      framesSent: this.#framesSent,
      framesLost: this.#transmitter.lostCount,
      refusals: this.#transmitter.refusalCount,
      ...this.#wire,
      sending: this.#meter.evidence,
    };
  }

  attach(): CanPort {
    const port = new InterfacePort(this, () => {
      this.#ports.delete(port);
      this.#transmitter.withdraw(port);
    });
    this.#ports.add(port);
    return port;
  }

  close(): void {
    this.#giveUp(undefined);
  }

  #openReceiver(): RawChannel {
    const receiver = this.#kernel.openChannel();
    receiver.setRxFilters(NO_FRAMES);
    receiver.addListener("onMessage", (message) => this.#receive(message));
    receiver.addListener("onStopped", () => {
      if (this.#receiver === receiver) this.#vanished();
    });
    return receiver;
  }

  transmit(port: InterfacePort, frame: CanFrame, onEnd: OnFrameEnd): void {
    const key = canIdKey(frame);
    // Its echo must pass.
    if (!this.#sentKeys.has(key)) {
      this.#sentKeys.add(key);
      this.#areFiltersStale = true;
    }
    if (this.#areFiltersStale && !this.#isGone) this.#setFilters();
    this.#transmitter.send(frame, port, onEnd);
  }

  /** What is listened to has changed: several such changes make one set of filters. */
  listenersChanged(): void {
    if (this.#areFiltersStale) return;
    this.#areFiltersStale = true;
    queueMicrotask(() => this.#setFilters());
  }

  #setFilters(): void {
    if (!this.#areFiltersStale || this.#isClosed || this.#isGone) return;
    this.#areFiltersStale = false;
    const keys = new Set([...this.#sentKeys, ...this.listeners.keys]);
    this.#receiver.setRxFilters(this.listeners.hearsAll ? ALL_FRAMES : filtersFor(keys));
  }

  #receive(message: ChannelMessage): void {
    if (this.#isClosed || message.rtr === true) return;
    if (message.err === true) return this.#takeErrorFrame(message);
    const { data } = message;
    const frame: CanFrame = {
      id: message.id,
      extended: message.ext === true,
      fd: this.#isFd || data.length > 8,
      bitRateSwitch: this.#isFd,
      data: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.length),
    };
    const atMs = this.#clock.now();
    const sender = this.#transmitter.heard(frame, atMs);
    if (sender === undefined) this.#framesHeard++;
    else {
      this.#framesSent++;
      this.#stuckSinceMs = Infinity;
    }
    // What one port sends, only others can hear.
    if (sender !== undefined && this.#ports.size < 2) return;
    this.echoOf = sender;
    this.listeners.deliver(frame, atMs);
    this.echoOf = undefined;
  }

  #takeErrorFrame({ id, data }: ChannelMessage): void {
    const report = decodeErrorFrame(id, data);
    this.#wire.take(report);
    if (report.state?.kind === "busOff") this.#wentBusOff();
    else if (report.state !== undefined) this.#setState(report.state);
  }

  #wentBusOff(): void {
    this.#setState({ kind: "busOff" });
    this.#look();
  }

  /** Follows the controller; while it is off nothing is sent. */
  #setState(state: CanPortState): void {
    if (this.#isClosed) return;
    if (state.kind === "busOff" && this.state.value.kind !== "busOff") this.#wire.busOffs++;
    if (isOff(state)) {
      this.#transmitter.hold();
      if (this.#offSinceMs === Infinity) this.#offSinceMs = this.#clock.now();
    } else {
      this.#transmitter.release();
      this.#offSinceMs = Infinity;
    }
    this.state.next(state);
  }

  /** The interface is not there any more; its sockets hear nothing from any other one. */
  #vanished(): void {
    if (this.#isClosed || this.#isGone) return;
    if (this.#waitMs === undefined) return this.#giveUp(removedError(this.name));
    this.#isGone = true;
    this.#setState({ kind: "stopped" });
    this.#look();
  }

  /** The interface was made anew. */
  #reopen(): void {
    try {
      this.#sender = openSender(this.#kernel);
      this.#receiver = this.#openReceiver();
    } catch {
      return; // It is gone again, or not ready: the next look tells.
    }
    this.#isGone = false;
    this.#areFiltersStale = true;
    this.#setFilters();
    this.#receiver.start();
  }

  /** What is said when it was waited for long enough; `undefined` before. */
  #waitedFor(link: CanLink | undefined): SocketcanError | undefined {
    const isOver = this.#clock.now() - this.#offSinceMs >= (this.#waitMs ?? 0);
    if (link?.state.kind === "busOff" && link.restartMs === 0) {
      return isOver ? busOffError(this.name) : undefined;
    }
    if (this.#waitMs === undefined || !isOver) return undefined;
    if (link === undefined || !link.isUp) return absentError(this.name, link);
    return link.state.kind === "busOff" ? busOffError(this.name) : undefined;
  }

  /** Asks the kernel after the interface, once at a time, and again as long as it is off. */
  #look(): void {
    if (this.#isLooking || this.#isClosed) return;
    this.#isLooking = true;
    this.#readLink((link) => {
      this.#isLooking = false;
      const reason = this.#waitedFor(link);
      if (reason !== undefined) return this.#giveUp(reason);
      if (link === undefined) {
        this.#vanished();
        return void this.#clock.schedule(() => this.#look(), POLL_MS);
      }
      if (this.#isGone && link.isUp) this.#reopen();
      if (this.#isGone) return void this.#clock.schedule(() => this.#look(), POLL_MS);
      if (link.state.kind !== this.state.value.kind) this.#setState(link.state);
      if (isOff(link.state)) this.#clock.schedule(() => this.#look(), POLL_MS);
    }, (error) => {
      this.#isLooking = false;
      // A bus that sends is not given up for want of ip: the next suspicion looks again.
      if (isOff(this.state.value)) this.#giveUp(error);
    });
  }

  #findOutWhyStuck(frames: readonly CanFrame[], reason: "noEcho" | "refused"): void {
    const askedMs = this.#clock.now();
    this.#readLink((link) => {
      if (link === undefined) return this.#vanished();
      if (!link.isUp) {
        this.#setState(link.state);
        return this.#look();
      }
      const nowMs = this.#clock.now();
      const isWaitedFor = nowMs - this.#stuckSinceMs < (this.#waitMs ?? 0);
      // It took so long to be told that it may have come back meanwhile.
      if (nowMs - askedMs >= N_AS_MS && isWaitedFor) return this.#setState(link.state);
      this.#giveUp(stuckError(this.name, { frames, reason, link, evidence: this.evidence }));
    }, (error) => this.#giveUp(error));
  }

  /** Asks after the interface, several times where `ip` fails; one that is gone ends the bus. */
  #readLink(
    take: (link: CanLink | undefined) => void,
    fail: (error: SocketcanError) => void,
    looksLeft = FAILED_LOOKS_MAX,
  ): void {
    if (this.#isClosed) return;
    const sinceMs = this.#clock.now();
    readLinkWithRetries(this.#kernel, { name: this.name, clock: this.#clock }).then((link) => {
      if (this.#isClosed) return;
      if (link === undefined && this.#waitMs === undefined) {
        return this.#giveUp(removedError(this.name));
      }
      take(link);
    }, (error: SocketcanError) => {
      if (this.#isClosed) return;
      const isHanging = this.#clock.now() - sinceMs >= LINK_READ_MS_MAX;
      if (looksLeft <= 1 || isHanging) return fail(error);
      this.#clock.schedule(() => this.#readLink(take, fail, looksLeft - 1), POLL_MS);
    });
  }

  #giveUp(reason: SocketcanError | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#transmitter.hold();
    this.listeners.clear();
    if (!isOff(this.state.value)) this.state.next({ kind: "stopped" });
    this.state.complete();
    // Not within a call of the reader's, which goes on reading.
    setTimeout(() => {
      try {
        this.#receiver.stop();
      } catch {
        // The interface has vanished, and the reader has ended by itself.
      }
      // The reader leaves the event loop in its next turn; the process must not end before.
      setTimeout(() => this.#close(reason));
    });
  }
}

/** The socket that sends hears nothing. */
function openSender(kernel: SocketcanKernel): RawChannel {
  const sender = kernel.openChannel();
  sender.setRxFilters(NO_FRAMES);
  sender.setErrorFilters(0);
  return sender;
}

function roomFor({ queueFrames }: CanLink): number {
  return queueFrames > 0 ? Math.max(2, queueFrames - FRAMES_OF_OTHERS) : QUEUE_FRAMES_UNKNOWN;
}

/** Interfaces of the kernel's own: there is no adapter that could lose frames. */
function isModelled({ kind }: CanLink): boolean {
  return kind === "vcan" || kind === "vxcan";
}

function isOff({ kind }: CanPortState): boolean {
  return kind === "busOff" || kind === "stopped";
}
