import {
  type CanBitRates,
  type CanFrame,
  canIdKey,
  type FrameBits,
  frameBits,
  INTERMISSION_BITS,
} from "../can/mod.ts";
import { type Clock, Timer } from "../core/mod.ts";
import { BusOffRecovery } from "./bus_off_recovery.ts";
import { BusTime } from "./bus_time.ts";
import { HearingIndex } from "./hearing_index.ts";
import { WireAccount } from "./wire_account.ts";
import type { BusStatistics, WireFault, WireRecord } from "./wire_record.ts";
import type { WireMember } from "./wire_member.ts";

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
  /** The bus's name in messages and traces. */
  readonly name: string;
  /** Bit rates. */
  readonly bitRates: CanBitRates;
  /** The time it lives in. */
  readonly clock: Clock;
  /** Called at the end of each attempt, before anybody gets the frame. */
  onWire: ((record: WireRecord) => void) | undefined;
  readonly #account: WireAccount;
  readonly #hearing = new HearingIndex();
  /** Stands at the end of the frame on the wire, or else where the next one may begin. */
  readonly #time: BusTime;
  readonly #timer: Timer;
  readonly #recovery: BusOffRecovery;
  /** Replaced, never changed: members come and go while a frame is delivered. */
  #members: readonly WireMember[] = [];
  #liveCount = 0;
  readonly #contenders: WireMember[] = [];
  #wakeMs = Infinity;
  /** Those that send the frame on the wire: one, unless two won arbitration together. */
  readonly #senders: WireMember[] = [];
  #frame: CanFrame | undefined;
  #fault: WireFault | undefined;
  #startMs = 0;
  /** What of the frame is on the wire: all of it, unless a fault cuts it off. */
  #bits: FrameBits = { nominalBits: 0, dataPhaseBits: 0 };
  #mayHaveReceiveErrors = false;

  /**
   * An idle wire that nobody is on.
   *
   * @param name The bus's name in messages and traces.
   * @param bitRates Bit rates.
   * @param clock The time it lives in.
   */
  constructor(name: string, bitRates: CanBitRates, clock: Clock) {
    this.name = name;
    this.bitRates = bitRates;
    this.clock = clock;
    this.#account = new WireAccount(bitRates, clock.now());
    this.#time = new BusTime(bitRates);
    this.#time.restart(clock.now());
    this.#timer = new Timer(clock, () => this.#turn());
    this.#recovery = new BusOffRecovery(clock, this.#nominalMs(1));
  }

  /** What it has carried so far. */
  get statistics(): BusStatistics {
    return this.#account.statistics(this.clock.now());
  }

  /** A controller was attached. */
  join(controller: WireMember): void {
    this.#members = [...this.#members, controller];
    this.membershipChanged();
  }

  /** A controller was closed. */
  leave(controller: WireMember): void {
    this.#members = this.#members.filter((other) => other !== controller);
    this.#hearing.remove(controller);
    this.membershipChanged();
  }

  /** Who is live changed. */
  membershipChanged(): void {
    this.#liveCount = 0;
    for (const member of this.#members) if (member.isLive) this.#liveCount++;
  }

  /** A controller began or ended to listen to an identifier, or (`undefined`) to all. */
  listeningChanged(controller: WireMember, key: number | undefined): void {
    this.#hearing.changed(controller, key);
  }

  /** A controller has a frame to send. */
  contend(controller: WireMember): void {
    if (controller.isContending) return;
    controller.isContending = true;
    this.#contenders.push(controller);
    if (!this.#isBusy) this.#wakeAt(Math.max(this.#time.atMs, this.clock.now()));
  }

  /** A bus-off controller wants to come back. */
  beginRecovery(controller: WireMember, onRecovered: () => void): void {
    this.#recovery.begin(controller, this.#isBusy ? Infinity : this.#time.atMs, onRecovered);
  }

  /** A controller was reset: it need not recover any more. */
  cancelRecovery(controller: WireMember): void {
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
    this.#fault = this.#faultAhead(senders, first);
    this.#bits = this.#fault === undefined ? bits : cutOff(bits, this.#fault, first);
    for (const sender of senders) sender.isSending = true;
    this.#time.advance(this.#bits.nominalBits, this.#bits.dataPhaseBits);
    this.#wakeAt(this.#time.atMs);
  }

  #faultAhead(senders: readonly WireMember[], first: WireMember): WireFault | undefined {
    for (const sender of senders) {
      if (sender !== first && !isSameFrame(sender.head!.frame, first.head!.frame)) {
        return "collision";
      }
    }
    if (first.drawCorruption()) return "corrupted";
    return this.#liveCount > senders.length ? undefined : "unacknowledged";
  }

  /** Those whose head wins; more than one if they send the same identifier. */
  #arbitrate(atMs: number): readonly WireMember[] {
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
    const errorBits = errorFrameBits(fault);
    const label = this.#senders[0]!.label;
    this.#frame = undefined;
    this.#account.add(this.#bits, errorBits);
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
  #presentSenders(): readonly WireMember[] {
    for (const sender of this.#senders) {
      if (!sender.isSending) return this.#senders.filter(({ isSending }) => isSending);
    }
    return this.#senders;
  }

  #faultAtEnd(senders: readonly WireMember[]): WireFault | undefined {
    if (senders.length === 0) return "senderGone";
    return this.#liveCount > senders.length ? undefined : "unacknowledged";
  }

  #deliver(frame: CanFrame, senders: readonly WireMember[], endMs: number): void {
    const isLost = senders[0]!.drawTransmitLoss();
    for (const sender of senders) if (sender.isSending) sender.frameSent(endMs);
    if (this.#mayHaveReceiveErrors) this.#forgiveReceivers(senders);
    if (isLost) return;
    this.#hearing.forEach(canIdKey(frame), (controller) => {
      if (!senders.includes(controller)) controller.receive(frame, endMs);
    });
  }

  #forgiveReceivers(senders: readonly WireMember[]): void {
    this.#mayHaveReceiveErrors = false;
    for (const member of this.#members) {
      if (senders.includes(member) || !member.isLive) {
        this.#mayHaveReceiveErrors ||= member.rec > 0;
      } else if (member.frameSeen()) this.#mayHaveReceiveErrors = true;
    }
  }

  #punish(senders: readonly WireMember[], fault: WireFault): void {
    for (const sender of senders) {
      if (sender.isSending) sender.frameFailed(fault === "unacknowledged");
    }
    if (fault === "unacknowledged") return;
    this.#mayHaveReceiveErrors = true;
    for (const member of this.#members) {
      if (member.isLive && !senders.includes(member)) member.errorSeen();
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
      bits: this.#bits.nominalBits + this.#bits.dataPhaseBits + errorBits,
      intact: fault === undefined,
      ...(fault === undefined ? {} : { fault }),
    });
  }

  #nominalMs(bits: number): number {
    return bits * 1000 / this.bitRates.bitrateBps;
  }
}

/** How much of a frame is on the wire before the fault ends it. */
function cutOff(bits: FrameBits, fault: WireFault, sender: WireMember): FrameBits {
  const { nominalBits, dataPhaseBits } = bits;
  if (fault === "unacknowledged") {
    return { nominalBits: nominalBits - BITS_BEHIND_ACK_SLOT, dataPhaseBits };
  }
  const share = sender.drawShare();
  return {
    nominalBits: Math.max(1, Math.floor(share * nominalBits)),
    dataPhaseBits: Math.floor(share * dataPhaseBits),
  };
}

function errorFrameBits(fault: WireFault | undefined): number {
  if (fault === undefined) return 0;
  return fault === "unacknowledged" ? LONE_ERROR_FRAME_BITS : ERROR_FRAME_BITS;
}

function isSameFrame(left: CanFrame, right: CanFrame): boolean {
  return left.fd === right.fd && left.bitRateSwitch === right.bitRateSwitch &&
    left.data.length === right.data.length &&
    left.data.every((byte, i) => byte === right.data[i]);
}
