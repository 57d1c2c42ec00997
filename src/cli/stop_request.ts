import { ReplaySubject } from "rxjs";
import type { Host, StopSignal } from "../adapters/mod.ts";
import type { Cancellation } from "../update/mod.ts";

/** How far the wish to stop has gone. */
type Wish = "none" | "hungUp" | "asked" | "urgent";

/** What a signal makes of the wish. */
const WISH_AFTER: Readonly<Record<Wish, Readonly<Record<StopSignal, Wish>>>> = {
  none: { SIGHUP: "hungUp", SIGINT: "asked", SIGTERM: "asked" },
  hungUp: { SIGHUP: "hungUp", SIGINT: "urgent", SIGTERM: "asked" },
  asked: { SIGHUP: "asked", SIGINT: "urgent", SIGTERM: "urgent" },
  urgent: { SIGHUP: "urgent", SIGINT: "urgent", SIGTERM: "urgent" },
};

/**
 * Turns signals into the operator's wish to stop: the first asks the run to come to a safe end, a
 * second SIGINT or SIGTERM ends it at once.
 *
 * SIGHUP is never that second one. A terminal that is closed sends it twice, by the kernel and by the
 * shell, and who closes it after Ctrl-C is in no more of a hurry. Nor is SIGTERM after nothing but
 * SIGHUP: service managers end a session by both, in no certain order. SIGINT after SIGHUP is a
 * person's, who saw that the run still goes on.
 */
export class StopRequest implements Cancellation, Disposable {
  /** Emits once when asked. */
  readonly requested$: Cancellation["requested$"];
  readonly #asked = new ReplaySubject<void>(1);
  readonly #unlisten: () => void;
  #wish: Wish = "none";

  /**
   * Listens from now on.
   *
   * @param host The outside.
   */
  constructor(host: Host) {
    this.requested$ = this.#asked.asObservable();
    this.#unlisten = host.onStopRequest((signal) => this.#become(WISH_AFTER[this.#wish][signal]));
  }

  /** Asks for a safe end, as the first signal does; once more changes nothing. */
  ask(): void {
    if (!this.requested) this.#become("asked");
  }

  /** Whether it was asked. */
  get requested(): boolean {
    return this.#wish !== "none";
  }

  /** Whether it was asked again. */
  get isUrgent(): boolean {
    return this.#wish === "urgent";
  }

  #become(wish: Wish): void {
    this.#wish = wish;
    this.#asked.next();
    this.#asked.complete();
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    this.#unlisten();
  }
}
