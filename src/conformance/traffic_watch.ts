import type { Subscription } from "rxjs";
import { type Clock, readUintBe } from "../core/mod.ts";
import { NRC, SERVICE_ID, type UdsClient } from "../uds/mod.ts";

/** Step of P2* in an answer to DiagnosticSessionControl, in ms. */
const P2_STAR_STEP_MS = 10;

/** Watches what passes on a node's own identifiers: how prompt it is, and what it states. */
export class TrafficWatch {
  /** P2Server_max that it stated last, in ms; `undefined`: none yet. */
  p2Ms: number | undefined;
  /** P2*Server_max, likewise. */
  p2StarMs: number | undefined;
  /** Longest time from a 0x78 to the next answer, in ms. */
  pendingGapMsMax = 0;
  /** Messages that it sent. */
  messageCount = 0;
  /** The last of them; empty: none yet. */
  lastMessage: Uint8Array = new Uint8Array(0);
  readonly #clock: Clock;
  readonly #subscription: Subscription;
  #pendingSinceMs: number | undefined;
  #sentMs: number | undefined;
  #firstMs: number | undefined;

  /**
   * Begins to watch.
   *
   * @param client The way to the node.
   * @param clock The time it lives in.
   */
  constructor(client: Pick<UdsClient, "traffic$">, clock: Clock) {
    this.#clock = clock;
    this.#subscription = client.traffic$.subscribe((traffic) => {
      if (traffic.type === "firstFrame") this.#heard();
      else if (traffic.type === "message") this.#take(traffic.data);
    });
  }

  /** A request is about to go out. */
  asked(): void {
    this.#sentMs = undefined;
    this.#firstMs = undefined;
  }

  /** Its last frame was on the wire. */
  sent(): void {
    this.#sentMs = this.#clock.now();
  }

  /** From there to the first frame of any answer, in ms; 0 where that came first, or none did. */
  get firstMs(): number {
    return this.#firstMs ?? 0;
  }

  /** Watches no more. */
  end(): void {
    this.#subscription.unsubscribe();
  }

  #heard(): void {
    if (this.#sentMs !== undefined) this.#firstMs ??= this.#clock.now() - this.#sentMs;
  }

  #take(message: Uint8Array): void {
    this.#heard();
    this.messageCount++;
    this.lastMessage = message;
    const nowMs = this.#clock.now();
    if (this.#pendingSinceMs !== undefined) {
      this.pendingGapMsMax = Math.max(this.pendingGapMsMax, nowMs - this.#pendingSinceMs);
    }
    const isPending = message[0] === 0x7F &&
      message[2] === NRC.requestCorrectlyReceivedResponsePending;
    this.#pendingSinceMs = isPending ? nowMs : undefined;
    if (message[0] !== SERVICE_ID.diagnosticSessionControl + 0x40 || message.length < 6) return;
    this.p2Ms = readUintBe(message, 2, 2);
    this.p2StarMs = readUintBe(message, 4, 2) * P2_STAR_STEP_MS;
  }
}
