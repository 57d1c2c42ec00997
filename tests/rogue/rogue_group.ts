/**
 * The rogue node's half of a group download: what it holds, mends and programs, in its own time.
 *
 * Source: docs/group-download.md, version 2, and nothing else.
 */
import type { CanPort } from "../../src/can/mod.ts";
import { type Clock, Prng } from "../../src/core/mod.ts";
import type { RogueFlash } from "./rogue_flash.ts";
import { RogueGroupLink } from "./rogue_group_link.ts";
import { RogueGroupLog } from "./rogue_group_log.ts";
import { RogueHolding } from "./rogue_group_holding.ts";
import { RogueMending } from "./rogue_group_mending.ts";
import {
  blockCount,
  blocksOf,
  isCutOf,
  isWithinDocument,
  placeOf,
  readGroupMessage,
  type RogueRegion,
} from "./rogue_group_region.ts";
import { RogueForger } from "./rogue_forger.ts";
import type { RogueOptions } from "./rogue_options.ts";

/** What a group reaches of its node. */
export interface RogueGroupParts {
  readonly port: CanPort;
  readonly clock: Clock;
  readonly options: RogueOptions;
  readonly flash: RogueFlash;
  /** Identifiers of its own, which no group may have. */
  readonly ownIds: readonly number[];
  /** Whether its core is down and hears nothing. */
  readonly isDown: () => boolean;
  /** A valid message came: S3 begins anew. */
  readonly onValid: () => void;
  /** It falls silent for good. */
  readonly onMute: () => void;
  /** It starts anew. */
  readonly onReboot: () => void;
}

interface Programming {
  readonly holding: RogueHolding;
  readonly block: number;
  readonly buffer: Uint8Array;
}

/** Cycles of one product, and of one byte of a checksum, as the document has them. */
const PRODUCT_CYCLES = 24;
const CHECKSUM_CYCLES = 12;
const CYCLES_PER_MS = 48_000;
/** 256 half-words of 53 us for 512 bytes. */
const PROGRAM_MS_PER_KIB = 27.136;
const UNIT_BYTES = 4;
const MAP_BYTES_MAX = 512;

/** Groups of one node, one at a time. */
export class RogueGroup {
  readonly log = new RogueGroupLog();
  /** What it sends where it forges parity. */
  readonly forger: RogueForger;
  readonly #parts: RogueGroupParts;
  readonly #link: RogueGroupLink;
  readonly #prng = new Prng(7, 0x47);
  #holding: RogueHolding | undefined;
  #programming: Programming | undefined;
  #mending: RogueMending | undefined;
  /** Its core computes: whatever else it has to do waits for the end of the piece. */
  #isInPiece = false;
  #lives = 0;
  #hasRebooted = false;
  #programTimesMs = { sum: 0, count: 0 };

  constructor(parts: RogueGroupParts) {
    this.#parts = parts;
    this.#link = new RogueGroupLink(parts.port, parts.clock, (message) => this.#take(message));
    this.forger = new RogueForger(parts.port, parts.clock, parts.options);
  }

  /** What is open and held. */
  get holding(): RogueHolding | undefined {
    return this.#holding;
  }

  /** Whether a block is being programmed. */
  get isProgramming(): boolean {
    return this.#programming !== undefined;
  }

