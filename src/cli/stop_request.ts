import { ReplaySubject } from "rxjs";
import type { Host } from "../adapters/mod.ts";
import type { Cancellation } from "../update/mod.ts";

/**
 * Turns signals into the operator's wish to stop: the first asks the run to come to a safe end, the
 * second ends it at once.
 */
export class StopRequest implements Cancellation, Disposable {
  /** Emits once when asked. */
  readonly requested$: Cancellation["requested$"];
  readonly #asked = new ReplaySubject<void>(1);
  readonly #unlisten: () => void;
  #count = 0;

  /**
   * Listens from now on.
   *
   * @param host The outside.
   */
  constructor(host: Host) {
    this.requested$ = this.#asked.asObservable();
    this.#unlisten = host.onStopRequest(() => this.#count++ === 0 && this.#tell());
  }

  /** Asks for a safe end, as the first signal does; once more changes nothing. */
  ask(): void {
    if (this.#count > 0) return;
    this.#count = 1;
    this.#tell();
  }

  /** Whether it was asked. */
  get requested(): boolean {
    return this.#count > 0;
  }

  /** Whether it was asked again. */
  get isUrgent(): boolean {
    return this.#count > 1;
  }

  #tell(): void {
    this.#asked.next();
    this.#asked.complete();
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    this.#unlisten();
  }
}
