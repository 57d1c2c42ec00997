import { Gf256Parity } from "../codec/mod.ts";
import type { GenerationMap, GroupMap, GroupOpening, MapRange } from "./group_control.ts";
import { decodeGroupMessage, type GroupPayload } from "./group_message.ts";
import {
  blockCount,
  blockLength,
  generationCount,
  generationLength,
  type GroupRegion,
} from "./group_region.ts";

/** What a node has to do next. */
export type GroupWork =
  /** Program a block. */
  | { readonly kind: "program"; readonly address: number; readonly data: Uint8Array }
  /** Compute missing blocks from parity: `missing` times `present` blocks are added up. */
  | {
    readonly kind: "mend";
    readonly generation: number;
    readonly missing: number;
    readonly present: number;
  };

/** What a receiver needs of its node. */
export interface GroupReceiverOptions {
  /** What the group is. */
  readonly opening: GroupOpening;
  /** How many blocks, to be programmed or of parity, it has room for. */
  readonly bufferBlocks: number;
  /** How long the node expects to take for programming a whole block, in ms. */
  readonly programMs: number;
  /**
   * Reads flash that was programmed.
   *
   * @param address First address.
   * @param lengthBytes How many bytes.
   */
  readonly read: (address: number, lengthBytes: number) => Uint8Array;
}

interface ProgramJob {
  readonly block: number;
  readonly data: Uint8Array;
}

/**
 * The node's side of a group, without bus or clock: it is given messages and says what to program.
 *
 * A block is *missing* until it has come or was mended; then it is *held* until it is programmed, and
 * *done* after that. A message that is not needed, or for which there is no room, is dropped: the map
 * tells. Work is done one after the other: `next` names it, `finished` ends it.
 *
 * Source: docs/group-download.md, "The node".
 */
export class GroupReceiver {
  /** What the group is. */
  readonly opening: GroupOpening;
  readonly #options: GroupReceiverOptions;
  readonly #region: GroupRegion;
  readonly #isMissing: Uint8Array;
  readonly #missingOf: Uint16Array;
  readonly #parity = new Map<number, { index: number; data: Uint8Array }[]>();
  readonly #jobs: ProgramJob[] = [];
  #work: GroupWork | undefined;
  #usedBuffers = 0;
  /** Whole blocks that were programmed, and the time that they took. */
  readonly #programmed = { count: 0, sumMs: 0 };
  #hasFailed = false;

