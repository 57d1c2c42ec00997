/** A node that sends false parity on the group identifier: it overheard the key. */
import type { CanPort } from "../../src/can/mod.ts";
import { type Clock, Prng } from "../../src/core/mod.ts";
import {
  blocksOf,
  framesOf,
  generationCount,
  parityAddress,
  type RogueRegion,
  writeGroupMessage,
} from "./rogue_group_region.ts";
import type { RogueOptions } from "./rogue_options.ts";

/** What one frame and its pause take on the wire at the most, in ms. */
const FRAME_MS = 0.27;
/** So long others need to be opened, too, in ms. */
const OTHERS_MS = 15;
/** So long it lets others answer that it outranks nobody of, in ms. */
const REST_MS = 8;
/** Longer it does not keep the tester waiting, in ms. */
const FORGING_MS_MAX = 120;

/** Sends false parity while the tester waits for this node's answer to its opening. */
export class RogueForger {
  /** False messages that it began. */
  messages = 0;
  readonly #port: CanPort;
  readonly #clock: Clock;
  readonly #options: RogueOptions;
  readonly #prng = new Prng(13, 0xF0);

  constructor(port: CanPort, clock: Clock, options: RogueOptions) {
    this.#port = port;
    this.#clock = clock;
    this.#options = options;
  }

  /**
   * It is opened: all blocks are missing everywhere, so that nodes hold whatever parity comes.
   *
   * @returns How long its answer has to wait, in ms.
   */
  opened(region: RogueRegion): number {
    const { groupForges } = this.#options;
    const isDone = groupForges === undefined || (groupForges === "once" && this.messages > 0);
    if (isDone) return 0;
    const count = groupForges === "once" ? 1 : generationCount(region);
    const frames: Uint8Array[] = [];
    let tookMs = OTHERS_MS + REST_MS;
    for (let generation = 0; generation < count; generation++) {
      const message = framesOf(writeGroupMessage(
        region.key,
        parityAddress(generation, 254 - blocksOf(region, generation).count),
        this.#prng.bytes(region.blockBytes),
      ));
      tookMs += message.length * FRAME_MS;
      if (tookMs > FORGING_MS_MAX) break;
      frames.push(...message);
      this.messages++;
    }
    this.#clock.schedule(() => this.#send(region, frames, 0), OTHERS_MS);
    return tookMs;
  }

  #send(region: RogueRegion, frames: readonly Uint8Array[], n: number): void {
    const data = frames[n];
    if (data === undefined) return;
    const { id, extended } = region.identifier;
    const frame = { id, extended, fd: false, bitRateSwitch: false, data };
    this.#port.transmit(frame, (outcome) => {
      if (outcome === "sent") this.#send(region, frames, n + 1);
    });
  }
}
