/**
 * ISO 15765-2 of the rogue node: classic frames, normal addressing, 11 bits. Written from the
 * standard alone; it shares nothing with the product.
 */
import type { Subscription } from "rxjs";
import type { CanFrame, CanPort } from "../../src/can/mod.ts";
import type { Clock } from "../../src/core/mod.ts";
import type { RogueBootIds } from "./rogue_life.ts";
import type { RogueIsoTpCounts } from "./rogue_log.ts";

/** How a rogue's transport layer behaves. */
export interface RogueIsoTpOptions {
  /** On which it hears requests. */
  readonly rxId: number;
  /** On which it answers. */
  readonly txId: number;
  /** Other identifiers while its bootloader runs, where it has them. */
  readonly bootIds?: RogueBootIds;
  /** On which all nodes hear. */
  readonly functionalId: number;
  /** BS of its flow control, 0..255. */
  readonly blockSize: number;
  /** STmin of its flow control, as encoded. */
  readonly stMin: number;
  /** From the frame that calls for a flow control to that flow control. */
  readonly flowControlDelayMs: number;
  /** Every so many-th flow control is late; 0: none. */
  readonly lateFlowControlEvery: number;
  /** How late those are. */
  readonly lateFlowControlMs: number;
  /** How late the very first flow control is. */
  readonly firstFlowControlLateMs: number;
  /** Until this time of the bench's clock it says WAIT, each 100 ms, and never that it is ready. */
  readonly waitsUntilMs?: number;
  /** From when on; from the start by default. */
  readonly waitsFromMs?: number;
  /** How often, in place of each 100 ms. */
  readonly waitEveryMs?: number;
  /** N_Cr: between two consecutive frames that it receives. */
  readonly nCrMs: number;
  /** Its controller holds three consecutive frames, and its core takes one in so long, in ms. */
  readonly frameTakenMs?: number;
  /** A gateway in front of it passes no longer requests, and loses a consecutive frame that comes sooner. */
  readonly gateway?: { readonly messageBytesMax: number; readonly gapMsMin: number };
  /** N_Bs: until a flow control for what it sends. */
  readonly nBsMs: number;
  /** Whether it drops functional frames while a segmented request comes in. */
  readonly dropsFunctionalInMessage: boolean;
  /** A functional frame waits so long to be taken, and a physical one that comes meanwhile kills it. */
  readonly functionalTakenAfterMs: number;
  /** A request that comes ends an answer that is in part out, or waits for its flow control. */
  readonly endsAnswerOnRequest?: boolean;
}

/** What takes its messages. */
export interface RogueMessageListener {
  /** A message is complete; `beganAtMs` is the end of its first frame. */
  readonly onMessage: (data: Uint8Array, isFunctional: boolean, beganAtMs: number) => void;
}

interface Reception {
  readonly data: Uint8Array;
  readonly beganAtMs: number;
  lengthBytes: number;
  sequenceNumber: number;
  leftInBlock: number;
}

interface Sending {
  readonly data: Uint8Array;
  readonly onEnd: () => void;
  offset: number;
  sequenceNumber: number;
  leftInBlock: number;
  gapMs: number;
}

const PADDING = 0xAA;
const NO_GATEWAY = { gapMsMin: 0, messageBytesMax: Infinity };

/** One end of a link: it receives on `rxId` and `functionalId`, and sends on `txId`. */
export class RogueIsoTp {
  readonly counts: RogueIsoTpCounts = {
    flowControls: 0,
    nCrTimeouts: 0,
    wrongSequenceNumbers: 0,
    brokenOff: 0,
    fifoLost: 0,
    functionalLost: 0,
    nBsTimeouts: 0,
    answersEnded: 0,
  };
  readonly #port: CanPort;
  readonly #clock: Clock;
  readonly #options: RogueIsoTpOptions;
  readonly #listener: RogueMessageListener;
  readonly #waiting: Sending[] = [];
  #reception: Reception | undefined;
  #sending: Sending | undefined;
  #receptionTimer: Subscription | undefined;
  #sendingTimer: Subscription | undefined;
  #functionalTimer: Subscription | undefined;
  #flowControlAtMs = 0;
  #takenAtMs: number[] = [];
  #passedAtMs = -Infinity;
  /** While the core is down it neither hears nor says anything. */
  isDown = false;

