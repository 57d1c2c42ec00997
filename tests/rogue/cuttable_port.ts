/** A port whose cable can be pulled, and whose interface can go down. */
import { BehaviorSubject, type Observable } from "rxjs";
import type {
  CanBitRates,
  CanFrame,
  CanId,
  CanPort,
  CanPortState,
  FrameListener,
  TransmitOutcome,
} from "../../src/can/mod.ts";
import type { Clock } from "../../src/core/mod.ts";

type OnEnd = (outcome: TransmitOutcome, atMs: number) => void;

/** What begins a block: TransferData, and what writes in its place. */
const WRITERS = [[0x36], [0x3D], [0x2E, 0xFD, 0x01]];

/** A tester's port on the rogue's bus. */
export class CuttablePort implements CanPort {
  readonly #port: CanPort;
  readonly #clock: Clock;
  readonly #state = new BehaviorSubject<CanPortState>({ kind: "errorActive" });
  /** Counts how often it came back. */
  epoch = 0;
  /** When the first frame of a TransferData was handed over, in ms. */
  readonly blocksBegunAtMs: number[] = [];
  #waiting: { readonly frame: CanFrame; readonly onEnd: OnEnd }[] = [];
  #isCut = false;
  #isDown = false;
  #isClosed = false;

  constructor(port: CanPort, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
    port.state$.subscribe((state) => {
      if (!this.isAway) this.#state.next(state);
    });
  }

  get name(): string {
    return this.#port.name;
  }

  get bitRates(): CanBitRates | undefined {
    return this.#port.bitRates;
  }

  get state$(): Observable<CanPortState> {
    return this.#state.asObservable();
  }

  /** Whether nothing gets through. */
  get isAway(): boolean {
    return this.#isCut || this.#isDown || this.#isClosed;
  }

  /** The cable is pulled: frames are repeated by the controller until it is back. */
  cut(): void {
    this.#isCut = true;
    this.#state.next({ kind: "errorPassive", tec: 128 });
  }

  /** `ip link set can0 down`: frames are aborted. */
  down(): void {
    this.#isDown = true;
    this.#state.next({ kind: "stopped" });
    this.#abortAll();
  }

  /** Cable and interface are back. */
  mend(): void {
    this.#isCut = this.#isDown = false;
    this.epoch++;
    if (this.#isClosed) return;
    this.#state.next({ kind: "errorActive" });
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { frame, onEnd } of waiting) this.#port.transmit(frame, onEnd);
  }

  listen(id: CanId, listener: FrameListener): () => void {
    return this.#port.listen(id, this.#whenThere(listener));
  }

  listenAll(listener: FrameListener): () => void {
    return this.#port.listenAll(this.#whenThere(listener));
  }

  transmit(frame: CanFrame, onEnd: OnEnd): void {
    const kind = frame.data[0]! >> 4;
    const isBlock = WRITERS.some((head) =>
      head.every((byte, i) => frame.data[kind + 1 + i] === byte)
    );
    if (kind < 2 && isBlock) this.blocksBegunAtMs.push(this.#clock.now());
    if (this.#isDown) {
      this.#clock.schedule(() => onEnd("aborted", this.#clock.now()), 0);
    } else if (this.#isCut) this.#waiting.push({ frame, onEnd });
    else this.#port.transmit(frame, onEnd);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#abortAll();
    this.#port.close();
    this.#state.complete();
  }

  #whenThere(listener: FrameListener): FrameListener {
    return (frame, atMs) => {
      if (!this.isAway) listener(frame, atMs);
    };
  }

  #abortAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { onEnd } of waiting) {
      this.#clock.schedule(() => onEnd("aborted", this.#clock.now()), 0);
    }
  }
}
