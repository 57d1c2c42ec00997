import type { Observable } from "rxjs";
import type {
  CanBitRates,
  CanFrame,
  CanId,
  CanPort,
  CanPortState,
  FrameListener,
  TransmitOutcome,
} from "../../src/can/mod.ts";
import { type Clock, Timer } from "../../src/core/mod.ts";

/** How late a port says that its frames were sent. */
export interface Lateness {
  /** From a frame's end to its confirmation, in ms. */
  readonly lagMs: number;
  /** How many confirmations come at one moment; one that waits for others does so for `lagMs`. */
  readonly batchFrames: number;
  /** Frames that the interface's queue holds; as many as come by default. */
  readonly queueFrames?: number;
}

interface Confirmation {
  readonly outcome: TransmitOutcome;
  readonly dueMs: number;
  readonly onEnd: (outcome: TransmitOutcome, atMs: number) => void;
}

/** A port that confirms frames late, as an adapter on USB does; it hears them at once. */
export class LatePort implements CanPort {
  readonly name: string;
  readonly bitRates: CanBitRates | undefined;
  readonly queueFrames: number | undefined;
  readonly state$: Observable<CanPortState>;
  /** Most frames that were not confirmed at one time. */
  unconfirmedMax = 0;
  readonly #port: CanPort;
  readonly #clock: Clock;
  readonly #lateness: Lateness;
  readonly #gathered: Omit<Confirmation, "dueMs">[] = [];
  readonly #due: Confirmation[] = [];
  readonly #gatherTimer: Timer;
  readonly #dueTimer: Timer;
  #unconfirmed = 0;

  constructor(port: CanPort, clock: Clock, lateness: Lateness) {
    this.#port = port;
    this.#clock = clock;
    this.#lateness = lateness;
    this.name = port.name;
    this.bitRates = port.bitRates;
    this.queueFrames = lateness.queueFrames;
    this.state$ = port.state$;
    this.#gatherTimer = new Timer(clock, () => this.#flush());
    this.#dueTimer = new Timer(clock, () => this.#confirm());
  }

  listen(id: CanId, listener: FrameListener): () => void {
    return this.#port.listen(id, listener);
  }

  listenAll(listener: FrameListener): () => void {
    return this.#port.listenAll(listener);
  }

  transmit(frame: CanFrame, onEnd: (outcome: TransmitOutcome, atMs: number) => void): void {
    this.unconfirmedMax = Math.max(this.unconfirmedMax, ++this.#unconfirmed);
    this.#port.transmit(frame, (outcome) => {
      this.#gathered.push({ outcome, onEnd });
      if (this.#gathered.length >= this.#lateness.batchFrames) this.#flush();
      else if (this.#gathered.length === 1) {
        this.#gatherTimer.setAt(this.#clock.now() + Math.max(1, this.#lateness.lagMs));
      }
    });
  }

  close(): void {
    this.#port.close();
  }

  #flush(): void {
    this.#gatherTimer.clear();
    const dueMs = this.#clock.now() + this.#lateness.lagMs;
    for (const one of this.#gathered.splice(0)) this.#due.push({ ...one, dueMs });
    if (this.#lateness.lagMs === 0) this.#confirm();
    else if (this.#dueTimer.dueMs === Infinity) this.#dueTimer.setAt(this.#due[0]!.dueMs);
  }

  #confirm(): void {
    const nowMs = this.#clock.now();
    while (this.#due.length > 0 && this.#due[0]!.dueMs <= nowMs) {
      this.#unconfirmed--;
      const { outcome, onEnd } = this.#due.shift()!;
      onEnd(outcome, nowMs);
    }
    if (this.#due.length > 0) this.#dueTimer.setAt(this.#due[0]!.dueMs);
  }
}
