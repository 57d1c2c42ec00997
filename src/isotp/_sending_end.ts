import { formatMs } from "../core/mod.ts";
import { Observable } from "rxjs";
import type { CanFrame } from "../can/mod.ts";
import { IsoTpError } from "./errors.ts";
import type { FrameBuilder } from "./frame_builder.ts";
import type { IsoTpSendProgress } from "./link.ts";
import type { ResolvedLinkOptions } from "./link_options.ts";
import type { FlowControlPdu } from "./pdu.ts";
import { IsoTpSender, type SenderResult } from "./sender.ts";
import type { FrameEnd, TransmitSource } from "./transmit_source.ts";

/** What a sending end needs of its link. */
export interface SendingEndHost {
  /** Its two identifiers, as errors show them. */
  readonly name: string;
  /** `arbitrationRank` of what goes out. */
  readonly txRank: number;
  /** `arbitrationRank` of what comes in. */
  readonly rxRank: number;
  /** Whether a message may begin now: not while one comes in on a half-duplex link. */
  mayStart(): boolean;
  /** The deadline has changed. */
  deadlineChanged(): void;
}

interface Outgoing {
  readonly message: Uint8Array;
  readonly onProgress: (progress: IsoTpSendProgress) => void;
  readonly onError: (error: IsoTpError) => void;
  isStarted: boolean;
}

/**
 * Messages up to this length go before longer ones, whatever their links' priority, in bytes: they
 * ask for something (an erase, a checksum) that takes its time while others fill the wire.
 */
const URGENT_BYTES_MAX = 32;

/** Wires the sending machine to the scheduler, and lets one message after the other through it. */
export class SendingEnd implements TransmitSource {
  readonly rank: number;
  readonly #options: ResolvedLinkOptions;
  readonly #builder: FrameBuilder;
  readonly #host: SendingEndHost;
  readonly #sender: IsoTpSender;
  readonly #outgoing: Outgoing[] = [];
  #linkPriority = 0;
  /** Frames of the message at hand that are in flight. */
  #unconfirmed = 0;
  /** Frames in flight of messages given up: they end before any of the message at hand. */
  #stale = 0;
  /** When N_Bs would end on an empty wire, in ms. */
  #nBsEndMs = Infinity;
  /** When the first frame of the message at hand can be through at the earliest, in ms. */
  #firstEndsMs = Infinity;
  #isClosed = false;

  constructor(options: ResolvedLinkOptions, builder: FrameBuilder, host: SendingEndHost) {
    this.#options = options;
    this.#builder = builder;
    this.#host = host;
    this.rank = host.txRank;
    const { nBsMs, firstFrameRepeatMs, waitFramesMax, frameGapMsMin, groupGapMs, role } = options;
    const group = role === "groupSender" ? { groupGapMs } : {};
    const bounds = { nBsMs, firstFrameRepeatMs, waitFramesMax, frameGapMsMin, ...group };
    this.#sender = new IsoTpSender(builder, bounds, host.name);
  }

  /** That of the message at hand. */
  get priority(): number {
    const lengthBytes = this.#outgoing[0]?.message.length ?? 0;
    return lengthBytes > URGENT_BYTES_MAX ? this.#linkPriority : -Infinity;
  }

  /** What the link states. */
  set linkPriority(priority: number) {
    this.#linkPriority = priority;
    this.#options.scheduler.prioritiesChanged();
  }

  get readyAtMs(): number {
    return this.#sender.readyAtMs;
  }

  get clearedFrames(): number {
    return this.#sender.clearedFrames;
  }

  get deadlineMs(): number {
    return this.#sender.deadlineMs;
  }

  get nCsMsMax(): number {
    return this.#sender.nCsMsMax;
  }

  /** Whether a segmented message is on its way out. */
  get isSendingSegments(): boolean {
    return this.#sender.state !== "idle" && this.#sender.isSegmented;
  }

