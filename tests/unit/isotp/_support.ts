import { type Observable, Subject } from "rxjs";
import {
  type CanBitRates,
  type CanFrame,
  type CanId,
  canIdKey,
  type CanPort,
  type CanPortState,
  type FrameListener,
  type TransmitOutcome,
} from "../../../src/can/mod.ts";
import { bytesToHex, hexToBytes, VirtualClock } from "../../../src/core/mod.ts";
import {
  CLASSIC_FORMAT,
  createIsoTpLink,
  type IsoTpIndication,
  type IsoTpLinkOptions,
  type IsoTpSendProgress,
  type MeasuredIsoTpLink,
  TransmitScheduler,
  type TransmitSchedulerOptions,
} from "../../../src/isotp/mod.ts";

/** 1, 2, 3, ... */
export function countingBytes(lengthBytes: number): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, i) => (i + 1) & 0xFF);
}

/** An 11-bit identifier. */
export function id11(id: number): CanId {
  return { id, extended: false };
}

/** A classic frame. */
export function frame(id: number, data: string): CanFrame {
  return { id, extended: false, fd: false, bitRateSwitch: false, data: hexToBytes(data) };
}

/** A port on which nothing happens by itself: the test is the bus. */
export class HandPort implements CanPort {
  readonly name = "hand";
  readonly state$: Observable<CanPortState> = new Subject();
  /** Frames handed over and not ended. */
  readonly waiting: {
    readonly frame: CanFrame;
    readonly onEnd: (outcome: TransmitOutcome, atMs: number) => void;
  }[] = [];
  /** All frames handed over, as hexadecimal. */
  readonly log: string[] = [];
  readonly #listeners = new Map<number, Set<FrameListener>>();

  constructor(
    readonly clock: VirtualClock,
    readonly bitRates: CanBitRates | undefined = { bitrateBps: 1_000_000 },
    readonly confirmationLagMs?: number,
  ) {}

  listen(id: CanId, listener: FrameListener): () => void {
    const key = canIdKey(id);
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  listenAll(): () => void {
    throw new Error("a link listens to its own identifier only");
  }

  transmit(frame: CanFrame, onEnd: (outcome: TransmitOutcome, atMs: number) => void): void {
    this.waiting.push({ frame, onEnd });
    this.log.push(bytesToHex(frame.data));
  }

  /** The oldest frame is on the wire, or will not be. */
  end(outcome: TransmitOutcome = "sent"): CanFrame {
    const { frame, onEnd } = this.waiting.shift()!;
    onEnd(outcome, this.clock.now());
    return frame;
  }

  /** All frames go on the wire, also those that follow. */
  endAll(): void {
    while (this.waiting.length > 0) this.end();
  }

  /** A classic frame with an 11-bit identifier comes in. */
  receive(id: number, data: string): void {
    this.receiveFrame(frame(id, data));
  }

  /** A frame comes in. */
  receiveFrame(frame: CanFrame): void {
    for (const listener of this.#listeners.get(canIdKey(frame)) ?? []) {
      listener(frame, this.clock.now());
    }
  }

  close(): void {}
}

/** A link on a hand-driven port: 0x7E0 out, 0x7E8 in, and all that it tells. */
export function handDriven(
  options: Partial<IsoTpLinkOptions> = {},
  schedulerOptions: TransmitSchedulerOptions = {},
): {
  readonly clock: VirtualClock;
  readonly port: HandPort;
  readonly scheduler: TransmitScheduler;
  readonly link: MeasuredIsoTpLink;
  readonly indications: IsoTpIndication[];
  /** Sends, and collects what is told: progress, or the error's N_Result with its time. */
  send(message: Uint8Array): { readonly told: string[]; cancel(): void };
} {
  const clock = new VirtualClock();
  const port = new HandPort(clock);
  const scheduler = new TransmitScheduler(port, clock, schedulerOptions);
  const link = createIsoTpLink({
    port,
    scheduler,
    clock,
    addressing: { mode: "normal", tx: id11(0x7E0), rx: id11(0x7E8) },
    format: CLASSIC_FORMAT,
    ...options,
  });
  const indications: IsoTpIndication[] = [];
  link.indications$.subscribe((indication) => indications.push(indication));
  return {
    clock,
    port,
    scheduler,
    link,
    indications,
    send: (message) => {
      const told: string[] = [];
      const subscription = link.send(message).subscribe({
        next: ({ type, atMs }: IsoTpSendProgress) => told.push(`${type} ${atMs}`),
        error: (error) => told.push(`${error.nResult ?? error.name} ${clock.now()}`),
        complete: () => told.push("complete"),
      });
      return { told, cancel: () => subscription.unsubscribe() };
    },
  };
}

/** What an indication says, in a word or two. */
export function words(indication: IsoTpIndication): string {
  switch (indication.type) {
    case "firstFrame":
      return `firstFrame ${indication.lengthBytes}`;
    case "message":
      return `message ${indication.data.length}`;
    case "error":
      return indication.error.nResult;
  }
}
