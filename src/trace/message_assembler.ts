import type { CanFrame } from "../can/mod.ts";
import { concatBytes } from "../core/mod.ts";
import { decodePdu } from "../isotp/mod.ts";

/** A message as a bystander puts it together. */
export interface TraceMessage {
  /** When its first frame ended, in ms. */
  readonly startMs: number;
  /** When its last frame ended, in ms. */
  readonly endMs: number;
  /** The message. */
  readonly data: Uint8Array;
  /** How many frames it took. */
  readonly frames: number;
}

/** What a frame meant for the messages of its identifier. */
export type Assembled =
  /** A message is whole. */
  | { readonly kind: "message"; readonly message: TraceMessage }
  /** A message began that needs more frames. */
  | { readonly kind: "begun" }
  /** A message will never be whole. */
  | { readonly kind: "broken"; readonly atMs: number; readonly reason: string }
  /** The other direction's sender is told to go on, to wait, or to stop. */
  | { readonly kind: "flowControl" };

/** Puts the messages of one direction together, without taking part. */
export class MessageAssembler {
  readonly #offset: 0 | 1;
  /** What has come of a message; whatever length it announces, it takes no more room than that. */
  #parts: Uint8Array[] | undefined;
  #lengthBytes = 0;
  #receivedBytes = 0;
  #sequenceNumber = 0;
  #frames = 0;
  #startMs = 0;

  /**
   * Begins between two messages.
   *
   * @param offset 1 where the first byte belongs to the address, else 0.
   */
  constructor(offset: 0 | 1) {
    this.#offset = offset;
  }

  /**
   * Takes the next frame.
   *
   * @param frame The frame.
   * @param atMs When it ended, in ms.
   * @returns What it meant, in order; nothing in the middle of a message.
   */
  next(frame: CanFrame, atMs: number): readonly Assembled[] {
    const pdu = decodePdu(frame.data, this.#offset);
    switch (pdu.kind) {
      case "ignored":
        return [];
      case "flowControl":
        return [{ kind: "flowControl" }];
      case "singleFrame": {
        const message = { startMs: atMs, endMs: atMs, data: pdu.data.slice(), frames: 1 };
        return [...this.#interrupt(atMs), { kind: "message", message }];
      }
      case "firstFrame": {
        const broken = this.#interrupt(atMs);
        this.#parts = [pdu.data];
        this.#lengthBytes = pdu.lengthBytes;
        this.#receivedBytes = pdu.data.length;
        this.#sequenceNumber = 0;
        this.#frames = 1;
        this.#startMs = atMs;
        return [...broken, { kind: "begun" }];
      }
      case "consecutiveFrame":
        return this.#consecutive(pdu.sequenceNumber, pdu.payload.subarray(pdu.dataStart), atMs);
    }
  }

  #consecutive(sequenceNumber: number, part: Uint8Array, atMs: number): readonly Assembled[] {
    const parts = this.#parts;
    const lengthBytes = this.#lengthBytes;
    if (parts === undefined) return [];
    const expected = (this.#sequenceNumber + 1) % 16;
    // The trace may hold a frame twice that its receiver got once.
    if (sequenceNumber === this.#sequenceNumber && this.#frames > 1) return [];
    if (sequenceNumber !== expected) {
      const reason = `frame ${expected} is missing after ${this.#receivedBytes} of ` +
        `${lengthBytes} bytes`;
      this.#parts = undefined;
      return [{ kind: "broken", atMs, reason }];
    }
    this.#sequenceNumber = expected;
    this.#frames++;
    parts.push(part);
    this.#receivedBytes += part.length;
    if (this.#receivedBytes < lengthBytes) return [];
    this.#parts = undefined;
    const data = concatBytes(parts).subarray(0, lengthBytes);
    const message = { startMs: this.#startMs, endMs: atMs, data, frames: this.#frames };
    return [{ kind: "message", message }];
  }

  #interrupt(atMs: number): readonly Assembled[] {
    if (this.#parts === undefined) return [];
    this.#parts = undefined;
    const reason = `it ended after ${this.#receivedBytes} of ${this.#lengthBytes} bytes`;
    return [{ kind: "broken", atMs, reason }];
  }
}
