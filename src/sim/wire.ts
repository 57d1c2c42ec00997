import {
  type CanBitRates,
  type CanFrame,
  canIdKey,
  frameBits,
  INTERMISSION_BITS,
} from "../can/mod.ts";
import { type Clock, Timer } from "../core/mod.ts";
import { BusOffRecovery } from "./bus_off_recovery.ts";
import { BusTime } from "./bus_time.ts";
import type { Controller } from "./controller.ts";
import type { BusStatistics, WireFault, WireRecord } from "./wire_record.ts";

/** Error flag (6 bits, and 6 of those that answer it) and error delimiter (8). */
const ERROR_FRAME_BITS = 6 + 6 + 8;
/** The same where no other controller answers the flag. */
const LONE_ERROR_FRAME_BITS = 6 + 8;
/** What is missing of a frame whose ACK slot stayed recessive: ACK delimiter and end of frame. */
const BITS_BEHIND_ACK_SLOT = 1 + 7;
/** What an error-passive controller waits behind a frame of its own. */
const SUSPEND_BITS = 8;

/** The wire of a virtual bus: one frame at a time, from arbitration to its end. */
export class Wire {
  /** For people. */
  readonly name: string;
  /** Bit rates. */
  readonly bitRates: CanBitRates;
  /** The time it lives in. */
  readonly clock: Clock;
  /** Called at the end of each attempt, before anybody gets the frame. */
  onWire: ((record: WireRecord) => void) | undefined;
  readonly #createdMs: number;
  /** Stands at the end of the frame on the wire, or else where the next one may begin. */
  readonly #time: BusTime;
  readonly #timer: Timer;
  readonly #recovery: BusOffRecovery;
  /** Replaced, never changed: members come and go while a frame is delivered. */
  #members: readonly Controller[] = [];
  #listeningToAll: readonly Controller[] = [];
  readonly #listeningByKey = new Map<number, readonly Controller[]>();
  #liveCount = 0;
  readonly #contenders: Controller[] = [];
  #wakeMs = Infinity;
  /** Those that send the frame on the wire: one, unless two won arbitration together. */
  readonly #senders: Controller[] = [];
  #frame: CanFrame | undefined;
  #fault: WireFault | undefined;
  #startMs = 0;
  #nominalBits = 0;
  #dataPhaseBits = 0;
  #mayHaveReceiveErrors = false;
  #frames = 0;
  #bits = 0;
  #errorFrames = 0;
  #errorBits = 0;
  #busyNominalBits = 0;
  #busyDataPhaseBits = 0;

  /**
   * An idle wire that nobody is on.
   *
   * @param name For people.
   * @param bitRates Bit rates.
   * @param clock The time it lives in.
   */
  constructor(name: string, bitRates: CanBitRates, clock: Clock) {
    this.name = name;
    this.bitRates = bitRates;
    this.clock = clock;
    this.#createdMs = clock.now();
    this.#time = new BusTime(bitRates);
    this.#time.restart(this.#createdMs);
    this.#timer = new Timer(clock, () => this.#turn());
    this.#recovery = new BusOffRecovery(clock, this.#nominalMs(1));
  }

  /** What it has carried so far. */
  get statistics(): BusStatistics {
    const { bitrateBps, dataBitrateBps = bitrateBps } = this.bitRates;
    const busyMs = this.#busyNominalBits * 1000 / bitrateBps +
      this.#busyDataPhaseBits * 1000 / dataBitrateBps;
    const elapsedMs = this.clock.now() - this.#createdMs;
    return {
      frames: this.#frames,
      bits: this.#bits,
      errorFrames: this.#errorFrames,
      errorBits: this.#errorBits,
      busyMs,
      // The intermission behind the last frame may not be over yet.
      busyRatio: elapsedMs > 0 ? Math.min(1, busyMs / elapsedMs) : 0,
    };
  }

  /** A controller was attached. */
  join(controller: Controller): void {
    this.#members = [...this.#members, controller];
    this.membershipChanged();
  }

  /** A controller was closed. */
  leave(controller: Controller): void {
    this.#members = without(this.#members, controller);
    this.#listeningToAll = without(this.#listeningToAll, controller);
    for (const [key, list] of this.#listeningByKey) {
      this.#setListening(key, without(list, controller));
    }
    this.membershipChanged();
  }

