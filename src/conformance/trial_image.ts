import { Gf256Parity } from "../codec/mod.ts";
import { Prng } from "../core/mod.ts";
import {
  blockLength,
  encodeGroupMessage,
  encodeGroupOpen,
  generationChecksums,
  generationCount,
  generationLength,
  type GroupIdentifier,
  type GroupOpening,
  type GroupRegion,
} from "../group/mod.ts";

/** Of the false bytes that a trial sends. */
const FALSE_SEED = 0xFA15E;

/** A group of a trial: its opening, and its messages, true and false. */
export class TrialImage {
  /** What the group is. */
  readonly opening: GroupOpening;
  /** Its bytes. */
  readonly data: Uint8Array;
  readonly #routine: number;

  /**
   * Makes a group.
   *
   * @param options What it is; `data` are its bytes.
   */
  constructor(options: {
    readonly routine: number;
    readonly identifier: GroupIdentifier;
    readonly key: Uint8Array;
    readonly region: GroupRegion;
    readonly data: Uint8Array;
  }) {
    const { routine, identifier, key, region, data } = options;
    this.#routine = routine;
    this.data = data.subarray(0, region.sizeBytes);
    this.opening = { identifier, key, region, checksums: generationChecksums(region, data) };
  }

  /** What is sent. */
  get region(): GroupRegion {
    return this.opening.region;
  }

  /**
   * The request that opens it.
   *
   * @param change What is said otherwise; its checksums stay.
   * @returns The request.
   */
  open(change: Partial<GroupRegion> = {}): Uint8Array {
    const { opening } = this;
    return encodeGroupOpen(this.#routine, { ...opening, region: { ...opening.region, ...change } });
  }

  /**
   * The request that opens a group of no meaning: all its checksums are 0.
   *
   * @param region What it is about.
   * @returns The request.
   */
  openZeros(region: GroupRegion): Uint8Array {
    const checksums = new Array<number>(generationCount(region)).fill(0);
    return encodeGroupOpen(this.#routine, { ...this.opening, region, checksums });
  }

  /**
   * The request that opens it on another identifier.
   *
   * @param identifier Which, also one that is none.
   * @returns The request.
   */
  openOn(identifier: GroupIdentifier): Uint8Array {
    return encodeGroupOpen(this.#routine, { ...this.opening, identifier });
  }

  /**
   * The request that opens it under another key.
   *
   * @returns The request.
   */
  openOther(): Uint8Array {
    return encodeGroupOpen(this.#routine, { ...this.opening, key: this.#otherKey });
  }

  /**
   * The same group, or a part of it that begins elsewhere.
   *
   * @param region What differs.
   * @returns The other group; its bytes are those of this one that lie there.
   */
  part(region: Partial<GroupRegion>): TrialImage {
    const { identifier, key } = this.opening;
    const own = { ...this.region, ...region };
    const data = this.data.subarray(own.address - this.region.address);
    return new TrialImage({ routine: this.#routine, identifier, key, region: own, data });
  }

  /** How many bytes lie in front of a block. */
  addressOf(block: number): number {
    return this.region.address + block * this.region.blockBytes;
  }

  /** The bytes of a block. */
  blockData(block: number): Uint8Array {
    const start = block * this.region.blockBytes;
    return this.data.subarray(start, start + blockLength(this.region, block));
  }

  /**
   * A message with a block.
   *
   * @param block Which, counted through the region.
   * @param data Other bytes than its own.
   * @returns The message.
   */
  message(block: number, data: Uint8Array = this.blockData(block)): Uint8Array {
    return this.messageAt(this.addressOf(block), data);
  }

  /** A message with any bytes at any address. */
  messageAt(address: number, data: Uint8Array): Uint8Array {
    return encodeGroupMessage({ kind: "data", address, data }, this.opening.key);
  }

  /** A message of a group with another key. */
  messageOfOther(block: number): Uint8Array {
    const address = this.addressOf(block);
    return encodeGroupMessage(
      { kind: "data", address, data: this.blockData(block) },
      this.#otherKey,
    );
  }

  /** A message whose tag fits, with bytes of a block that are not its own. */
  falseMessage(block: number): Uint8Array {
    return this.message(block, this.#falseBytes(blockLength(this.region, block)));
  }

  /** Messages with blocks, but for some. */
  allBut(missing: readonly number[], from: number, to: number): Uint8Array[] {
    return Array.from({ length: to - from }, (_, i) => from + i)
      .filter((block) => !missing.includes(block)).map((block) => this.message(block));
  }

  /**
   * A message with parity.
   *
   * @param generation Of which generation.
   * @param index Which parity block.
   * @returns The message.
   */
  parity(generation: number, index: number): Uint8Array {
    const length = generationLength(this.region, generation);
    const first = generation * this.region.generationBlocks;
    const sources = Array.from({ length }, (_, i) => this.blockData(first + i));
    const data = new Gf256Parity(length).encode(index, sources, this.region.blockBytes);
    return encodeGroupMessage({ kind: "parity", generation, index, data }, this.opening.key);
  }

  /** A message with parity that nobody computed, under a tag that fits. */
  falseParity(generation: number, index: number): Uint8Array {
    const data = this.#falseBytes(this.region.blockBytes);
    return encodeGroupMessage({ kind: "parity", generation, index, data }, this.opening.key);
  }

  get #otherKey(): Uint8Array {
    return this.opening.key.map((byte) => byte ^ 0xFF);
  }

  #falseBytes(lengthBytes: number): Uint8Array {
    return new Prng(FALSE_SEED).bytes(lengthBytes);
  }
}
