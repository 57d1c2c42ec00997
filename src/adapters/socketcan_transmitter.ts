import { type CanFrame, formatCandump, type TransmitOutcome } from "../can/mod.ts";
import { type Clock, Timer } from "../core/mod.ts";
import type { ChannelRequest, RawChannel } from "./socketcan_channel.ts";
import { FramesInFlight } from "./socketcan_flight.ts";
import { QueueRoom } from "./socketcan_queue_room.ts";
import type { SendMeter } from "./socketcan_send_meter.ts";

/** Called once when a frame has ended. */
export type OnFrameEnd = (outcome: TransmitOutcome, atMs: number) => void;

/** A frame on its way, and whose it is. */
interface OutgoingFrame {
  readonly frame: CanFrame;
  readonly sender: object;
  readonly onEnd: OnFrameEnd;
  sinceMs: number;
  /** Whether the kernel had no other one of ours when it took this one. */
  wasAlone: boolean;
}

/** Bounds of a transmitter. */
export interface TransmitterOptions {
  /** The time it lives in. */
  readonly clock: Clock;
  /** Frames that the kernel holds at once, unconfirmed, once a node has been heard. */
  readonly framesInFlightMax: number;
  /** N_As: longest time from the kernel to the echo, in ms. */
  readonly nAsMs: number;
  /** Is told of each frame that the kernel took, and of its echo. */
  readonly meter: SendMeter;
}

/** The part of a channel that sends. */
export type SendingChannel = Pick<RawChannel, "send" | "sendFD">;

/** What a transmitter tells its bus. */
export interface TransmitterEvents {
  /** The kernel takes no frame, or says nothing of those that it took: look at the interface. */
  suspect(): void;
  /** Frames were given up after N_As, and nothing shows that the bus works. */
  stuck(frames: readonly CanFrame[], reason: "noEcho" | "refused"): void;
}

/** As long as nobody has been heard a lone controller repeats its frames for ever: few may wait. */
const FRAMES_UNHEARD_MAX = 3;
/** Before another try where the kernel took no frame and no echo of ours will tell, in ms. */
const RETRY_MS = 1;
/** The same where an echo is awaited, which comes first as a rule. */
const RETRY_BESIDE_ECHO_MS = 10;
/** How long the kernel may refuse frames before the interface is looked at, in ms. */
const SUSPICION_MS = 50;
/** Periods of N_As without one echo after which a bus that has worked is given up. */
const SILENT_PERIODS_MAX = 2;

/**
 * Sends the frames of all ports of one interface: in order, none lost, few in the kernel at once.
 *
 * A frame has ended when its echo is heard. A full queue is the usual state of a busy interface: the
 * frame then waits here for the next echo, or, where the queue is full of others' frames, for a
 * moment.
 */
