import { type Observable, Subject } from "rxjs";
import { arbitrationRank, type CanFrame } from "../can/mod.ts";
import { Timer } from "../core/mod.ts";
import { formatAddressing, resolveAddressing } from "./addressing.ts";
import { FrameBuilder } from "./frame_builder.ts";
import type { IsoTpIndication, IsoTpLink, IsoTpSendProgress } from "./link.ts";
import {
  type IsoTpLinkOptions,
  type ResolvedLinkOptions,
  resolveLinkOptions,
} from "./link_options.ts";
import { decodePdu } from "./pdu.ts";
import { ReceivingEnd } from "./_receiving_end.ts";
import { SendingEnd } from "./_sending_end.ts";

/** What a link has seen so far: the standard's performance figures, and what it had to ignore. */
export interface IsoTpLinkStatistics {
  /** Longest time until our flow control went to the bus (N_Br), in ms. */
  readonly nBrMsMax: number;
  /** Longest time until our next consecutive frame went out (N_Cs), STmin included, in ms. */
  readonly nCsMsMax: number;
  /** Frames on our identifier that were no PDU, or not addressed to us. */
  readonly ignoredFrames: number;
}

/** A link that tells what it has seen. */
export interface MeasuredIsoTpLink extends IsoTpLink {
  /** What it has seen so far. */
  readonly statistics: IsoTpLinkStatistics;
}

/**
 * Makes a link. Several may share a scheduler, and an identifier where the address byte tells them
 * apart. Nothing is done per frame but a look-up of its identifier and the machines' own work.
 *
 * @param options Bus, addresses, timing.
 * @returns The link; it listens from now on.
 * @throws {RangeError} If an option is outside what the wire or the port can carry.
 */
export function createIsoTpLink(options: IsoTpLinkOptions): MeasuredIsoTpLink {
  return new Link(resolveLinkOptions(options));
}

/** Wires both ends to a port and a clock; one timer serves all their deadlines. */
class Link implements MeasuredIsoTpLink {
  readonly name: string;
  readonly indications$: Observable<IsoTpIndication>;
  readonly #indications = new Subject<IsoTpIndication>();
  readonly #options: ResolvedLinkOptions;
  readonly #sending: SendingEnd;
  readonly #receiving: ReceivingEnd;
  readonly #deadline: Timer;
  readonly #offset: 0 | 1;
  readonly #rxPrefix: number | undefined;
  readonly #rxRank: number;
  readonly #isHalfDuplex: boolean;
  readonly #unlisten: () => void;
  #ignoredFrames = 0;
  #isClosed = false;

  constructor(options: ResolvedLinkOptions) {
    const { addressing, format, port, clock, role, duplex } = options;
    const { tx, rx, txPrefix, rxPrefix } = resolveAddressing(addressing);
    this.name = formatAddressing(addressing);
    this.indications$ = this.#indications.asObservable();
    this.#options = options;
    this.#offset = rxPrefix === undefined ? 0 : 1;
    this.#rxPrefix = rxPrefix;
    this.#rxRank = arbitrationRank(rx);
    this.#isHalfDuplex = duplex === "half";
    const builder = new FrameBuilder(tx, txPrefix, format);
    const common = {
      name: this.name,
      txRank: arbitrationRank(tx),
      deadlineChanged: () => this.#arm(),
    };
    this.#deadline = new Timer(clock, () => this.#checkDeadlines());
    this.#sending = new SendingEnd(options, builder, {
      ...common,
      rxRank: this.#rxRank,
      mayStart: () => !this.#isHalfDuplex || !this.#receiving.isReceiving,
    });
    this.#receiving = new ReceivingEnd(options, builder, {
      ...common,
      indicate: (indication) => this.#indications.next(indication),
    });
    if (role === "unicast") options.scheduler.expectAnswers(this.#rxRank);
    this.#unlisten = role === "functional" || role === "groupSender"
      ? () => {}
      : port.listen(rx, (frame, atMs) => this.#receive(frame, atMs));
  }

  get statistics(): IsoTpLinkStatistics {
    return {
      nBrMsMax: this.#receiving.nBrMsMax,
      nCsMsMax: this.#sending.nCsMsMax,
      ignoredFrames: this.#ignoredFrames,
    };
  }

  send(message: Uint8Array): Observable<IsoTpSendProgress> {
    return this.#sending.send(message);
  }

  setPriority(priority: number): void {
    this.#sending.linkPriority = priority;
  }

  queueingDelayMs(): number {
    return this.#options.scheduler.queueingDelayMs(this.#rxRank);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unlisten();
    this.#receiving.close();
    this.#sending.close();
    this.#deadline.clear();
    this.#indications.complete();
  }

  #receive(frame: CanFrame, atMs: number): void {
    const { data } = frame;
    this.#options.scheduler.frameHeard(frame, atMs);
    if (this.#offset === 1 && data[0] !== this.#rxPrefix) {
      this.#ignoredFrames++;
      return;
    }
    const pdu = decodePdu(data, this.#offset);
    if (pdu.kind === "ignored") this.#ignoredFrames++;
    else if (pdu.kind === "flowControl") this.#sending.flowControl(pdu, atMs);
    // Half duplex: what is not flow control is unexpected while segments go out.
    else if (!this.#isHalfDuplex || !this.#sending.isSendingSegments) {
      this.#sending.heardSince(atMs - this.#options.scheduler.wireMs(frame), atMs);
      this.#receiving.receive(pdu, atMs);
    }
  }

  /** Moves the timer only to an earlier time: when it rings too early, it looks and goes on. */
  #arm(): void {
    if (this.#isClosed) return;
    const dueMs = Math.min(this.#sending.deadlineMs, this.#receiving.deadlineMs);
    if (dueMs === Infinity) this.#deadline.clear();
    else if (dueMs < this.#deadline.dueMs) this.#deadline.setAt(dueMs);
    if (this.#isHalfDuplex) this.#sending.startNext();
  }

  #checkDeadlines(): void {
    const nowMs = this.#options.clock.now();
    this.#sending.checkDeadline(nowMs);
    this.#receiving.checkDeadline(nowMs);
    this.#arm();
  }
}
