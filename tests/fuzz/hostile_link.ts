import { Observable, Subject } from "rxjs";
import type { Clock } from "../../src/core/mod.ts";
import {
  IsoTpError,
  type IsoTpIndication,
  type IsoTpLink,
  type IsoTpSendProgress,
} from "../../src/isotp/mod.ts";
import type { ScriptItem } from "./script.ts";

/** Bit of an item's kind: more is said to the same request. */
export const SAYS_MORE = 0x04;
const SEND_MS = 1;
/** When something is said, in ms after the request, by two bits of its kind. */
const DELAYS_MS = [1, 90, 1, 1, 4000, 0, 250, 20_000];

/**
 * A link whose other end says what a script says, whatever it was asked; silence once the script is
 * over. Bits of an item's kind: 0..1 a message, a late one, the beginning of one that never ends, a
 * broken one; 2 more is said to the same request; 4 much later.
 */
export class HostileLink implements IsoTpLink {
  readonly name = "hostile";
  readonly requests: Uint8Array[] = [];
  readonly #clock: Clock;
  readonly #script: Iterator<ScriptItem>;
  readonly #indications = new Subject<IsoTpIndication>();
  readonly indications$: Observable<IsoTpIndication> = this.#indications.asObservable();

  constructor(clock: Clock, script: Iterator<ScriptItem>) {
    this.#clock = clock;
    this.#script = script;
  }

  send(request: Uint8Array): Observable<IsoTpSendProgress> {
    return new Observable((subscriber) => {
      this.requests.push(request);
      subscriber.next({ type: "started", atMs: this.#clock.now() });
      return this.#clock.schedule(() => {
        subscriber.next({ type: "sent", atMs: this.#clock.now() });
        this.#answer();
        subscriber.complete();
      }, SEND_MS);
    });
  }

  setPriority(): void {}

  queueingDelayMs(): number {
    return 0;
  }

  close(): void {
    this.#indications.complete();
  }

  #answer(): void {
    for (let next = this.#script.next(); next.done !== true; next = this.#script.next()) {
      const { kind } = next.value;
      const delayMs = DELAYS_MS[(kind & 3) + (kind >> 2 & 4)]!;
      const item = next.value;
      this.#clock.schedule(() => this.#say(item), delayMs);
      if ((kind & SAYS_MORE) === 0) return;
    }
  }

  #say({ kind, data }: ScriptItem): void {
    const atMs = this.#clock.now();
    if ((kind & 3) === 2) {
      this.#indications.next({ type: "firstFrame", lengthBytes: 8 + data.length, atMs });
    } else if ((kind & 3) === 3) {
      const error = new IsoTpError("N_TIMEOUT_Cr", "nothing more came");
      this.#indications.next({ type: "error", error, atMs });
    } else if (data.length > 0) this.#indications.next({ type: "message", data, atMs });
  }
}