export class SocketcanTransmitter {
  readonly #channel: SendingChannel;
  readonly #clock: Clock;
  readonly #options: TransmitterOptions;
  readonly #events: TransmitterEvents;
  readonly #flight = new FramesInFlight<OutgoingFrame>();
  readonly #request: ChannelRequest = {
    id: 0,
    ext: false,
    fd_brs: false,
    data: new Uint8Array(),
  };
  readonly #room: QueueRoom;
  readonly #retryTimer: Timer;
  readonly #nAsTimer: Timer;
  #waiting: OutgoingFrame[] = [];
  /** The first of `waiting` that still waits: a long queue is not moved with every frame. */
  #head = 0;
  /** Given up, and their senders not yet told. */
  readonly #aborted: OutgoingFrame[] = [];
  #refusedSinceMs = Infinity;
  #silentPeriods = 0;
  #isHeld = false;
  #hasHeard = false;
  #lostCount = 0;
  #refusalCount = 0;

  /**
   * Takes a channel over.
   *
   * @param channel Sends; it is not read from.
   * @param options Bounds.
   * @param events Whom to tell.
   */
  constructor(channel: SendingChannel, options: TransmitterOptions, events: TransmitterEvents) {
    this.#channel = channel;
    this.#clock = options.clock;
    this.#options = options;
    this.#events = events;
    this.#room = new QueueRoom(options.framesInFlightMax);
    this.#retryTimer = new Timer(options.clock, () => this.#pump());
    this.#nAsTimer = new Timer(options.clock, () => this.#checkEchoes());
  }

  /** Frames that the kernel took, and whose echo never came. */
  get lostCount(): number {
    return this.#lostCount;
  }

  /** How often the kernel took no frame. */
  get refusalCount(): number {
    return this.#refusalCount;
  }

  /**
   * Queues a frame.
   *
   * @param frame The frame.
   * @param sender Whose it is.
   * @param onEnd Called once, never within this call.
   */
  send(frame: CanFrame, sender: object, onEnd: OnFrameEnd): void {
    const outgoing = { frame, sender, onEnd, sinceMs: 0, wasAlone: false };
    if (this.#isHeld) return this.#abort([outgoing]);
    this.#waiting.push(outgoing);
    if (this.#refusedSinceMs === Infinity) this.#pump();
  }

  /**
   * A frame was heard: ends those of ours that it stands for.
   *
   * @param frame The frame.
   * @param atMs When.
   * @returns Whose it was; `undefined` for another end's.
   */
  heard(frame: CanFrame, atMs: number): object | undefined {
    const end = this.#flight.heard(frame);
    const { meter } = this.#options;
    if (end === undefined) {
      this.#hasHeard = true;
      meter.heard(frame);
      return undefined;
    }
    this.#silentPeriods = 0;
    // A queue that moves works: only one that does not is looked at.
    if (this.#refusedSinceMs !== Infinity) this.#refusedSinceMs = this.#clock.now();
    const { ended, lostCount } = end;
    this.#lostCount += lostCount;
    const sent = ended.at(-1);
    if (sent !== undefined) {
      const { sinceMs, wasAlone } = sent;
      meter.sent(frame, atMs, { sinceMs, wasAlone, queued: this.#flight.size });
    }
    this.#tellAborted();
    // Whoever is told may send at once: the place in the kernel's queue is free by now.
    for (let i = 0; i < ended.length; i++) {
      ended[i]!.onEnd(i < lostCount ? "aborted" : "sent", atMs);
    }
    this.#pump();
    return ended.at(-1)?.sender ?? this;
  }

  /**
   * Takes all frames back and takes no more, until `release`.
   */
  hold(): void {
    this.#isHeld = true;
    this.#options.meter.interrupted();
    this.#retryTimer.clear();
    this.#nAsTimer.clear();
    this.#refusedSinceMs = Infinity;
    const waiting = this.#waiting.slice(this.#head);
    this.#waiting = [];
    this.#head = 0;
    this.#abort([...this.#flight.clear(), ...waiting]);
  }

  /** Takes frames again. */
  release(): void {
    this.#isHeld = false;
    this.#silentPeriods = 0;
  }

  /**
   * Takes back the frames of one sender that the kernel does not have yet.
   *
   * @param sender Whose.
   */
  withdraw(sender: object): void {
    const waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
    this.#waiting = waiting.filter((one) => one.sender !== sender);
    this.#abort(waiting.filter((one) => one.sender === sender));
  }

  #pump(): void {
    while (!this.#isHeld && this.#head < this.#waiting.length && this.#hasRoom) {
      const next = this.#waiting[this.#head]!;
      next.sinceMs = this.#clock.now();
      if (!this.#write(next.frame)) return this.#refused(next.sinceMs);
      this.#refusedSinceMs = Infinity;
      next.wasAlone = this.#flight.size === 0;
      this.#flight.add(next);
      this.#room.taken();
      this.#options.meter.taken(this.#flight.size);
      this.#forgetHead();
      if (this.#nAsTimer.dueMs === Infinity) {
        this.#nAsTimer.setAt(next.sinceMs + this.#options.nAsMs);
      }
    }
    // What was refused may have been taken back: no try of it tells that the queue has room again.
    if (this.#head >= this.#waiting.length) this.#refusedSinceMs = Infinity;
  }

  get #hasRoom(): boolean {
    const { frames } = this.#room;
    return this.#flight.size < (this.#hasHeard ? frames : Math.min(FRAMES_UNHEARD_MAX, frames));
  }

  #forgetHead(): void {
    this.#head++;
    if (this.#head < this.#waiting.length && this.#head < 1024) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }

  #write({ id, extended, fd, bitRateSwitch, data }: CanFrame): boolean {
    const request = this.#request;
    request.id = id;
    request.ext = extended;
    request.data = data;
    if (!fd) return this.#channel.send(request) >= 0;
    request.fd_brs = bitRateSwitch;
    return this.#channel.sendFD(request) >= 0;
  }

  #refused(nowMs: number): void {
    this.#refusalCount++;
    this.#room.refused(this.#flight.size);
    if (this.#refusedSinceMs === Infinity) this.#refusedSinceMs = nowMs;
    const refusedMs = nowMs - this.#refusedSinceMs;
    if (refusedMs >= SUSPICION_MS) this.#events.suspect();
    if (refusedMs >= this.#options.nAsMs && this.#flight.size === 0) {
      return this.#events.stuck(this.#waitingFrames(), "refused");
    }
    this.#retryTimer.setAt(nowMs + (this.#flight.size > 0 ? RETRY_BESIDE_ECHO_MS : RETRY_MS));
  }

  /** The timer is not moved with every frame: when it rings, it looks how old the frames are. */
  #checkEchoes(): void {
    const nowMs = this.#clock.now();
    const { nAsMs } = this.#options;
    const expired = this.#flight.expire(nowMs - nAsMs);
    if (this.#flight.size > 0) this.#nAsTimer.setAt(this.#flight.oldestSinceMs + nAsMs);
    if (expired.length === 0) return;
    this.#lostCount += expired.length;
    this.#silentPeriods++;
    const stuck = [...expired.map(({ frame }) => frame), ...this.#flight.frames];
    this.#abort(expired);
    if (!this.#hasHeard || this.#silentPeriods >= SILENT_PERIODS_MAX) {
      this.#events.stuck(stuck, "noEcho");
    } else {
      this.#events.suspect();
      this.#pump();
    }
  }

  #waitingFrames(): readonly CanFrame[] {
    return this.#waiting.slice(this.#head, this.#head + FRAMES_UNHEARD_MAX)
      .map(({ frame }) => frame);
  }

  /** Never within a caller's `send`, and always before the ends of later frames. */
  #abort(frames: readonly OutgoingFrame[]): void {
    if (frames.length === 0) return;
    this.#aborted.push(...frames);
    this.#clock.schedule(() => this.#tellAborted());
  }

  #tellAborted(): void {
    if (this.#aborted.length === 0) return;
    const nowMs = this.#clock.now();
    for (const { onEnd } of this.#aborted.splice(0)) onEnd("aborted", nowMs);
  }
}

/**
 * Names frames for people.
 *
 * @param frames The frames.
 * @returns `7E0#021002, 7E1#021002`, as `cansend` takes them.
 */
export function frameNames(frames: readonly CanFrame[]): string {
  return frames.map((frame) => formatCandump(frame, 0, "x").split(" ")[2]).join(", ");
}