  /** Who is live changed. */
  membershipChanged(): void {
    this.#liveCount = 0;
    for (const member of this.#members) if (member.isLive) this.#liveCount++;
  }

  /** A controller began or ended to listen to an identifier, or (`undefined`) to all. */
  listeningChanged(controller: Controller, key: number | undefined): void {
    if (key === undefined) {
      const rest = without(this.#listeningToAll, controller);
      this.#listeningToAll = controller.hearsAll ? [...rest, controller] : rest;
    } else {
      const list = this.#listeningByKey.get(key) ?? [];
      if (list.includes(controller) === controller.hears(key)) return;
      this.#setListening(
        key,
        controller.hears(key) ? [...list, controller] : without(list, controller),
      );
    }
  }

  /** A controller has a frame to send. */
  contend(controller: Controller): void {
    if (controller.isContending) return;
    controller.isContending = true;
    this.#contenders.push(controller);
    if (!this.#isBusy) this.#wakeAt(Math.max(this.#time.atMs, this.clock.now()));
  }

  /** A bus-off controller wants to come back. */
  beginRecovery(controller: Controller, onRecovered: () => void): void {
    this.#recovery.begin(controller, this.#isBusy ? Infinity : this.#time.atMs, onRecovered);
  }

  /** A controller was reset: it need not recover any more. */
  cancelRecovery(controller: Controller): void {
    this.#recovery.cancel(controller);
  }

  get #isBusy(): boolean {
    return this.#frame !== undefined;
  }

  #wakeAt(atMs: number): void {
    if (atMs >= this.#wakeMs) return;
    this.#wakeMs = atMs;
    this.#timer.setAt(atMs);
  }

  #turn(): void {
    const atMs = this.#wakeMs;
    this.#wakeMs = Infinity;
    // A real clock rings late. The wire goes by its own time, so lateness does not add up.
    if (this.#isBusy) this.#endFrame();
    else this.#beginFrame(atMs);
  }

  #beginFrame(atMs: number): void {
    const senders = this.#arbitrate(atMs);
    const first = senders[0];
    if (first === undefined) return;
    if (atMs > this.#time.atMs) this.#time.restart(atMs);
    this.#recovery.wireIsBusy(atMs);
    const { frame } = first.head!;
    const bits = frameBits(frame);
    this.#frame = frame;
    this.#startMs = atMs;
    this.#nominalBits = bits.nominalBits;
    this.#dataPhaseBits = bits.dataPhaseBits;
    this.#fault = this.#faultAhead(senders, first);
    if (this.#fault === "unacknowledged") this.#nominalBits -= BITS_BEHIND_ACK_SLOT;
    else if (this.#fault !== undefined) {
      const share = first.drawShare();
      this.#nominalBits = Math.max(1, Math.floor(share * bits.nominalBits));
      this.#dataPhaseBits = Math.floor(share * bits.dataPhaseBits);
    }
    for (const sender of senders) sender.isSending = true;
    this.#time.advance(this.#nominalBits, this.#dataPhaseBits);
    this.#wakeAt(this.#time.atMs);
  }

  #faultAhead(senders: readonly Controller[], first: Controller): WireFault | undefined {
    for (const sender of senders) {
      if (sender !== first && !isSameFrame(sender.head!.frame, first.head!.frame)) {
        return "collision";
      }
    }
    if (first.drawCorruption()) return "corrupted";
    return this.#liveCount > senders.length ? undefined : "unacknowledged";
  }

  /** Those whose head wins; more than one if they send the same identifier. */
  #arbitrate(atMs: number): readonly Controller[] {
    const contenders = this.#contenders;
    const senders = this.#senders;
    senders.length = 0;
    let winningRank = Infinity;
    let readyMs = Infinity;
    let keptCount = 0;
    for (let i = 0; i < contenders.length; i++) {
      const contender = contenders[i]!;
      const { head } = contender;
      if (head === undefined || !contender.isLive) {
        contender.isContending = false;
        continue;
      }
      contenders[keptCount++] = contender;
      if (contender.readyMs > atMs) readyMs = Math.min(readyMs, contender.readyMs);
      else if (head.rank <= winningRank) {
        if (head.rank < winningRank) senders.length = 0;
        winningRank = head.rank;
        senders.push(contender);
      }
    }
    contenders.length = keptCount;
    if (senders.length === 0) this.#wakeAt(readyMs);
    return senders;
  }