  /**
   * Begins with every block missing.
   *
   * @param options The group and the node.
   */
  constructor(options: GroupReceiverOptions) {
    const { opening } = options;
    this.opening = opening;
    this.#options = options;
    this.#region = opening.region;
    this.#isMissing = new Uint8Array(blockCount(opening.region)).fill(1);
    this.#missingOf = Uint16Array.from(
      { length: generationCount(opening.region) },
      (_, generation) => generationLength(opening.region, generation),
    );
  }

  /** Whether something is to be done, or being done. */
  get isBusy(): boolean {
    return this.#work !== undefined || this.next() !== undefined;
  }

  /**
   * A message came on the group's identifier.
   *
   * @param message The message.
   */
  take(message: Uint8Array): void {
    const payload = decodeGroupMessage(message, this.opening.key);
    if (payload === undefined) return;
    if (payload.kind === "data") this.#takeData(payload);
    else this.#takeParity(payload);
  }

  /**
   * Says what to do, while nothing is being done.
   *
   * @returns The work; `undefined` when there is none.
   */
  next(): GroupWork | undefined {
    if (this.#work !== undefined) return undefined;
    const [job] = this.#jobs;
    if (job !== undefined) {
      return { kind: "program", address: this.#addressOf(job.block), data: job.data };
    }
    for (const [generation, parity] of this.#parity) {
      const missing = this.#missingOf[generation]!;
      if (missing === 0 || parity.length < missing) continue;
      const present = generationLength(this.#region, generation) - missing;
      return { kind: "mend", generation, missing, present };
    }
    return undefined;
  }

  /**
   * Work is begun.
   *
   * @param work What `next` said.
   */
  begun(work: GroupWork): void {
    this.#work = work;
  }

  /**
   * Work has ended.
   *
   * @param isGood Whether it went well; programming may not.
   * @param tookMs How long it took, in ms.
   */
  finished(isGood: boolean, tookMs: number): void {
    const work = this.#work;
    this.#work = undefined;
    if (work === undefined) return;
    if (work.kind === "mend") return this.#mend(work.generation);
    this.#jobs.shift();
    this.#usedBuffers--;
    if (!isGood) this.#hasFailed = true;
    if (work.data.length < this.#region.blockBytes) return;
    this.#programmed.count++;
    this.#programmed.sumMs += tookMs;
  }

  /**
   * Tells what is missing.
   *
   * @param range Which generations are asked for.
   * @returns The map.
   */
  map(range: MapRange): GroupMap {
    const { length } = this.#missingOf;
    const end = range.count === 0 ? length : Math.min(length, range.first + range.count);
    const generations: GenerationMap[] = [];
    for (let generation = range.first; generation < end; generation++) {
      if (this.#missingOf[generation] === 0) continue;
      const heldParity = this.#parity.get(generation)?.length ?? 0;
      generations.push({ generation, heldParity, missing: this.#missing(generation) });
    }
    const { count, sumMs } = this.#programmed;
    const programMs = count === 0 ? this.#options.programMs : sumMs / count;
    return { isBusy: this.isBusy, hasFailed: this.#hasFailed, programMs, generations };
  }

  #takeData({ address, data }: GroupPayload & { readonly kind: "data" }): void {
    const { blockBytes, generationBlocks } = this.#region;
    const offset = address - this.#region.address;
    const block = offset / blockBytes;
    if (!Number.isInteger(block) || this.#isMissing[block] !== 1) return;
    const generation = Math.floor(block / generationBlocks);
    if (data.length !== blockLength(this.#region, block) || !this.#makeRoom(generation - 1)) return;
    this.#isMissing[block] = 0;
    this.#missingOf[generation]!--;
    this.#push(block, data.slice());
    this.#dropSpareParity(generation);
  }

  #takeParity({ generation, index, data }: GroupPayload & { readonly kind: "parity" }): void {
    const missing = this.#missingOf[generation] ?? 0;
    const held = this.#parity.get(generation) ?? [];
    if (missing === 0 || held.length >= missing) return;
    if (data.length !== this.#region.blockBytes) return;
    if (index >= 255 - generationLength(this.#region, generation)) return;
    if (held.some((block) => block.index === index) || !this.#makeRoom(generation)) return;
    this.#parity.set(generation, [...held, { index, data: data.slice() }]);
    this.#usedBuffers++;
  }

  #mend(generation: number): void {
    const missing = this.#missing(generation);
    this.#dropSpareParity(generation);
    const parity = this.#parity.get(generation) ?? [];
    if (missing.length === 0 || parity.length < missing.length) return;
    const first = generation * this.#region.generationBlocks;
    const code = new Gf256Parity(generationLength(this.#region, generation));
    const restored = code.restore(missing, parity, (i) => this.#present(first + i));
    this.#parity.delete(generation);
    this.#usedBuffers -= parity.length;
    for (const [row, i] of missing.entries()) {
      const block = first + i;
      this.#isMissing[block] = 0;
      this.#push(block, restored[row]!.subarray(0, blockLength(this.#region, block)));
    }
    this.#missingOf[generation] = 0;
  }

  /** A block that is not missing: still held, or in flash. */
  #present(block: number): Uint8Array {
    const held = this.#jobs.find((job) => job.block === block);
    if (held !== undefined) return held.data;
    return this.#options.read(this.#addressOf(block), blockLength(this.#region, block));
  }

  /** As a block came after all, a parity block that would have mended it is not needed. */
  #dropSpareParity(generation: number): void {
    const held = this.#parity.get(generation);
    if (held === undefined) return;
    const kept = held.slice(0, this.#missingOf[generation]);
    this.#usedBuffers -= held.length - kept.length;
    if (kept.length === 0) this.#parity.delete(generation);
    else this.#parity.set(generation, kept);
  }

  #push(block: number, data: Uint8Array): void {
    this.#jobs.push({ block, data });
    this.#usedBuffers++;
  }

  /**
   * Finds a buffer: if none is free, a parity block of the last generation is given up if that lies
   * behind `behind`. So the first generation that is not whole can always get on.
   */
  #makeRoom(behind: number): boolean {
    if (this.#usedBuffers < this.#options.bufferBlocks) return true;
    const last = Math.max(-1, ...this.#parity.keys());
    if (last <= behind) return false;
    const kept = this.#parity.get(last)!.slice(0, -1);
    if (kept.length === 0) this.#parity.delete(last);
    else this.#parity.set(last, kept);
    this.#usedBuffers--;
    return true;
  }

  #missing(generation: number): readonly number[] {
    const first = generation * this.#region.generationBlocks;
    const missing: number[] = [];
    for (let i = 0; i < generationLength(this.#region, generation); i++) {
      if (this.#isMissing[first + i] === 1) missing.push(i);
    }
    return missing;
  }

  #addressOf(block: number): number {
    return this.#region.address + block * this.#region.blockBytes;
  }
}