  constructor(
    port: CanPort,
    clock: Clock,
    options: RogueIsoTpOptions,
    listener: RogueMessageListener,
  ) {
    this.#port = port;
    this.#clock = clock;
    this.#options = options;
    this.#listener = listener;
    for (const ids of [options, ...options.bootIds === undefined ? [] : [options.bootIds]]) {
      const take = (frame: CanFrame) => void (this.#ids === ids && this.#takePhysical(frame));
      port.listen({ id: ids.rxId, extended: false }, take);
    }
    port.listen(
      { id: options.functionalId, extended: false },
      (frame) => this.#takeFunctional(frame),
    );
  }

  /** Sends a message once those before it are out; `onEnd` is called when its last frame is. */
  send(data: Uint8Array, onEnd: () => void = () => {}): void {
    this.#waiting.push({
      data,
      onEnd,
      offset: 0,
      sequenceNumber: 1,
      leftInBlock: 0,
      gapMs: 0,
    });
    if (this.#sending === undefined) this.#sendNext();
  }

  /** Forgets what comes in and goes out, as a reset does. */
  clear(): void {
    this.#receptionTimer?.unsubscribe();
    this.#sendingTimer?.unsubscribe();
    this.#functionalTimer?.unsubscribe();
    this.#reception = this.#sending = this.#functionalTimer = undefined;
    this.#waiting.length = 0;
  }

