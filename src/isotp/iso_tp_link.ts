import { Observable, Subject } from "rxjs";
import type { CanFrame, CanPort } from "../can/mod.ts";
import { type Clock, Timer } from "../core/mod.ts";
import { formatAddressing, type IsoTpAddressing, resolveAddressing } from "./addressing.ts";
import { IsoTpError } from "./errors.ts";
import { FrameBuilder, type FrameFormat } from "./frame_format.ts";
import type { IsoTpIndication, IsoTpLink, IsoTpSendProgress } from "./link.ts";
import { decodePdu, type FlowStatus } from "./pdu.ts";
import { IsoTpReceiver, type ReceiverEffect } from "./receiver.ts";
import { IsoTpSender, type SenderResult } from "./sender.ts";
import type { TransmitScheduler, TransmitSource } from "./transmit_scheduler.ts";

/** How a link is made. Times as ISO 15765-2:2016, "Timing parameters", names them. */
export interface IsoTpLinkOptions {
  /** The bus. */
  readonly port: CanPort;
  /** The one scheduler of that port. */
  readonly scheduler: TransmitScheduler;
  /** The time it lives in. */
  readonly clock: Clock;
  /** Both ends' addresses. */
  readonly addressing: IsoTpAddressing;
  /** How PDUs are put into frames. */
  readonly format: FrameFormat;
  /**
   * `unicast`: the standard's. `functional`: single frames out, nothing in. `groupSender`: segmented
   * messages out without flow control. `groupListener`: such messages in.
   */
  readonly role?: "unicast" | "functional" | "groupSender" | "groupListener";
  /** BS that our flow control states; 0 unless told. */
  readonly blockSize?: number;
  /** STmin that our flow control states, as encoded; 0 unless told. */
  readonly stMin?: number;
  /** Longest message taken, in bytes; 4,095 unless told. */
  readonly messageBytesMax?: number;
  /** N_As and N_Ar: longest wait for a frame's confirmation, in ms; 1,000 unless told. */
  readonly nAsMs?: number;
  /** N_Bs, in ms; 1,000 unless told. */
  readonly nBsMs?: number;
  /** N_Cr, in ms; 1,000 unless told. */
  readonly nCrMs?: number;
  /** N_WFTmax; 16 unless told. */
  readonly waitFramesMax?: number;
  /** `groupSender`: least gap between two frames, in ms; 0 unless told. */
  readonly groupGapMs?: number;
  /**
   * Asked when flow control is due: whether the sender may go on. While it answers `wait`, WAIT
   * frames go out every `waitMs`; always `continueToSend` unless told.
   */
  readonly mayContinue?: () => "continueToSend" | "wait";
  /** Pause between two WAIT frames, in ms; 50 unless told. */
  readonly waitMs?: number;
}

interface Outgoing {
  readonly message: Uint8Array;
  readonly onProgress: (progress: IsoTpSendProgress) => void;
  readonly onError: (error: IsoTpError) => void;
  isStarted: boolean;
}

/**
 * Makes a link.
 *
 * @param options Bus, addresses, timing.
 * @returns The link; it listens from now on.
 */
export function createIsoTpLink(options: IsoTpLinkOptions): IsoTpLink {
  return new Link(options);
}

/** Wires the two pure machines to a port, its scheduler and a clock. */
class Link implements IsoTpLink, TransmitSource {
  readonly name: string;
  readonly indications$: Observable<IsoTpIndication>;
  priority = 0;
  readonly #options: IsoTpLinkOptions;
  readonly #builder: FrameBuilder;
  readonly #sender: IsoTpSender;
  readonly #receiver: IsoTpReceiver;
  readonly #indications = new Subject<IsoTpIndication>();
  readonly #outgoing: Outgoing[] = [];
  readonly #deadline: Timer;
  readonly #waitTimer: Timer;
  readonly #nAsMs: number;
  readonly #rxPrefix: number | undefined;
  readonly #unlisten: () => void;
  #isSegmented = false;
  #unconfirmedSinceMs = Infinity;
  #unconfirmed = 0;
  #isClosed = false;