  #endFrame(): void {
    const frame = this.#frame!;
    const endMs = this.#time.atMs;
    const senders = this.#presentSenders();
    const fault = this.#fault ?? this.#faultAtEnd(senders);
    const errorBits = fault === undefined
      ? 0
      : fault === "unacknowledged"
      ? LONE_ERROR_FRAME_BITS
      : ERROR_FRAME_BITS;
    const label = this.#senders[0]!.label;
    this.#frame = undefined;
    this.#account(errorBits, fault);
    this.#time.advance(errorBits + INTERMISSION_BITS, 0);
    const freeMs = this.#time.atMs;
    try {
      if (this.onWire !== undefined) this.#record(frame, label, endMs, errorBits, fault);
      if (fault === undefined) this.#deliver(frame, senders, endMs);
      else this.#punish(senders, fault);
      for (const sender of senders) {
        if (!sender.isErrorPassive) continue;
        sender.readyMs = Math.max(sender.readyMs, freeMs + this.#nominalMs(SUSPEND_BITS));
      }
    } finally {
      this.#recovery.wireIsIdle(freeMs);
      if (this.#contenders.length > 0) this.#wakeAt(freeMs);
    }
  }

  /** Those that neither left nor lost their power since the frame began. */
  #presentSenders(): readonly Controller[] {
    for (const sender of this.#senders) {
      if (!sender.isSending) return this.#senders.filter(({ isSending }) => isSending);
    }
    return this.#senders;
  }

  #faultAtEnd(senders: readonly Controller[]): WireFault | undefined {
    if (senders.length === 0) return "senderGone";
    return this.#liveCount > senders.length ? undefined : "unacknowledged";
  }

  #deliver(frame: CanFrame, senders: readonly Controller[], endMs: number): void {
    const isLost = senders[0]!.drawTransmitLoss();
    for (const sender of senders) if (sender.isSending) sender.frameSent(endMs);
    if (this.#mayHaveReceiveErrors) this.#forgiveReceivers(senders);
    if (isLost) return;
    const key = canIdKey(frame);
    const listening = this.#listeningByKey.get(key);
    const listeningToAll = this.#listeningToAll;
    if (listening !== undefined) {
      for (const each of listening) if (!senders.includes(each)) each.receive(frame, endMs);
    }
    for (const each of listeningToAll) {
      const isServed = listening !== undefined && listening.includes(each);
      if (!isServed && !senders.includes(each)) each.receive(frame, endMs);
    }
  }

  #forgiveReceivers(senders: readonly Controller[]): void {
    this.#mayHaveReceiveErrors = false;
    for (const member of this.#members) {
      if (senders.includes(member) || !member.isLive) {
        this.#mayHaveReceiveErrors ||= member.rec > 0;
      } else if (member.frameSeen()) this.#mayHaveReceiveErrors = true;
    }
  }

  #punish(senders: readonly Controller[], fault: WireFault): void {
    for (const sender of senders) {
      if (sender.isSending) sender.frameFailed(fault === "unacknowledged");
    }
    if (fault === "unacknowledged") return;
    this.#mayHaveReceiveErrors = true;
    for (const member of this.#members) {
      if (member.isLive && !senders.includes(member)) member.errorSeen();
    }
  }

  #account(errorBits: number, fault: WireFault | undefined): void {
    const bits = this.#nominalBits + this.#dataPhaseBits;
    this.#busyNominalBits += this.#nominalBits + errorBits + INTERMISSION_BITS;
    this.#busyDataPhaseBits += this.#dataPhaseBits;
    if (fault === undefined) {
      this.#frames++;
      this.#bits += bits;
    } else {
      this.#errorFrames++;
      this.#errorBits += bits + errorBits;
    }
  }

  #record(
    frame: CanFrame,
    sender: string,
    atMs: number,
    errorBits: number,
    fault: WireFault | undefined,
  ): void {
    this.onWire?.({
      frame,
      sender,
      startMs: this.#startMs,
      atMs,
      bits: this.#nominalBits + this.#dataPhaseBits + errorBits,
      intact: fault === undefined,
      ...(fault === undefined ? {} : { fault }),
    });
  }

  #setListening(key: number, list: readonly Controller[]): void {
    if (list.length > 0) this.#listeningByKey.set(key, list);
    else this.#listeningByKey.delete(key);
  }

  #nominalMs(bits: number): number {
    return bits * 1000 / this.bitRates.bitrateBps;
  }
}

function without(list: readonly Controller[], controller: Controller): readonly Controller[] {
  return list.filter((other) => other !== controller);
}

function isSameFrame(left: CanFrame, right: CanFrame): boolean {
  return left.fd === right.fd && left.bitRateSwitch === right.bitRateSwitch &&
    left.data.length === right.data.length &&
    left.data.every((byte, i) => byte === right.data[i]);
}
