/** ISO 15765-2 without flow control: how the rogue node hears the group identifier. */
import type { CanFrame, CanPort } from "../../src/can/mod.ts";
import type { Clock } from "../../src/core/mod.ts";

const N_CR_MS = 1000;

/** Puts messages on one identifier together. */
export class RogueGroupLink {
  /** Messages that were begun and not ended. */
  tornMessages = 0;
  /** When the last frame was heard, in ms. */
  lastFrameAtMs = -Infinity;
  readonly #port: CanPort;
  readonly #clock: Clock;
  readonly #onMessage: (message: Uint8Array) => void;
  #buffer = new Uint8Array(0);
  #lengthBytes = 0;
  #filledBytes = 0;
  #sequenceNumber = 0;
  #stopListening: (() => void) | undefined;

  constructor(port: CanPort, clock: Clock, onMessage: (message: Uint8Array) => void) {
    this.#port = port;
    this.#clock = clock;
    this.#onMessage = onMessage;
  }

  /** Hears an identifier from now on, messages of at most so many bytes. */
  open(
    identifier: { readonly id: number; readonly extended: boolean },
    messageBytesMax: number,
  ): void {
    this.close();
    this.#buffer = new Uint8Array(messageBytesMax);
    this.#stopListening = this.#port.listen(identifier, (frame) => this.#take(frame));
  }

  /** Hears nothing any more. */
  close(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#lengthBytes = 0;
  }

  #take({ data, fd }: CanFrame): void {
    if (fd || data.length === 0) return;
    const nowMs = this.#clock.now();
    const isLate = nowMs - this.lastFrameAtMs > N_CR_MS;
    this.lastFrameAtMs = nowMs;
    const kind = data[0]! >> 4;
    if (kind === 2) this.#takeConsecutive(data, isLate);
    if (kind > 1) return;
    this.#giveUp();
    if (kind === 1) this.#takeFirst(data);
  }

  #giveUp(): void {
    if (this.#lengthBytes > 0) this.tornMessages++;
    this.#lengthBytes = 0;
  }

  #takeFirst(data: Uint8Array): void {
    const lengthBytes = (data[0]! & 15) << 8 | data[1]!;
    if (data.length !== 8 || lengthBytes < 8 || lengthBytes > this.#buffer.length) return;
    this.#buffer.set(data.subarray(2));
    this.#lengthBytes = lengthBytes;
    this.#filledBytes = 6;
    this.#sequenceNumber = 1;
  }

  #takeConsecutive(data: Uint8Array, isLate: boolean): void {
    if (this.#lengthBytes === 0) return;
    const part = data.subarray(1, 1 + this.#lengthBytes - this.#filledBytes);
    const isWhole = part.length === 7 || this.#filledBytes + part.length === this.#lengthBytes;
    if (isLate || !isWhole || (data[0]! & 15) !== this.#sequenceNumber) return this.#giveUp();
    this.#buffer.set(part, this.#filledBytes);
    this.#filledBytes += part.length;
    this.#sequenceNumber = (this.#sequenceNumber + 1) % 16;
    if (this.#filledBytes < this.#lengthBytes) return;
    const message = this.#buffer.subarray(0, this.#lengthBytes);
    this.#lengthBytes = 0;
    this.#onMessage(message);
  }
}
