import { GF256_BLOCKS_MAX, type ParityBlock } from "../codec/mod.ts";
import type { GenerationMap, GroupMap, GroupOpening, MapRange } from "./group_control.ts";
import { decodeGroupMessage, type GroupPayload } from "./group_message.ts";
import type { GroupWork } from "./group_work.ts";
import { computeMending, type HeldBlock, type Mending, mendingPieces } from "./_mending.ts";
import {
  blockCount,
  blockLength,
  generationCount,
  generationLength,
  type GroupRegion,
} from "./group_region.ts";

/** What a receiver needs of its node. */
export interface GroupReceiverOptions {
  /** What the group is. */
  readonly opening: GroupOpening;
  /** How many blocks, to be programmed or of parity, it has room for. */
  readonly bufferBlocks: number;
  /** How long the node expects to take for programming a whole block, in ms. */
  readonly programMs: number;
  /** Whether its part programs a block by itself, while the core mends; not by default. */
  readonly mendsWhileProgramming?: boolean;
  /** Longest answer to the question for a map that it can send, in bytes; 4,095 by default. */
  readonly mapBytesMax?: number;
  /**
   * Reads flash that was programmed.
   *
   * @param address First address.
   * @param lengthBytes How many bytes.
   */
  readonly read: (address: number, lengthBytes: number) => Uint8Array;
}

/** States of a block. */
const MISSING = 0;
const HELD = 1;
const DONE = 2;
const FAILED = 3;

const MAP_BYTES_MAX = 4095;
/** `[0x71, 0x03, routine (2), status, programTime (2)]`, and what precedes a generation's bits. */
const MAP_HEADER_BYTES = 7;
const GENERATION_HEADER_BYTES = 3;

/**
 * The node's side of a group, without bus or clock: it is given messages and says what to program.
 *
 * A block is *missing* until it has come, or mending has begun; then it is *held* until it is
 * programmed, and *done* after that. A message that is not needed, or for which there is no room, is
 * dropped: the map tells. `next` names work, `begun` begins it, `finished` ends it: one block is
 * programmed at a time, one generation mended, in pieces. What came meanwhile is programmed before the
 * next piece; no piece is begun while something waits to be programmed.
 *
 * Source: docs/group-download.md, "The node".
 */
export class GroupReceiver {
  readonly #options: GroupReceiverOptions;
  #opening: GroupOpening;
  #states: Uint8Array;
  #missingOf: Uint16Array;
  readonly #parity = new Map<number, readonly ParityBlock[]>();
  /** Generations whose last mending did not have its checksum. */
  readonly #wrong = new Set<number>();
  /** Generations of which a block could not be programmed. */
  readonly #broken = new Set<number>();
  readonly #waiting: HeldBlock[] = [];
  #programming: HeldBlock | undefined;
  #mending: Mending | undefined;
  /** The piece that is being computed: it is not broken off, whatever becomes of its generation. */
  #piece: GroupWork | undefined;
  #usedBuffers = 0;
  #mendedCount = 0;
  /** Whole blocks that were programmed, and the time that they took. */
  readonly #programmed = { count: 0, sumMs: 0 };

  /**
   * Begins with every block missing.
   *
   * @param options The group and the node.
   */
  constructor(options: GroupReceiverOptions) {
    this.#options = options;
    this.#opening = options.opening;
    this.#states = new Uint8Array(blockCount(this.#region));
    this.#missingOf = new Uint16Array(generationCount(this.#region));
    this.#countMissing();
  }

  /** What the group is, as it was opened or cut last. */
  get opening(): GroupOpening {
    return this.#opening;
  }

  /** Whether something is to be done, or being done. */
  get isBusy(): boolean {
    return this.#programming !== undefined || this.#mending !== undefined ||
      this.#waiting.length > 0 || this.#mendable() !== undefined;
  }

