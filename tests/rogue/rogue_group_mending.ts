/** One mending of a rogue node, step by step, in place. */
import { addMultiple, coefficient, rogueCrc16, solveInPlace } from "./rogue_gf256.ts";
import type { RogueFlash } from "./rogue_flash.ts";
import type { RogueGeneration, RogueHolding } from "./rogue_group_holding.ts";
import { blocksOf, placeOf } from "./rogue_group_region.ts";

/** A generation that is being mended: a step for each of its blocks, then the system, then its checksum. */
export class RogueMending {
  readonly holding: RogueHolding;
  /** Blocks that are being mended. */
  readonly blocks: readonly number[];
  readonly #generation: RogueGeneration;
  readonly #flash: RogueFlash;
  readonly #indexes: readonly number[];
  readonly #sums: readonly Uint8Array[];
  readonly #first: number;
  readonly #count: number;
  #step = 0;
  #isOver = false;

  constructor(holding: RogueHolding, generation: RogueGeneration, flash: RogueFlash) {
    this.holding = holding;
    this.#generation = generation;
    this.#flash = flash;
    const { first, count } = blocksOf(holding.region, generation.number);
    this.#first = first;
    this.#count = count;
    this.blocks = holding.missingOf(generation.number);
    this.#indexes = [...generation.parity.keys()];
    this.#sums = [...generation.parity.values()];
    generation.parity.clear();
    generation.isBeingMended = true;
    for (const [n, block] of this.blocks.entries()) holding.hold(block, this.#sums[n]!);
  }

  /** Buffers that belong to it. */
  get buffersHeld(): number {
    return this.#isOver ? 0 : this.blocks.length;
  }

  /** Products of its next step. */
  get nextProducts(): number {
    const each = this.blocks.length * this.holding.region.blockBytes;
    if (this.#step < this.#count) return each;
    return this.#step === this.#count ? each * this.blocks.length : 0;
  }

  /** Bytes whose checksum its next step computes. */
  get nextChecksumBytes(): number {
    return this.#step > this.#count ? this.#count * this.holding.region.blockBytes : 0;
  }

  /** Does one step. */
  step(): "going on" | "over" {
    const step = this.#step++;
    if (this.#hasFailed()) return this.giveUp();
    if (step < this.#count) {
      this.#addBlock(step);
      return "going on";
    }
    if (step === this.#count) {
      const matrix = this.#indexes.map((j) =>
        this.blocks.map((block) => coefficient(this.#count, block - this.#first, j))
      );
      solveInPlace(matrix, this.#sums);
      return "going on";
    }
    return this.#judge();
  }

  #addBlock(i: number): void {
    const block = this.#first + i;
    if (this.blocks.includes(block)) return;
    const data = this.#read(block);
    for (const [n, j] of this.#indexes.entries()) {
      addMultiple(this.#sums[n]!, coefficient(this.#count, i, j), data);
    }
  }

  /** A block: from its buffer while it is held, from flash once it is programmed. */
  #read(block: number): Uint8Array {
    const { address, sizeBytes } = placeOf(this.holding.region, block);
    return this.holding.bufferOf(block)?.subarray(0, sizeBytes) ??
      this.#flash.read(address, sizeBytes);
  }

  #hasFailed(): boolean {
    return this.holding.states.slice(this.#first, this.#first + this.#count).includes("failed");
  }

  #judge(): "over" {
    const { region, log } = this.holding;
    let crc = 0xFFFF;
    for (let i = 0; i < this.#count; i++) crc = rogueCrc16(this.#read(this.#first + i), crc);
    if (crc !== region.checksums[this.#generation.number]) {
      this.giveUp();
      this.#generation.isWrong = true;
      log.wrongMendings++;
      return "over";
    }
    this.#isOver = true;
    this.#generation.isBeingMended = false;
    for (const block of this.blocks) this.holding.enqueue(block);
    this.holding.mendedBlocks += this.blocks.length;
    log.mendedBlocks += this.blocks.length;
    return "over";
  }

  /** All its blocks are missing again, all its parity is gone. */
  giveUp(): "over" {
    this.#isOver = true;
    this.#generation.isBeingMended = false;
    for (const block of this.blocks) this.holding.miss(block);
    return "over";
  }
}