  /** Whether the block that is being programmed lies in a range, or a part of it. */
  isProgrammingIn(address: number, sizeBytes: number): boolean {
    if (this.#programming === undefined) return false;
    const { holding, block } = this.#programming;
    const place = placeOf(holding.region, block);
    return place.address < address + sizeBytes && address < place.address + place.sizeBytes;
  }

  /** Whether flash is still to be programmed: checks of it are refused. */
  get isAtWork(): boolean {
    return this.#programming !== undefined || this.#mending !== undefined ||
      (this.#holding?.queue.length ?? 0) > 0;
  }

  /** Whether a generation is being mended. */
  get isMending(): boolean {
    return this.#mending !== undefined;
  }

  /** Messages on the group identifier that were begun and not ended. */
  get tornMessages(): number {
    return this.#link.tornMessages;
  }

  /** Whether an opening repeats the one that is open. */
  isRepeated(request: Uint8Array): boolean {
    const open = this.#holding?.region.request;
    return open?.length === request.length && open.every((byte, i) => byte === request[i]);
  }

  /** Whether a region is what this node can do. */
  canTake(region: RogueRegion): boolean {
    const { options, flash, ownIds } = this.#parts;
    const { identifier } = region;
    return (options.groupVersions ?? [2]).includes(region.version) &&
      isWithinDocument(region) &&
      (identifier.extended || !ownIds.includes(identifier.id)) &&
      region.blockBytes <= (options.groupBlockBytesMax ?? 512) &&
      region.address % UNIT_BYTES === 0 &&
      flash.isInApplication(region.address, region.sizeBytes);
  }

  /** Opens a region that is checked, or cuts the open one to it; the refusal, if any. */
  open(region: RogueRegion, isFlashBusy: boolean): number | undefined {
    const holding = this.#holding;
    if (holding !== undefined && isCutOf(region, holding.region)) return this.#cut(region);
    if (isFlashBusy || this.isProgramming) return 0x22;
    if (!this.#parts.flash.isErased(region.address, region.sizeBytes)) return 0x70;
    this.end();
    this.#holding = new RogueHolding(region, this.#bufferBlocks(region), this.log);
    this.log.openings++;
    this.#link.open(region.identifier, 10 + region.blockBytes);
    return undefined;
  }

  #cut(region: RogueRegion): number | undefined {
    const holding = this.#holding!;
    if (!holding.isMissingFrom(blockCount(region))) return 0x22;
    if (this.#mending !== undefined) {
      this.#mending.giveUp();
      this.#mending = undefined;
    }
    holding.cut(region);
    this.log.cuts++;
    this.#work();
    return undefined;
  }

  #bufferBlocks({ blockBytes }: RogueRegion): number {
    const { groupBufferBytes = 6144 } = this.#parts.options;
    return Math.min(255, Math.floor(groupBufferBytes / blockBytes));
  }

  /** Room and time, as the answer to an opening has them. */
  opened(): readonly number[] {
    const { bufferBlocks } = this.#holding!;
    return [bufferBlocks, ...this.#programTime()];
  }

  #programTime(): readonly number[] {
    const { sum, count } = this.#programTimesMs;
    const { blockBytes } = this.#holding!.region;
    const meanMs = count > 0 ? sum / count : this.#programMs(blockBytes);
    // 1e-6: what a binary fraction is too much.
    const units = Math.min(0xFFFF, Math.ceil(meanMs * 100 - 1e-6));
    return [units >> 8, units & 0xFF];
  }

  #programMs(sizeBytes: number): number {
    const { groupProgramMsPerKib = PROGRAM_MS_PER_KIB } = this.#parts.options;
    return groupProgramMsPerKib * sizeBytes / 1024;
  }

  /** The group is over; a block that is being programmed ends by itself. */
  end(): void {
    this.#link.close();
    this.#holding = undefined;
    this.#mending = undefined;
    this.#programTimesMs = { sum: 0, count: 0 };
  }