  /** As `IsoTpLink.send`. */
  send(message: Uint8Array): Observable<IsoTpSendProgress> {
    return new Observable((subscriber) => {
      this.#assertSendable(message);
      const outgoing: Outgoing = {
        message,
        isStarted: false,
        onProgress: (progress) => {
          subscriber.next(progress);
          if (progress.type === "sent") subscriber.complete();
        },
        onError: (error) => subscriber.error(error),
      };
      this.#outgoing.push(outgoing);
      if (this.#outgoing.length === 1) this.startNext();
      return () => this.#withdraw(outgoing);
    });
  }

  /** Begins the next message when there is one, none is under way and the link lets it. */
  startNext(): void {
    const next = this.#outgoing[0];
    if (next === undefined || this.#sender.state !== "idle" || !this.#host.mayStart()) return;
    this.#sender.start(next.message);
    if (this.#sender.isSegmented) this.#options.scheduler.open(this);
    else this.#options.scheduler.sendShort(this);
  }

  takeFrame(nowMs: number): CanFrame {
    this.#unconfirmed++;
    return this.#sender.takeFrame(nowMs);
  }

  handedOver(earliestEndMs: number): void {
    if (this.#outgoing[0]?.isStarted === false) this.#firstEndsMs = earliestEndMs;
  }

  /** A frame of the other end began then: the port may not have confirmed yet what it answers. */
  heardSince(startMs: number, atMs: number): void {
    if (startMs >= this.#firstEndsMs) this.#started(atMs);
  }

  frameEnded(end: FrameEnd, atMs: number): void {
    if (this.#stale > 0) {
      this.#stale--;
      return;
    }
    this.#unconfirmed--;
    if (end === "aborted") this.#fail("N_ERROR", "the bus took a frame back", atMs);
    else if (end === "timedOut") this.#failTimeoutA(atMs);
    else this.#confirmed(atMs);
  }

  wireStalled(atMs: number): void {
    this.#failTimeoutA(atMs);
  }

  /** A flow control frame came. */
  flowControl(pdu: FlowControlPdu, atMs: number): void {
    const { state } = this.#sender;
    if (state !== "waitFlowControl" && state !== "first") return;
    const result = this.#sender.flowControl(pdu, atMs);
    if (result !== undefined) this.#finish(result, atMs);
    else {
      this.#allowForQueueing();
      this.#options.scheduler.wake();
    }
  }

  /** The deadline may have come. */
  checkDeadline(nowMs: number): void {
    if (nowMs < this.#sender.deadlineMs) return;
    const queueingMs = this.#options.scheduler.queueingDelayMs(this.#host.rxRank);
    const allowedMs = this.#nBsEndMs + queueingMs;
    if (nowMs < allowedMs) this.#sender.extendDeadline(allowedMs);
    else this.#deadlinePassed(nowMs);
  }

  /** The message ends, or its first frame goes out once more. */
  #deadlinePassed(nowMs: number): void {
    const result = this.#sender.deadlinePassed(nowMs);
    if (result === undefined) this.#options.scheduler.wake();
    else this.#finish(result, nowMs);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#sender.state !== "idle") this.#dropMessage();
    for (const { onError } of this.#outgoing.splice(0)) onError(this.#closedError());
  }

  #confirmed(atMs: number): void {
    const current = this.#outgoing[0]!;
    const result = this.#sender.confirmed(atMs);
    this.#started(atMs);
    // Whoever listens may have taken the message back.
    if (this.#outgoing[0] !== current) return;
    if (result !== undefined) this.#finish(result, atMs);
    else if (this.#sender.state === "waitFlowControl") this.#allowForQueueing();
  }

  #started(atMs: number): void {
    this.#firstEndsMs = Infinity;
    const current = this.#outgoing[0];
    if (current === undefined || current.isStarted) return;
    current.isStarted = true;
    current.onProgress({ type: "started", atMs });
  }

  /** N_Bs begins: what this end may send before the answer gets the wire is not counted. */
  #allowForQueueing(): void {
    const { deadlineMs } = this.#sender;
    if (deadlineMs !== Infinity) {
      this.#nBsEndMs = deadlineMs;
      const queueingMs = this.#options.scheduler.queueingDelayMs(this.#host.rxRank);
      this.#sender.extendDeadline(deadlineMs + queueingMs);
    }
    this.#host.deadlineChanged();
  }

  #failTimeoutA(atMs: number): void {
    const { nAsMs } = this.#options.scheduler;
    this.#fail("N_TIMEOUT_A", `the bus took no frame within ${formatMs(nAsMs)}`, atMs);
  }

  #fail(nResult: "N_TIMEOUT_A" | "N_ERROR", state: string, atMs: number): void {
    this.#finish(this.#sender.abort(nResult, state), atMs);
  }

  #finish(result: SenderResult, atMs: number): void {
    this.#dropMessage();
    const ended = this.#outgoing.shift();
    this.#host.deadlineChanged();
    if (result.kind === "sent") ended?.onProgress({ type: "sent", atMs });
    else ended?.onError(result.error);
    this.startNext();
  }

  #withdraw(outgoing: Outgoing): void {
    const index = this.#outgoing.indexOf(outgoing);
    if (index < 0) return;
    this.#outgoing.splice(index, 1);
    if (index > 0 || this.#sender.state === "idle") return;
    this.#sender.abort("N_ERROR", "it was withdrawn");
    this.#dropMessage();
    this.#host.deadlineChanged();
    this.startNext();
  }

  /** Nothing more is sent of the message at hand; what is in flight ends unheard. */
  #dropMessage(): void {
    this.#firstEndsMs = Infinity;
    this.#stale += this.#unconfirmed;
    this.#unconfirmed = 0;
    this.#options.scheduler.remove(this);
  }

  #assertSendable(message: Uint8Array): void {
    const { role } = this.#options;
    const { name } = this.#host;
    if (this.#isClosed) throw this.#closedError();
    if (message.length === 0) throw new RangeError("Cannot send a message of no bytes");
    if (role === "functionalListener" || role === "groupListener") {
      throw new RangeError(`Cannot send on ${name}: it only listens`);
    }
    if (role === "functional" && message.length > this.#builder.singleFrameBytesMax) {
      throw new RangeError(
        `Cannot send ${message.length} bytes on ${name}: functional requests fit one frame`,
      );
    }
  }

  #closedError(): IsoTpError {
    return new IsoTpError("N_ERROR", `Cannot send on ${this.#host.name}: the link is closed`);
  }
}