  /**
   * A message came on the group's identifier.
   *
   * @param message The message.
   * @returns Whether it is one of this group, needed or not: a sign of life of the tester.
   */
  take(message: Uint8Array): boolean {
    const payload = decodeGroupMessage(message, this.#opening.key);
    if (payload === undefined) return false;
    return payload.kind === "data" ? this.#takeData(payload) : this.#takeParity(payload);
  }

  /**
   * The group becomes smaller: what lies behind its new end is no part of it any more, and parity is
   * given up, also such that was about to mend something.
   *
   * @param opening The group as it is from now on; see `isGroupCut`.
   * @returns Whether it could be cut: not if a block behind the new end is not missing.
   */
  cut(opening: GroupOpening): boolean {
    const count = blockCount(opening.region);
    if (this.#states.subarray(count).some((state) => state !== MISSING)) return false;
    this.#giveUpMending();
    for (const held of this.#parity.values()) this.#usedBuffers -= held.length;
    this.#parity.clear();
    this.#wrong.clear();
    this.#opening = opening;
    this.#states = this.#states.slice(0, count);
    this.#missingOf = new Uint16Array(generationCount(opening.region));
    this.#countMissing();
    return true;
  }

  /**
   * Says what to do.
   *
   * @returns The work; `undefined` when there is none that may begin now.
   */
  next(): GroupWork | undefined {
    if (this.#piece !== undefined) return undefined;
    const [job] = this.#waiting;
    const isProgramming = this.#programming !== undefined;
    if (job === undefined) {
      const mayMend = !isProgramming || this.#options.mendsWhileProgramming === true;
      return mayMend ? this.#nextPiece() : undefined;
    }
    if (isProgramming) return undefined;
    return { kind: "program", address: this.#addressOf(job.block), data: job.data };
  }

  /**
   * Work is begun. What is mended counts as held from its first piece on, and is computed from what is
   * there then.
   *
   * @param work What `next` said.
   */
  begun(work: GroupWork): void {
    if (work.kind === "program") {
      this.#programming = this.#waiting.shift();
      return;
    }
    this.#mending ??= this.#mend(work.generation);
    this.#mending.pieces.shift();
    this.#piece = work;
  }

  /**
   * Work has ended.
   *
   * @param work What was begun.
   * @param isGood Whether it went well; programming may not.
   * @param tookMs How long it took, in ms.
   */
  finished(work: GroupWork, isGood: boolean, tookMs: number): void {
    if (work.kind === "mend") {
      this.#piece = undefined;
      if (this.#mending?.pieces.length === 0) this.#mended(this.#mending);
      return;
    }
    const job = this.#programming;
    this.#programming = undefined;
    if (job === undefined) return;
    this.#usedBuffers--;
    this.#states[job.block] = isGood ? DONE : FAILED;
    if (!isGood) this.#failed(this.#generationOf(job.block));
    if (work.data.length < this.#region.blockBytes) return;
    this.#programmed.count++;
    this.#programmed.sumMs += tookMs;
  }

  /**
   * Tells what is missing.
   *
   * @param range Which generations are asked for.
   * @returns The map, as far as there is room for it in the node's answer.
   */
  map(range: MapRange): GroupMap {
    const { length } = this.#missingOf;
    const end = range.count === 0 ? length : Math.min(length, range.first + range.count);
    const { mapBytesMax = MAP_BYTES_MAX } = this.#options;
    const generations: GenerationMap[] = [];
    let lengthBytes = MAP_HEADER_BYTES;
    let hasMore = false;
    for (let generation = range.first; generation < end; generation++) {
      if (this.#missingOf[generation] === 0) continue;
      const bits = generationLength(this.#region, generation);
      lengthBytes += GENERATION_HEADER_BYTES + Math.ceil(bits / 8);
      hasMore = lengthBytes > mapBytesMax && generations.length > 0;
      if (hasMore) break;
      generations.push({
        generation,
        heldParity: this.#parity.get(generation)?.length ?? 0,
        isWrong: this.#wrong.has(generation),
        missing: this.#missing(generation),
      });
    }
    const { count, sumMs } = this.#programmed;
    return {
      isBusy: this.isBusy,
      hasFailed: this.#broken.size > 0,
      hasMore,
      mendedShare: this.#mendedCount / this.#states.length,
      programMs: count === 0 ? this.#options.programMs : sumMs / count,
      generations,
    };
  }

  get #region(): GroupRegion {
    return this.#opening.region;
  }

  #takeData({ address, data }: GroupPayload & { readonly kind: "data" }): boolean {
    const block = (address - this.#region.address) / this.#region.blockBytes;
    const state = this.#states[block];
    if (state === undefined || data.length !== blockLength(this.#region, block)) return false;
    const generation = this.#generationOf(block);
    // What could mend it has a parity block that is not needed any more: it makes room below.
    const hasSpare = (this.#parity.get(generation)?.length ?? 0) >= this.#missingOf[generation]!;
    if (state !== MISSING || !(hasSpare || this.#makeRoom(-1))) return true;
    this.#states[block] = HELD;
    this.#missingOf[generation]!--;
    this.#waiting.push({ block, data: data.slice() });
    this.#usedBuffers++;
    this.#dropSpareParity(generation);
    return true;
  }

  #takeParity(
    { generation, index, data }: GroupPayload & { readonly kind: "parity" },
  ): boolean {
    const missing = this.#missingOf[generation];
    if (missing === undefined || data.length !== this.#region.blockBytes) return false;
    if (index >= GF256_BLOCKS_MAX - generationLength(this.#region, generation)) return false;
    const held = this.#parity.get(generation) ?? [];
    const isNeeded = held.length < missing && !this.#broken.has(generation) &&
      !held.some((block) => block.index === index);
    if (!isNeeded || !this.#makeRoom(generation)) return true;
    this.#parity.set(generation, [...held, { index, data: data.slice() }]);
    this.#usedBuffers++;
    this.#wrong.delete(generation);
    return true;
  }

  #nextPiece(): GroupWork | undefined {
    if (this.#mending !== undefined) return this.#mending.pieces[0];
    const generation = this.#mendable();
    return generation === undefined
      ? undefined
      : mendingPieces(this.#region, generation, this.#missingOf[generation]!)[0];
  }

  /** The first generation that can be mended. */
  #mendable(): number | undefined {
    let generation: number | undefined;
    for (const [one, { length }] of this.#parity) {
      if (length < this.#missingOf[one]! || this.#broken.has(one)) continue;
      generation = Math.min(generation ?? one, one);
    }
    return generation;
  }

  #mend(generation: number): Mending {
    const missing = this.#missing(generation);
    const parity = this.#parity.get(generation)!;
    const first = generation * this.#region.generationBlocks;
    const parts = { opening: this.#opening, generation, missing, parity };
    const mending = computeMending(parts, (i) => this.#present(first + i));
    this.#parity.delete(generation);
    for (const { block } of mending.blocks) this.#states[block] = HELD;
    this.#missingOf[generation] = 0;
    return mending;
  }

  /** What was mended is programmed if it is right; else it is missing again, and its parity gone. */
  #mended({ generation, blocks, isRight }: Mending): void {
    if (!isRight) {
      this.#giveUpMending();
      this.#wrong.add(generation);
      return;
    }
    this.#mending = undefined;
    this.#mendedCount += blocks.length;
    this.#waiting.push(...blocks);
  }

  /** What was being mended is missing again. */
  #giveUpMending(): void {
    if (this.#mending === undefined) return;
    const { generation, blocks } = this.#mending;
    this.#mending = undefined;
    for (const { block } of blocks) this.#states[block] = MISSING;
    this.#missingOf[generation] = blocks.length;
    this.#usedBuffers -= blocks.length;
  }

  /** A block could not be programmed: what is mended with it would not be what is there. */
  #failed(generation: number): void {
    this.#broken.add(generation);
    if (this.#parity.has(generation)) this.#keepParity(generation, []);
    if (this.#mending?.generation === generation) this.#giveUpMending();
  }

  /** A block that is not missing: still held, or in flash. */
  #present(block: number): Uint8Array {
    const held = this.#programming?.block === block
      ? this.#programming
      : this.#waiting.find((job) => job.block === block);
    if (held !== undefined) return held.data;
    return this.#options.read(this.#addressOf(block), blockLength(this.#region, block));
  }

  /** As a block came after all, a parity block that would have mended it is not needed. */
  #dropSpareParity(generation: number): void {
    const held = this.#parity.get(generation);
    if (held === undefined) return;
    this.#keepParity(generation, held.slice(0, this.#missingOf[generation]));
  }

  #keepParity(generation: number, kept: readonly ParityBlock[]): void {
    this.#usedBuffers -= this.#parity.get(generation)!.length - kept.length;
    if (kept.length === 0) this.#parity.delete(generation);
    else this.#parity.set(generation, kept);
  }

  /**
   * Finds a buffer: if none is free, one of the last generation that holds parity, but too little to be
   * mended, if that lies behind `behind`. So data always gets one, and the first generation gets on.
   */
  #makeRoom(behind: number): boolean {
    if (this.#usedBuffers < this.#options.bufferBlocks) return true;
    let last = -1;
    for (const [generation, { length }] of this.#parity) {
      if (length < this.#missingOf[generation]!) last = Math.max(last, generation);
    }
    if (last <= behind) return false;
    this.#keepParity(last, this.#parity.get(last)!.slice(0, -1));
    return true;
  }

  #countMissing(): void {
    this.#missingOf.fill(0);
    for (const [block, state] of this.#states.entries()) {
      if (state === MISSING) this.#missingOf[this.#generationOf(block)]!++;
    }
  }

  #missing(generation: number): readonly number[] {
    const first = generation * this.#region.generationBlocks;
    const missing: number[] = [];
    for (let i = 0; i < generationLength(this.#region, generation); i++) {
      if (this.#states[first + i] === MISSING) missing.push(i);
    }
    return missing;
  }

  #generationOf(block: number): number {
    return Math.floor(block / this.#region.generationBlocks);
  }

  #addressOf(block: number): number {
    return this.#region.address + block * this.#region.blockBytes;
  }
}