  constructor(options: IsoTpLinkOptions) {
    const { tx, rx, txPrefix, rxPrefix } = resolveAddressing(options.addressing);
    this.name = formatAddressing(options.addressing);
    this.indications$ = this.#indications.asObservable();
    this.#options = options;
    this.#rxPrefix = rxPrefix;
    this.#nAsMs = options.nAsMs ?? 1000;
    this.#builder = new FrameBuilder(tx, txPrefix, options.format);
    const timing = {
      nBsMs: options.nBsMs ?? 1000,
      waitFramesMax: options.waitFramesMax ?? 16,
    };
    const groupGapMs = options.role === "groupSender" ? options.groupGapMs ?? 0 : undefined;
    this.#sender = new IsoTpSender(this.#builder, timing, this.name, groupGapMs);
    this.#receiver = new IsoTpReceiver({
      blockSize: options.blockSize ?? 0,
      stMin: options.stMin ?? 0,
      nCrMs: options.nCrMs ?? 1000,
      messageBytesMax: options.messageBytesMax ?? 4095,
      sendsFlowControl: options.role !== "groupListener",
    }, this.name);
    this.#deadline = new Timer(options.clock, () => this.#checkDeadlines());
    this.#waitTimer = new Timer(options.clock, () => this.#sendFlowControl("continueToSend"));
    const isDeaf = options.role === "functional" || options.role === "groupSender";
    this.#unlisten = isDeaf ? () => {} : options.port.listen(rx, (frame, atMs) => {
      this.#receive(frame, atMs);
    });
  }

  get readyAtMs(): number {
    return this.#sender.readyAtMs;
  }

  takeFrame(): CanFrame {
    if (this.#unconfirmed++ === 0) {
      this.#unconfirmedSinceMs = this.#options.clock.now();
      this.#arm(this.#unconfirmedSinceMs + this.#nAsMs);
    }
    return this.#sender.takeFrame();
  }

  frameEnded(outcome: "sent" | "aborted", atMs: number): void {
    this.#unconfirmed--;
    this.#unconfirmedSinceMs = this.#unconfirmed > 0 ? atMs : Infinity;
    const current = this.#outgoing[0];
    if (current === undefined || !this.#sender.isBusy) return;
    if (outcome === "aborted") {
      this.#finish(this.#sender.abort("N_ERROR", "the bus took a frame back"), atMs);
      return;
    }
    const result = this.#sender.confirmed(atMs);
    if (!current.isStarted) {
      current.isStarted = true;
      current.onProgress({ type: "started", atMs });
    }
    if (result !== undefined) this.#finish(result, atMs);
    else this.#arm(this.#sender.deadlineMs);
  }

  send(message: Uint8Array): Observable<IsoTpSendProgress> {
    return new Observable((subscriber) => {
      const problem = this.#problemWith(message);
      if (problem !== undefined) throw problem;
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
      if (this.#outgoing.length === 1) this.#startNext();
      return () => this.#withdraw(outgoing);
    });
  }

  setPriority(priority: number): void {
    this.priority = priority;
  }

  queueingDelayMs(): number {
    return this.#options.scheduler.queueingDelayMs;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unlisten();
    this.#deadline.clear();
    this.#waitTimer.clear();
    this.#options.scheduler.remove(this);
    for (const { onError } of this.#outgoing.splice(0)) {
      onError(new IsoTpError("N_ERROR", `Cannot send on ${this.name}: the link is closed`));
    }
    this.#indications.complete();
  }

  #problemWith(message: Uint8Array): Error | undefined {
    if (message.length === 0) return new RangeError("Cannot send a message of no bytes");
    if (this.#isClosed) {
      return new IsoTpError("N_ERROR", `Cannot send on ${this.name}: the link is closed`);
    }
    const { singleFrameBytesMax } = this.#builder;
    return this.#options.role === "functional" && message.length > singleFrameBytesMax
      ? new RangeError(`Cannot send ${message.length} bytes functionally: more than one frame`)
      : undefined;
  }

  #startNext(): void {
    const next = this.#outgoing[0];
    if (next === undefined) return;
    this.#sender.start(next.message);
    this.#isSegmented = next.message.length > this.#builder.singleFrameBytesMax;
    if (this.#isSegmented) this.#options.scheduler.open(this);
    else this.#options.scheduler.sendShort(this);
  }

  #finish(result: SenderResult, atMs: number): void {
    if (this.#isSegmented || result.kind === "failed") this.#options.scheduler.remove(this);
    const ended = this.#outgoing.shift();
    if (result.kind === "sent") ended?.onProgress({ type: "sent", atMs });
    else ended?.onError(result.error);
    if (!this.#sender.isBusy) this.#startNext();
  }

  #withdraw(outgoing: Outgoing): void {
    const index = this.#outgoing.indexOf(outgoing);
    if (index < 0) return;
    if (index > 0) {
      this.#outgoing.splice(index, 1);
      return;
    }
    if (this.#sender.isBusy) this.#sender.abort("N_ERROR", "it was withdrawn");
    this.#options.scheduler.remove(this);
    this.#outgoing.shift();
    this.#startNext();
  }

  #receive(frame: CanFrame, atMs: number): void {
    const offset = this.#rxPrefix === undefined ? 0 : 1;
    if (offset === 1 && frame.data[0] !== this.#rxPrefix) return;
    const pdu = decodePdu(frame.data, offset);
    if (pdu === undefined) return;
    if (pdu.kind === "flowControl") {
      const wasWaiting = this.#sender.isWaiting;
      const result = this.#sender.flowControl(pdu, atMs);
      if (result !== undefined) this.#finish(result, atMs);
      else if (wasWaiting) {
        this.#arm(this.#sender.deadlineMs);
        this.#options.scheduler.wake();
      }
      return;
    }
    for (const effect of this.#receiver.receive(pdu, atMs)) this.#carryOut(effect, atMs);
    this.#arm(this.#receiver.deadlineMs);
  }

  #carryOut(effect: ReceiverEffect, atMs: number): void {
    switch (effect.kind) {
      case "flowControl":
        this.#sendFlowControl(effect.flowStatus);
        return;
      case "firstFrame":
        this.#indications.next({ type: "firstFrame", lengthBytes: effect.lengthBytes, atMs });
        return;
      case "message":
        this.#indications.next({ type: "message", data: effect.data, atMs });
        return;
      case "error":
        this.#indications.next({ type: "error", error: effect.error, atMs });
    }
  }

  #sendFlowControl(wanted: FlowStatus): void {
    const { mayContinue, scheduler, clock, waitMs = 50, blockSize = 0, stMin = 0 } = this.#options;
    if (wanted === "continueToSend" && !this.#receiver.isBusy) return;
    const flowStatus = wanted === "overflow" ? wanted : mayContinue?.() ?? "continueToSend";
    if (flowStatus === "wait") this.#waitTimer.setAt(clock.now() + waitMs);
    const frame = this.#builder.flowControl(flowStatus, blockSize, stMin);
    scheduler.sendShort({
      priority: 0,
      readyAtMs: 0,
      takeFrame: () => frame,
      frameEnded: (_outcome, atMs) => this.#receiver.flowControlSent(atMs),
    });
  }

  /** One timer watches all deadlines; it is moved only to an earlier time, and looks when it rings. */
  #arm(dueMs: number): void {
    if (dueMs < this.#deadline.dueMs) this.#deadline.setAt(dueMs);
  }

  #checkDeadlines(): void {
    const nowMs = this.#options.clock.now();
    if (nowMs >= this.#unconfirmedSinceMs + this.#nAsMs) {
      this.#unconfirmedSinceMs = Infinity;
      const state = `a frame was not acknowledged within ${this.#nAsMs} ms`;
      if (this.#sender.isBusy) this.#finish(this.#sender.abort("N_TIMEOUT_A", state), nowMs);
    }
    if (nowMs >= this.#sender.deadlineMs) this.#finish(this.#sender.timedOut(), nowMs);
    if (nowMs >= this.#receiver.deadlineMs) this.#carryOut(this.#receiver.timedOut(), nowMs);
    this.#arm(
      Math.min(
        this.#unconfirmedSinceMs + this.#nAsMs,
        this.#sender.deadlineMs,
        this.#receiver.deadlineMs,
      ),
    );
  }
}
