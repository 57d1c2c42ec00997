import type { CanFrame } from "../can/mod.ts";
import type { FrameBuilder } from "./frame_builder.ts";
import type { IsoTpIndication } from "./link.ts";
import type { IsoTpRole, ResolvedLinkOptions } from "./link_options.ts";
import type { FlowStatus } from "./pdu.ts";
import {
  IsoTpReceiver,
  type ReceiverEffect,
  type ReceiverOptions,
  type ReceiverPdu,
} from "./receiver.ts";
import type { FrameEnd, TransmitSource } from "./transmit_source.ts";

/** What a receiving end needs of its link. */
export interface ReceivingEndHost {
  /** Its two identifiers, as errors show them. */
  readonly name: string;
  /** `arbitrationRank` of what goes out. */
  readonly txRank: number;
  /** Something came in, whole or not. */
  indicate(indication: IsoTpIndication): void;
  /** The deadline has changed, or a message has ended. */
  deadlineChanged(): void;
}

const ACCEPTS: Readonly<Record<IsoTpRole, ReceiverOptions["accepts"]>> = {
  unicast: "segmented",
  functional: "singleFrames",
  functionalListener: "singleFrames",
  groupSender: "singleFrames",
  groupListener: "silent",
};

/** Wires the receiving machine to the scheduler: it is the source of our flow control frames. */
export class ReceivingEnd implements TransmitSource {
  readonly priority = 0;
  readonly readyAtMs = 0;
  readonly clearedFrames = 0;
  readonly rank: number;
  readonly #options: ResolvedLinkOptions;
  readonly #host: ReceivingEndHost;
  readonly #receiver: IsoTpReceiver;
  readonly #frames: Readonly<Record<FlowStatus, CanFrame>>;
  #queued: CanFrame | undefined;
  #unconfirmed = 0;
  #isClosed = false;

  constructor(options: ResolvedLinkOptions, builder: FrameBuilder, host: ReceivingEndHost) {
    const { blockSize, stMin, role, scheduler } = options;
    this.#options = options;
    this.#host = host;
    this.rank = host.txRank;
    this.#receiver = new IsoTpReceiver(
      { ...options, nArMs: scheduler.nAsMs, accepts: ACCEPTS[role] },
      host.name,
    );
    this.#frames = {
      continueToSend: builder.flowControl("continueToSend", blockSize, stMin),
      wait: builder.flowControl("wait", blockSize, stMin),
      overflow: builder.flowControl("overflow", blockSize, stMin),
    };
  }

  get deadlineMs(): number {
    return Math.min(this.#receiver.deadlineMs, this.#receiver.flowDueMs);
  }

  get nBrMsMax(): number {
    return this.#receiver.nBrMsMax;
  }

  /** Whether a segmented message is on its way in. */
  get isReceiving(): boolean {
    return this.#receiver.state !== "idle";
  }

  /** A PDU came. */
  receive(pdu: ReceiverPdu, atMs: number): void {
    const effects = this.#receiver.receive(pdu, atMs);
    for (let i = 0; i < effects.length; i++) this.#perform(effects[i]!, atMs);
    if (this.#receiver.state === "flowControlDue") this.#decideFlow();
    this.#host.deadlineChanged();
  }

  /** A deadline may have come. */
  checkDeadline(nowMs: number): void {
    if (nowMs >= this.#receiver.deadlineMs) this.#perform(this.#receiver.timedOut(), nowMs);
    this.#decideFlow();
  }

  takeFrame(nowMs: number): CanFrame {
    const frame = this.#queued!;
    this.#queued = undefined;
    this.#unconfirmed++;
    this.#receiver.flowControlTaken(nowMs);
    return frame;
  }

  frameEnded(end: FrameEnd, atMs: number): void {
    this.#unconfirmed--;
    if (end !== "sent") return this.#flowControlFailed(end === "timedOut", atMs);
    // Only the newest flow control frame tells where the other end stands.
    if (this.#unconfirmed > 0 || this.#queued !== undefined) return;
    this.#receiver.flowControlSent(atMs);
    this.#host.deadlineChanged();
  }

  wireStalled(atMs: number): void {
    this.#queued = undefined;
    this.#flowControlFailed(true, atMs);
  }

  close(): void {
    this.#isClosed = true;
    this.#options.scheduler.remove(this);
  }

  #decideFlow(): void {
    const nowMs = this.#options.clock.now();
    if (nowMs < this.#receiver.flowDueMs) return;
    this.#perform(this.#receiver.decideFlow(this.#options.mayContinue(), nowMs), nowMs);
  }

  #flowControlFailed(isTimeout: boolean, atMs: number): void {
    const effect = this.#receiver.flowControlFailed(isTimeout);
    if (effect !== undefined) this.#perform(effect, atMs);
    this.#host.deadlineChanged();
  }

  #perform(effect: ReceiverEffect, atMs: number): void {
    switch (effect.kind) {
      case "flowControl":
        return this.#sendFlowControl(effect.flowStatus);
      case "firstFrame":
        return this.#host.indicate({
          type: "firstFrame",
          lengthBytes: effect.lengthBytes,
          head: effect.head,
          atMs,
        });
      case "message":
        return this.#host.indicate({ type: "message", data: effect.data, atMs });
      case "error": {
        const { error, contradiction } = effect;
        const more = contradiction === undefined ? {} : { contradiction };
        return this.#host.indicate({ type: "error", error, ...more, atMs });
      }
    }
  }

  /** One that was not taken yet is replaced: it is out of date. */
  #sendFlowControl(flowStatus: FlowStatus): void {
    // Whoever was told of the first frame may have closed the link.
    if (this.#isClosed) return;
    const isQueued = this.#queued !== undefined;
    this.#queued = this.#frames[flowStatus];
    if (!isQueued) this.#options.scheduler.sendShort(this);
  }
}