  /** As {@linkcode end}, and what is being programmed is waited for. */
  endAndSettle(): void {
    this.end();
    const { length } = this.log.programmed;
    if (this.#programming !== undefined) this.#endProgramming(this.#programming);
    if (this.log.programmed.length > length) this.log.settled++;
  }

  /** A reset: nothing goes on. */
  reset(): void {
    this.#lives++;
    this.end();
    this.#programming = undefined;
    this.#isInPiece = false;
  }

  /** Status, program time, and what is missing in some generations. */
  map(first: number, count: number): readonly number[] {
    const holding = this.#holding!;
    const { groupMaps = "true", groupMapBytesMax = MAP_BYTES_MAX, groupMapGenerationsMax = 1024 } =
      this.#parts.options;
    const entries: number[] = [];
    let isCut = false;
    let listed = 0;
    for (const generation of holding.generations) {
      const { number } = generation;
      if (number < first || (count > 0 && number >= first + count)) continue;
      const bits = this.#missingBits(holding, number, groupMaps);
      if (bits.every((byte) => byte === 0)) continue;
      const held = generation.isWrong ? 0xFF : generation.parity.size;
      if (
        listed > 0 &&
        (7 + entries.length + 3 + bits.length > groupMapBytesMax ||
          listed >= groupMapGenerationsMax)
      ) {
        isCut = true;
        break;
      }
      entries.push(number >> 8, number & 0xFF, held, ...bits);
      listed++;
    }
    return [this.#status(holding, isCut), ...this.#programTime(), ...entries];
  }

  #missingBits(
    holding: RogueHolding,
    generation: number,
    kind: NonNullable<RogueOptions["groupMaps"]>,
  ): readonly number[] {
    const { first, count } = blocksOf(holding.region, generation);
    const bits = new Array<number>(Math.ceil(count / 8)).fill(0);
    for (let i = 0; i < count; i++) {
      const isMissing = kind === "allMissing" ||
        (kind === "random" ? this.#prng.chance(0.3) : holding.states[first + i] === "missing");
      if (isMissing) bits[i >> 3]! |= 1 << (i & 7);
    }
    return bits;
  }

  #status(holding: RogueHolding, isCut: boolean): number {
    const { mendedBlocks, hasFailed, region } = holding;
    const isBusy = holding.queue.length > 0 || this.#mending !== undefined ||
      this.#programming?.holding === holding;
    const share = Math.ceil(31 * mendedBlocks / blockCount(region));
    return (isBusy ? 1 : 0) | share << 1 | (isCut ? 0x40 : 0) | (hasFailed ? 0x80 : 0);
  }

  #take(bytes: Uint8Array): void {
    const holding = this.#holding;
    const { options } = this.#parts;
    if (holding === undefined || this.#parts.isDown()) return;
    if (options.groupMute === true) return this.#parts.onMute();
    const message = readGroupMessage(holding.region, bytes);
    if (typeof message === "string") return this.log.ignore(message);
    this.#parts.onValid();
    this.log.messages++;
    this.log.lose(holding.passBy(message));
    if (message.kind === "data") holding.takeData(message.block, message.data);
    else holding.takeParity(message.generation, message.index, message.data);
    this.#check(holding);
    if (this.log.blocks === options.groupRebootsAtBlock && !this.#hasRebooted) {
      this.#hasRebooted = true;
      return this.#parts.onReboot();
    }
    this.#work();
  }

  /** Begins what can begin: programming before mending, a piece of mending at a time. */
  #work(): void {
    const holding = this.#holding;
    if (holding === undefined || this.#isInPiece) return;
    if (this.#programming === undefined && holding.queue.length > 0) this.#program(holding);
    if (holding.queue.length > 0) return;
    const isAlongside = this.#parts.options.groupMendsWhileProgramming === true;
    if (this.#programming !== undefined && !isAlongside) return;
    if (this.#mending !== undefined) return this.#mendPiece(holding, this.#mending);
    const generation = holding.mendable();
    if (generation === undefined) return;
    const mending = new RogueMending(holding, generation, this.#parts.flash);
    this.#mending = mending;
    const { clock } = this.#parts;
    const { blockBytes } = holding.region;
    this.log.mendings.push({ atMs: clock.now(), blocks: mending.blocks.length, blockBytes });
    this.#mendPiece(holding, mending);
  }

  #program(holding: RogueHolding): void {
    const next = holding.queue.shift()!;
    const programming = { holding, ...next };
    this.#programming = programming;
    const lives = this.#lives;
    const { sizeBytes } = placeOf(holding.region, next.block);
    this.#parts.clock.schedule(() => {
      if (this.#lives !== lives || this.#programming !== programming) return;
      if (sizeBytes === holding.region.blockBytes) {
        this.#programTimesMs.sum += this.#programMs(sizeBytes);
        this.#programTimesMs.count++;
      }
      this.#endProgramming(programming);
      this.#work();
    }, this.#programMs(sizeBytes));
  }

  #endProgramming(programming: Programming): void {
    const { holding, block, buffer } = programming;
    this.#programming = undefined;
    const { address, sizeBytes } = placeOf(holding.region, block);
    // A unit that the last block does not fill is filled with the erased value.
    const data = new Uint8Array(Math.ceil(sizeBytes / UNIT_BYTES) * UNIT_BYTES).fill(0xFF);
    data.set(buffer.subarray(0, sizeBytes));
    const isFailure = this.log.programmed.length + 1 === this.#parts.options.groupFailsAtBlock;
    if (holding.states[block] !== "held") this.log.fault(`block ${block} is not held`);
    this.log.program(address);
    const isProgrammed = !isFailure && this.#parts.flash.program(address, data);
    holding.endProgramming(block, isProgrammed);
    this.#check(holding);
  }

  /** One piece, which takes its time and is not broken off. */
  #mendPiece(holding: RogueHolding, mending: RogueMending): void {
    const { clock, options } = this.#parts;
    const { groupCpuScale = 1 } = options;
    const lives = this.#lives;
    const cycles = mending.nextProducts * PRODUCT_CYCLES +
      mending.nextChecksumBytes * CHECKSUM_CYCLES;
    this.#isInPiece = true;
    clock.schedule(() => {
      if (this.#lives !== lives) return;
      this.#isInPiece = false;
      if (this.#mending === mending) {
        if (mending.step() === "over") this.#mending = undefined;
        this.#check(holding);
      }
      this.#work();
    }, groupCpuScale * cycles / CYCLES_PER_MS);
  }

  /** What must hold at any time: it never holds more than it has room for. */
  #check(holding: RogueHolding): void {
    const programmed = this.#programming?.holding === holding ? 1 : 0;
    const mended = this.#mending?.holding === holding ? this.#mending.buffersHeld : 0;
    const held = holding.queue.length + holding.parityHeld + programmed + mended;
    this.log.buffersUsedMax = Math.max(this.log.buffersUsedMax, held);
    if (held > holding.bufferBlocks) this.log.fault(`${held} buffers of ${holding.bufferBlocks}`);
    if (held !== holding.buffersTaken) {
      this.log.fault(`${held} buffers are held and ${holding.buffersTaken} taken`);
    }
  }
}