  #takeFunctional({ data, fd }: CanFrame): void {
    if (this.isDown || fd) return;
    const message = singleFrame(data);
    if (message === undefined) return;
    if (this.#reception !== undefined && this.#options.dropsFunctionalInMessage) {
      this.counts.functionalLost++;
      return;
    }
    const atMs = this.#clock.now();
    const take = () => {
      this.#functionalTimer = undefined;
      this.#listener.onMessage(message, true, atMs);
    };
    const { functionalTakenAfterMs } = this.#options;
    if (functionalTakenAfterMs === 0) take();
    else this.#functionalTimer = this.#clock.schedule(take, functionalTakenAfterMs);
  }

  #takePhysical({ data, fd }: CanFrame): void {
    if (this.isDown || fd || data.length === 0) return;
    const kind = data[0]! >> 4;
    if (kind === 3) return this.#takeFlowControl(data);
    if (this.#isLostOnTheWay(data)) return;
    if (kind === 2) return this.#takeConsecutive(data);
    if (this.#options.endsAnswerOnRequest === true && kind < 2) this.#endAnswers();
    if (this.#functionalTimer !== undefined) {
      this.#functionalTimer.unsubscribe();
      this.#functionalTimer = undefined;
      this.counts.functionalLost++;
    }
    if (kind === 0) {
      const message = singleFrame(data);
      if (message === undefined) return;
      this.#breakOff();
      this.#listener.onMessage(message, false, this.#clock.now());
    }
    if (kind === 1) this.#takeFirst(data);
  }

  #isLostOnTheWay(data: Uint8Array): boolean {
    const { gateway: { gapMsMin, messageBytesMax } = NO_GATEWAY } = this.#options;
    const kind = data[0]! >> 4;
    const beforeMs = this.#passedAtMs;
    this.#passedAtMs = kind === 2 ? this.#clock.now() : -Infinity;
    if (kind === 2) return this.#passedAtMs - beforeMs < gapMsMin;
    return kind === 1 && ((data[0]! & 0xF) << 8 | data[1]!) > messageBytesMax;
  }

  #endAnswers(): void {
    if (this.#sending === undefined || this.#sending.offset === 0) return;
    this.#sendingTimer?.unsubscribe();
    this.#sending = undefined;
    this.#waiting.length = 0;
    this.counts.answersEnded++;
  }

  /** A new message ends the one that is coming in (ISO 15765-2, "Unexpected arrival of N_PDU"). */
  #breakOff(): void {
    if (this.#reception === undefined) return;
    this.counts.brokenOff++;
    this.#receptionTimer?.unsubscribe();
    this.#reception = undefined;
  }

  #takeFirst(data: Uint8Array): void {
    const lengthBytes = (data[0]! & 15) << 8 | data[1]!;
    if (data.length !== 8 || lengthBytes < 8) return;
    this.#breakOff();
    const message = new Uint8Array(lengthBytes);
    message.set(data.subarray(2));
    this.#reception = {
      data: message,
      beganAtMs: this.#clock.now(),
      lengthBytes: 6,
      sequenceNumber: 1,
      leftInBlock: this.#options.blockSize,
    };
    this.#sendFlowControl(this.#reception);
  }

  #takeConsecutive(data: Uint8Array): void {
    const reception = this.#reception;
    if (reception === undefined || this.#isFifoFull()) return;
    if ((data[0]! & 15) !== reception.sequenceNumber) {
      this.counts.wrongSequenceNumbers++;
      this.#receptionTimer?.unsubscribe();
      this.#reception = undefined;
      return;
    }
    const part = data.subarray(1, 1 + reception.data.length - reception.lengthBytes);
    reception.data.set(part, reception.lengthBytes);
    reception.lengthBytes += part.length;
    reception.sequenceNumber = (reception.sequenceNumber + 1) % 16;
    this.#receptionTimer?.unsubscribe();
    if (reception.lengthBytes === reception.data.length) {
      this.#reception = undefined;
      return this.#listener.onMessage(reception.data, false, reception.beganAtMs);
    }
    if (this.#options.blockSize > 0 && --reception.leftInBlock === 0) {
      reception.leftInBlock = this.#options.blockSize;
      this.#sendFlowControl(reception);
    } else {
      this.#awaitConsecutive(reception);
    }
  }

  /** Three frames wait to be taken: another one is lost. */
  #isFifoFull(): boolean {
    const { frameTakenMs = 0 } = this.#options;
    const nowMs = this.#clock.now();
    this.#takenAtMs = this.#takenAtMs.filter((ms) => ms > nowMs);
    if (this.#takenAtMs.length >= 3) {
      this.counts.fifoLost++;
      return true;
    }
    this.#takenAtMs.push(Math.max(nowMs, this.#takenAtMs.at(-1) ?? 0) + frameTakenMs);
    return false;
  }

  #awaitConsecutive(reception: Reception): void {
    this.#receptionTimer?.unsubscribe();
    this.#receptionTimer = this.#clock.schedule(() => {
      if (this.#reception !== reception) return;
      this.counts.nCrTimeouts++;
      this.#reception = undefined;
    }, this.#options.nCrMs);
  }

  /** A core that is late with one flow control is late with whatever comes behind it, too. */
  #sendFlowControl(reception: Reception): void {
    const o = this.#options;
    const count = ++this.counts.flowControls;
    const lateMs = count === 1
      ? o.firstFlowControlLateMs
      : o.lateFlowControlEvery > 0 && count % o.lateFlowControlEvery === 0
      ? o.lateFlowControlMs
      : 0;
    const nowMs = this.#clock.now();
    this.#flowControlAtMs = Math.max(this.#flowControlAtMs, nowMs + o.flowControlDelayMs + lateMs);
    const send = () => {
      if (this.isDown) return;
      const now = this.#clock.now();
      const isWaiting = now >= (o.waitsFromMs ?? 0) && now < (o.waitsUntilMs ?? 0);
      if (isWaiting) return this.#sendWait(reception);
      this.#transmit([0x30, o.blockSize, o.stMin]);
      if (this.#reception === reception) this.#awaitConsecutive(reception);
    };
    if (this.#flowControlAtMs === nowMs) send();
    else this.#clock.schedule(send, this.#flowControlAtMs - nowMs);
  }

  #sendWait(reception: Reception): void {
    if (this.isDown || this.#reception !== reception) return;
    this.#transmit([0x31, 0, 0]);
    const { waitEveryMs: waitMs = 100 } = this.#options;
    this.#receptionTimer?.unsubscribe();
    this.#receptionTimer = this.#clock.schedule(() => this.#sendFlowControl(reception), waitMs);
  }

  #sendNext(): void {
    const sending = this.#waiting.shift();
    this.#sending = sending;
    if (sending === undefined) return;
    const { data } = sending;
    if (data.length <= 7) {
      this.#transmit([data.length, ...data], () => this.#endSending(sending));
      return;
    }
    sending.offset = 6;
    this.#transmit([0x10 | data.length >> 8, data.length & 0xFF, ...data.subarray(0, 6)]);
    this.#awaitFlowControl(sending);
  }

  #awaitFlowControl(sending: Sending): void {
    this.#sendingTimer?.unsubscribe();
    this.#sendingTimer = this.#clock.schedule(() => {
      if (this.#sending !== sending) return;
      this.counts.nBsTimeouts++;
      this.#sendNext();
    }, this.#options.nBsMs);
  }

  #takeFlowControl(data: Uint8Array): void {
    const sending = this.#sending;
    if (sending === undefined || sending.offset === 0 || sending.leftInBlock > 0) return;
    const flowStatus = data[0]! & 15;
    if (flowStatus === 1) return this.#awaitFlowControl(sending);
    if (flowStatus !== 0) return this.#sendNext();
    this.#sendingTimer?.unsubscribe();
    sending.leftInBlock = data[1] === 0 ? Infinity : data[1]!;
    sending.gapMs = stMinMs(data[2]!);
    this.#sendConsecutive(sending);
  }

  #sendConsecutive(sending: Sending): void {
    const part = sending.data.subarray(sending.offset, sending.offset + 7);
    const { sequenceNumber } = sending;
    sending.offset += part.length;
    sending.sequenceNumber = (sequenceNumber + 1) % 16;
    sending.leftInBlock--;
    this.#transmit([0x20 | sequenceNumber, ...part], () => {
      if (this.#sending !== sending) return;
      if (sending.offset >= sending.data.length) return this.#endSending(sending);
      if (sending.leftInBlock === 0) return this.#awaitFlowControl(sending);
      this.#clock.schedule(() => {
        if (this.#sending === sending) this.#sendConsecutive(sending);
      }, sending.gapMs);
    });
  }

  #endSending(sending: Sending): void {
    if (this.#sending !== sending) return;
    this.#sendNext();
    sending.onEnd();
  }

  get #ids(): Pick<RogueIsoTpOptions, "rxId" | "txId"> {
    const { bootIds } = this.#options;
    return bootIds?.isBooted() === true ? bootIds : this.#options;
  }

  #transmit(bytes: readonly number[], onEnd: () => void = () => {}): void {
    if (this.isDown) return;
    const sending = this.#sending;
    const data = new Uint8Array(8).fill(PADDING);
    data.set(bytes);
    const { txId } = this.#ids;
    this.#port.transmit(
      { id: txId, extended: false, fd: false, bitRateSwitch: false, data },
      (outcome) => {
        // Bus-off took it back: what it was a part of is given up (N_TIMEOUT_A).
        if (outcome === "sent") onEnd();
        else if (this.#sending === sending && sending !== undefined) this.#endSending(sending);
      },
    );
  }
}

/** The payload of a single frame; nothing where the frame is none. */
function singleFrame(data: Uint8Array): Uint8Array | undefined {
  const lengthBytes = data[0]! & 15;
  if (data[0]! >> 4 !== 0 || lengthBytes === 0 || lengthBytes >= data.length) return undefined;
  return data.slice(1, 1 + lengthBytes);
}

/** ISO 15765-2, "SeparationTime minimum (STmin) parameter definition"; reserved values are 127 ms. */
function stMinMs(stMin: number): number {
  if (stMin <= 0x7F) return stMin;
  return stMin >= 0xF1 && stMin <= 0xF9 ? (stMin - 0xF0) / 10 : 127;
}
