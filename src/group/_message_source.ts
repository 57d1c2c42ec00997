import { Gf256Parity } from "../codec/mod.ts";
import { encodeGroupMessage } from "./group_message.ts";
import type { GenerationRepair } from "./repair_plan.ts";
import { blockCount, blockLength, generationLength, type GroupRegion } from "./group_region.ts";

/** One message. */
export interface MessageItem {
  readonly kind: "data" | "parity";
  /** Block in the region, or generation. */
  readonly number: number;
  /** Of a parity block. */
  readonly index: number;
}

/** Makes a group's messages, and numbers its parity blocks. */
export class MessageSource {
  readonly #data: Uint8Array;
  readonly #key: Uint8Array;
  readonly #codes = new Map<number, Gf256Parity>();
  /** How many parity blocks of each generation were given out. */
  readonly #parityCounts = new Map<number, number>();
  /** What the messages are about; a cut makes it shorter. */
  region: GroupRegion;

  constructor(region: GroupRegion, data: Uint8Array, key: Uint8Array) {
    this.region = region;
    this.#data = data;
    this.#key = key;
  }

  /** All blocks, by address. */
  all(): readonly MessageItem[] {
    const length = blockCount(this.region);
    return Array.from({ length }, (_, number) => ({ kind: "data", number, index: 0 }));
  }

  /** Whether it carries a whole block, as nearly all do. */
  isWholeBlock({ kind, number }: MessageItem): boolean {
    return kind === "parity" || blockLength(this.region, number) === this.region.blockBytes;
  }

  /** Parity blocks that were not given out yet; when all were, from the first again. */
  nextParity(generation: number, count: number): readonly MessageItem[] {
    const differentMax = 255 - generationLength(this.region, generation);
    const before = this.#parityCounts.get(generation) ?? 0;
    this.#parityCounts.set(generation, before + count);
    return Array.from(
      { length: count },
      (_, i) => ({ kind: "parity", number: generation, index: (before + i) % differentMax }),
    );
  }

  /** What mends some generations, as much more of it as will be lost, too. */
  repair(repairs: readonly GenerationRepair[], lossRatio: number): readonly MessageItem[] {
    return repairs.flatMap(({ generation, blocks, parityCount }) => {
      const first = generation * this.region.generationBlocks;
      return [
        ...blocks.map((i): MessageItem => ({ kind: "data", number: first + i, index: 0 })),
        ...this.nextParity(generation, Math.round(parityCount / (1 - lossRatio))),
      ];
    });
  }

  /** The bytes of a message. */
  encode({ kind, number, index }: MessageItem): Uint8Array {
    const { address, blockBytes, generationBlocks } = this.region;
    if (kind === "data") {
      const data = this.#block(number);
      return encodeGroupMessage({ kind, address: address + number * blockBytes, data }, this.#key);
    }
    const length = generationLength(this.region, number);
    const code = this.#codes.get(length) ?? new Gf256Parity(length);
    this.#codes.set(length, code);
    const first = number * generationBlocks;
    const sources = Array.from({ length }, (_, i) => this.#block(first + i));
    const data = code.encode(index, sources, blockBytes);
    return encodeGroupMessage({ kind, generation: number, index, data }, this.#key);
  }

  #block(block: number): Uint8Array {
    const start = block * this.region.blockBytes;
    return this.#data.subarray(start, start + blockLength(this.region, block));
  }
}
