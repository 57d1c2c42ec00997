/** What a rogue node holds of a group: blocks, parity, and the buffers that both share. */
import type { RogueGroupLog } from "./rogue_group_log.ts";
import {
  blockCount,
  blocksOf,
  generationCount,
  type RogueGroupMessage,
  type RogueRegion,
} from "./rogue_group_region.ts";

/** What became of a block. */
export type RogueBlockState = "missing" | "held" | "done" | "failed";

/** One generation. */
export interface RogueGeneration {
  readonly number: number;
  /** Parity that is held, by its index, in the order in which it came. */
  readonly parity: Map<number, Uint8Array>;
  isBeingMended: boolean;
  /** Its last mending was wrong, and no parity came since. */
  isWrong: boolean;
}

/** A block that waits to be programmed. */
export interface RogueQueued {
  readonly block: number;
  readonly buffer: Uint8Array;
}

/** State of an open group. */
export class RogueHolding {
  region: RogueRegion;
  readonly states: RogueBlockState[];
  readonly generations: RogueGeneration[];
  /** Blocks to program, in the order in which they came. */
  readonly queue: RogueQueued[] = [];
  readonly bufferBlocks: number;
  mendedBlocks = 0;
  hasFailed = false;
  readonly #free: Uint8Array[];
  readonly #buffers = new Map<number, Uint8Array>();
  /** Counts. */
  readonly log: RogueGroupLog;
  /** Blocks in front of this one have been sent, as far as the node can know. */
  #passedTo = 0;

  constructor(region: RogueRegion, bufferBlocks: number, log: RogueGroupLog) {
    this.region = region;
    this.bufferBlocks = bufferBlocks;
    this.log = log;
    this.states = new Array<RogueBlockState>(blockCount(region)).fill("missing");
    this.generations = Array.from({ length: generationCount(region) }, (_, number) => ({
      number,
      parity: new Map<number, Uint8Array>(),
      isBeingMended: false,
      isWrong: false,
    }));
    this.#free = Array.from({ length: bufferBlocks }, () => new Uint8Array(region.blockBytes));
  }

  /** Buffers that are in use. */
  get buffersTaken(): number {
    return this.bufferBlocks - this.#free.length;
  }

  /** Parity blocks that are held, in all generations. */
  get parityHeld(): number {
    return this.generations.reduce((sum, { parity }) => sum + parity.size, 0);
  }

  /** Missing blocks of a generation. */
  missingOf(generation: number): readonly number[] {
    const { first, count } = blocksOf(this.region, generation);
    return Array.from({ length: count }, (_, i) => first + i)
      .filter((block) => this.states[block] === "missing");
  }

  /** Whether no block came from one on. */
  isMissingFrom(block: number): boolean {
    return this.states.slice(block).every((state) => state === "missing");
  }

  /** Where a block is held that is not programmed yet. */
  bufferOf(block: number): Uint8Array | undefined {
    return this.#buffers.get(block);
  }

  /** Goes on with less of the same. */
  cut(region: RogueRegion): void {
    this.region = region;
    this.states.length = blockCount(region);
    for (const generation of this.generations) {
      this.#giveUpParity(generation);
      generation.isWrong = false;
    }
    this.generations.length = generationCount(region);
    this.#passedTo = Math.min(this.#passedTo, this.states.length);
  }

  /** How many blocks a message shows to be lost: those before it that did not come. */
  passBy(message: RogueGroupMessage): number {
    const { first, count } = message.kind === "data"
      ? { first: message.block, count: 0 }
      : blocksOf(this.region, message.generation);
    const from = this.#passedTo;
    this.#passedTo = Math.max(from, first + count + (message.kind === "data" ? 1 : 0));
    return this.states.slice(from, first + count).filter((state) => state === "missing").length;
  }

  /** Takes a data block. */
  takeData(block: number, data: Uint8Array): void {
    if (this.states[block] !== "missing") return this.log.ignore("not missing");
    const generation = this.generations[Math.floor(block / this.region.generationBlocks)]!;
    const isMendable = generation.parity.size >= this.missingOf(generation.number).length;
    if (this.#free.length === 0 && isMendable) this.#giveUpOne(generation);
    const buffer = this.#take(generation.number, true);
    if (buffer === undefined) return this.log.ignore("no room");
    buffer.set(data);
    this.hold(block, buffer);
    this.enqueue(block);
    this.log.blocks++;
    const { length } = this.missingOf(generation.number);
    while (generation.parity.size > length) this.#giveUpOne(generation);
  }

  /** Takes a parity block. */
  takeParity(number: number, index: number, data: Uint8Array): void {
    const generation = this.generations[number]!;
    const isWanted = !this.#hasFailed(number) &&
      this.missingOf(number).length > generation.parity.size;
    if (!isWanted) return this.log.ignore("parity not wanted");
    if (generation.parity.has(index)) return this.log.ignore("parity held");
    const buffer = this.#take(number, false);
    if (buffer === undefined) return this.log.ignore("no room");
    buffer.set(data);
    generation.parity.set(index, buffer);
    generation.isWrong = false;
    this.log.parity++;
  }

  /** A free buffer; or that of parity which can be spared for a message of a generation. */
  #take(forGeneration: number, isData: boolean): Uint8Array | undefined {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const last = this.generations.findLast(({ parity, number }) =>
      parity.size > 0 && parity.size < this.missingOf(number).length
    );
    if (last === undefined || (!isData && last.number <= forGeneration)) return undefined;
    this.#giveUpOne(last);
    this.log.parityGivenUp++;
    return this.#free.pop();
  }

  #giveUpOne(generation: RogueGeneration): void {
    const [index, buffer] = [...generation.parity].at(-1)!;
    generation.parity.delete(index);
    this.give(buffer);
  }

  #giveUpParity(generation: RogueGeneration): void {
    while (generation.parity.size > 0) this.#giveUpOne(generation);
  }

  /** A buffer is not used any more. */
  give(buffer: Uint8Array): void {
    this.#free.push(buffer);
  }

  /** A block has come, or is being mended in a buffer. */
  hold(block: number, buffer: Uint8Array): void {
    if (this.states[block] !== "missing") this.log.fault(`block ${block} comes twice`);
    this.states[block] = "held";
    this.#buffers.set(block, buffer);
  }

  /** A block that is held waits to be programmed. */
  enqueue(block: number): void {
    this.queue.push({ block, buffer: this.#buffers.get(block)! });
  }

  /** A block is missing again: what was mended was wrong. */
  miss(block: number): void {
    this.give(this.#buffers.get(block)!);
    this.#buffers.delete(block);
    this.states[block] = "missing";
  }

  /** A block was programmed, or could not be. */
  endProgramming(block: number, isProgrammed: boolean): void {
    this.give(this.#buffers.get(block)!);
    this.#buffers.delete(block);
    this.states[block] = isProgrammed ? "done" : "failed";
    if (!isProgrammed) this.hasFailed = true;
  }

  #hasFailed(generation: number): boolean {
    const { first, count } = blocksOf(this.region, generation);
    return this.states.slice(first, first + count).includes("failed");
  }

  /** The first generation that can be mended. */
  mendable(): RogueGeneration | undefined {
    return this.generations.find(({ number, parity, isBeingMended }) =>
      parity.size > 0 && !isBeingMended && !this.#hasFailed(number) &&
      parity.size >= this.missingOf(number).length
    );
  }
}
