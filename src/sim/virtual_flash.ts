import { type AddressRange, hex, Prng } from "../core/mod.ts";
import type { EraseUnit, FlashGeometry } from "../stm32/mod.ts";
import { CELL, FlashArray, type FlashSnapshot } from "./flash_array.ts";
import type { FlashFaults } from "./flash_faults.ts";

/** Keeps the flash's chance apart from that of other parts of a node with the same seed. */
const FLASH_STREAM = 0xF1A5;

/** How programming or erasing ended; misuse by the caller throws instead. */
export type FlashResult = "ok" | "failed";

/** How a virtual flash is made. */
export interface VirtualFlashOptions {
  /** The part; the flash comes erased and locked. */
  readonly geometry: FlashGeometry;
  /** What noise and failures are drawn from. */
  readonly seed: number;
  /** Ranges that are write-protected for good: touching one is misuse. */
  readonly protectedRanges?: readonly AddressRange[];
  /** What is wrong with it. */
  readonly faults?: FlashFaults;
}

/**
 * Flash that is stricter than silicon: it must be unlocked, erased by exact units, and programmed
 * in aligned whole units, each as often as the part allows. Misuse is a mistake of the program
 * under test and throws; what physics may do is a result.
 *
 * A unit whose operation was cut or failed is undefined: it may read as the old, the new or noise,
 * and on parts with a check code it raises a double error; until it is erased nothing may be
 * programmed there. Erased units need no memory, and snapshots share what has not changed since.
 *
 * It knows no time: {@linkcode FlashWorker} does.
 *
 * @example Usage
 * ```ts
 * import { strictEqual, throws } from "node:assert/strict";
 * import { findDevice } from "../stm32/mod.ts";
 * import { VirtualFlash } from "./virtual_flash.ts";
 *
 * const flash = new VirtualFlash({ geometry: findDevice("STM32L476RG"), seed: 1 });
 * const address = 0x0800_8000;
 * throws(() => flash.program(address, new Uint8Array(8)), /locked/);
 * flash.unlock();
 * strictEqual(flash.program(address, new Uint8Array(8).fill(0x5A)), "ok");
 * strictEqual(flash.read(address, 1)?.[0], 0x5A);
 * throws(() => flash.program(address, new Uint8Array(8).fill(1)), /without an erase/);
 * ```
 */
export class VirtualFlash {
  /** The part. */
  readonly geometry: FlashGeometry;
  /** Its erase units. */
  readonly units: readonly EraseUnit[];
  readonly #protectedRanges: readonly AddressRange[];
  readonly #faults: FlashFaults;
  readonly #prng: Prng;
  readonly #failProgramOnce = new Set<number>();
  readonly #failEraseOnce = new Set<number>();
  readonly #array: FlashArray;
  #isUnlocked = false;

  /**
   * Makes a flash that is erased and locked.
   *
   * @param options Part, seed, protection, faults.
   */
  constructor(options: VirtualFlashOptions) {
    this.geometry = options.geometry;
    this.#array = new FlashArray(options.geometry);
    this.units = this.#array.units;
    this.#protectedRanges = options.protectedRanges ?? [];
    this.#faults = options.faults ?? {};
    this.#prng = new Prng(options.seed, FLASH_STREAM);
  }

  /** Allows erasing and programming. */
  unlock(): void {
    this.#isUnlocked = true;
  }

  /** Forbids erasing and programming; a reset does so too. */
  lock(): void {
    this.#isUnlocked = false;
  }

  /** Whether erasing and programming are allowed. */
  get isUnlocked(): boolean {
    return this.#isUnlocked;
  }

  /**
   * Tells how worn a unit is: compare with the part's `enduranceCycles`.
   *
   * @param unitIndex Index of an erase unit.
   * @returns How often it was erased, cut and failed erases included.
   */
  eraseCount(unitIndex: number): number {
    return this.#array.eraseCount(unitIndex);
  }

  /**
   * Makes the next program of one address fail.
   *
   * @param address Start of a program unit.
   */
  failProgramOnce(address: number): void {
    this.#failProgramOnce.add(address);
  }

  /**
   * Makes the next erase of the unit at one address fail.
   *
   * @param address Any address in the unit.
   */
  failEraseOnce(address: number): void {
    this.#failEraseOnce.add(this.unitAt(address).index);
  }

  /**
   * Finds the erase unit of an address.
   *
   * @param address An address in flash.
   * @returns The unit.
   */
  unitAt(address: number): EraseUnit {
    return this.#array.unitAt(address);
  }

  /**
   * Finds the erase units of a range.
   *
   * @param range A range in flash.
   * @returns Each unit with at least one address in it, by address.
   */
  unitsTouching(range: AddressRange): readonly EraseUnit[] {
    return this.#array.unitsTouching(range);
  }

  /**
   * Erases one unit.
   *
   * @param unit One of `units`.
   * @returns `failed` when it would not be erased; it is undefined then.
   */
  erase(unit: EraseUnit): FlashResult {
    this.#checkErase(unit);
    if (this.#failEraseOnce.delete(unit.index) || this.#drawFailure("erase", unit.start)) {
      this.cutErase(unit, 0.5);
      return "failed";
    }
    this.#array.clear(unit.index);
    this.#array.countErase(unit.index);
    return "ok";
  }

  /**
   * Power goes while a unit is erased: each of its program units reads as before, as erased or as
   * noise; none is to be relied on. On parts with a check code at least one raises a double error.
   *
   * @param unit One of `units`.
   * @param fraction How far the erase had come, 0..1.
   */
  cutErase(unit: EraseUnit, fraction: number): void {
    this.#checkErase(unit);
    this.#array.countErase(unit.index);
    const { unitBytes, hasEcc } = this.geometry.program;
    const { content, states } = this.#array.own(unit.index);
    const oldShare = (1 - fraction) ** 2;
    const erasedShare = fraction ** 2;
    for (let index = 0; index < states.length; index++) {
      const draw = this.#prng.next();
      const isNoise = draw >= oldShare && draw < 1 - erasedShare;
      const cell = content.subarray(index * unitBytes, (index + 1) * unitBytes);
      if (isNoise) cell.set(this.#prng.bytes(unitBytes));
      else if (draw >= oldShare) cell.fill(this.geometry.erasedValue);
      states[index] = isNoise && hasEcc ? CELL.faulty : CELL.undefined;
    }
    if (hasEcc) states[this.#prng.below(states.length)] = CELL.faulty;
  }

  /**
   * Programs bytes.
   *
   * @param address A multiple of the program unit.
   * @param data Whole program units.
   * @returns `failed` when a unit would not take them: it is undefined, those before it are
   * programmed, those behind it are untouched.
   */
  program(address: number, data: Uint8Array): FlashResult {
    const { unitBytes } = this.geometry.program;
    this.#checkProgram(address, data);
    for (let offset = 0; offset < data.length; offset += unitBytes) {
      const at = address + offset;
      if (this.#failProgramOnce.delete(at) || this.#drawFailure("program", at)) {
        this.#tearUnit(at, data.subarray(offset, offset + unitBytes));
        return "failed";
      }
      this.#programUnit(at, data, offset);
    }
    return "ok";
  }

  /**
   * Power goes while bytes are programmed.
   *
   * @param address As for `program`.
   * @param data As for `program`.
   * @param unitIndex Which of their program units was at hand, from 0: those before it are
   * programmed, it is undefined, those behind it are untouched.
   */
  cutProgram(address: number, data: Uint8Array, unitIndex: number): void {
    const { unitBytes } = this.geometry.program;
    this.#checkProgram(address, data);
    const cutAt = unitIndex * unitBytes;
    for (let offset = 0; offset < cutAt && offset < data.length; offset += unitBytes) {
      this.#programUnit(address + offset, data, offset);
    }
    if (cutAt >= data.length) return;
    this.#tearUnit(address + cutAt, data.subarray(cutAt, cutAt + unitBytes));
  }

  /**
   * Reads bytes.
   *
   * @param start First address.
   * @param lengthBytes How many; all in flash.
   * @returns A copy; `undefined` when a double error is in them.
   */
  read(start: number, lengthBytes: number): Uint8Array | undefined {
    if (this.#faults.stuckBits === undefined) return this.#array.read(start, lengthBytes);
    const { unitBytes } = this.geometry.program;
    const from = start - start % unitBytes;
    const bytes = this.#array.read(
      from,
      Math.ceil((start + lengthBytes - from) / unitBytes) * unitBytes,
    );
    const seen = bytes === undefined ? undefined : this.#withStuckBits(from, bytes);
    return seen?.subarray(start - from, start - from + lengthBytes);
  }

  /**
   * Tells whether a range may be programmed as a freshly erased one.
   *
   * @param range A range in flash.
   * @returns Whether each of its program units is erased, none undefined.
   */
  isErased(range: AddressRange): boolean {
    return this.#array.isErased(range);
  }

  /**
   * Finds the end of what is not erased.
   *
   * @param range A range in flash.
   * @returns One past its last program unit that is not erased; `range.start` when there is none.
   */
  usedEnd(range: AddressRange): number {
    return this.#array.usedEnd(range);
  }

  /**
   * Puts bytes there as a debug probe at the factory does, whatever is locked or protected; the
   * bytes beside them stay.
   *
   * @param address First address.
   * @param data The bytes.
   */
  load(address: number, data: Uint8Array): void {
    this.#array.load(address, data);
  }

  /**
   * Exchanges its two banks, as the option bit does at a reset: addresses, and with them all that is
   * read, written and protected, are those that code sees from then on.
   */
  exchangeBanks(): void {
    this.#array.exchangeHalves();
  }

  /**
   * Takes all that it holds.
   *
   * @returns A value for `restore`, of this flash or another of the same part.
   */
  snapshot(): FlashSnapshot {
    return this.#array.snapshot();
  }

  /**
   * Puts all back as it was; it is locked afterwards.
   *
   * @param snapshot From `snapshot`.
   */
  restore(snapshot: FlashSnapshot): void {
    this.#array.restore(snapshot);
    this.lock();
  }

  #checkErase(unit: EraseUnit): void {
    if (!this.#isUnlocked) misuse(unit.start, "is erased while it is locked");
    if (this.units[unit.index] !== unit) misuse(unit.start, "is erased by another part's unit");
    this.#checkProtection(unit);
  }

  #checkProgram(address: number, data: Uint8Array): void {
    const { unitBytes } = this.geometry.program;
    if (!this.#isUnlocked) misuse(address, "is programmed while it is locked");
    if (address % unitBytes !== 0 || data.length % unitBytes !== 0 || data.length === 0) {
      misuse(address, `is programmed in other than whole units of ${unitBytes} bytes`);
    }
    this.unitAt(address + data.length - 1);
    this.#checkProtection({ start: address, end: address + data.length });
  }

  #checkProtection(range: AddressRange): void {
    for (const { start, end } of this.#protectedRanges) {
      if (start < range.end && range.start < end) misuse(range.start, "is write-protected");
    }
  }

  /** A view of each unit would cost more than to program it: `from` says where in `data` it begins. */
  #programUnit(address: number, data: Uint8Array, from: number): void {
    const { unitBytes, secondProgram } = this.geometry.program;
    const unit = this.unitAt(address);
    const { content, states } = this.#array.own(unit.index);
    const offset = address - unit.start;
    const index = offset / unitBytes;
    if (states[index] !== CELL.erased) {
      if (states[index] !== CELL.programmed) {
        misuse(address, "is programmed though undefined, without an erase");
      }
      const isAllowed = secondProgram === "clearBits" ||
        (secondProgram === "onlyToZero" &&
          data.subarray(from, from + unitBytes).every((byte) => byte === 0));
      if (!isAllowed) misuse(address, "is programmed a second time without an erase");
    }
    const isErasedToOnes = this.geometry.erasedValue === 0xFF;
    for (let i = 0; i < unitBytes; i++) {
      const before = content[offset + i]!;
      const after = data[from + i]!;
      const isPossible = isErasedToOnes ? (before & after) === after : (before | after) === after;
      if (!isPossible) misuse(address + i, "gets bits back without an erase");
      content[offset + i] = after;
    }
    states[index] = CELL.programmed;
  }

  /** The unit reads as before, as meant or as noise; where it has a check code, it faults. */
  #tearUnit(address: number, data: Uint8Array): void {
    const { unitBytes, hasEcc } = this.geometry.program;
    const unit = this.unitAt(address);
    const { content, states } = this.#array.own(unit.index);
    const offset = address - unit.start;
    const draw = this.#prng.below(3);
    if (draw === 1) content.set(data, offset);
    if (draw === 2) content.set(this.#prng.bytes(unitBytes), offset);
    states[offset / unitBytes] = hasEcc ? CELL.faulty : CELL.undefined;
  }

  #drawFailure(what: "program" | "erase", address: number): boolean {
    const { failProgramRatio = 0, failEraseRatio = 0, failRange } = this.#faults;
    const ratio = what === "program" ? failProgramRatio : failEraseRatio;
    if (ratio <= 0) return false;
    const isInRange = failRange === undefined ||
      (address >= failRange.start && address < failRange.end);
    return isInRange && this.#prng.chance(ratio);
  }

  #withStuckBits(start: number, bytes: Uint8Array): Uint8Array | undefined {
    const { stuckBits = [] } = this.#faults;
    const { unitBytes, hasEcc } = this.geometry.program;
    const wrongBits = new Map<number, number>();
    const wrong = stuckBits.filter(({ address, bit, value }) => {
      const byte = bytes[address - start];
      return byte !== undefined && ((byte >> bit) & 1) !== value;
    });
    for (const { address, bit } of wrong) {
      const unit = Math.floor(address / unitBytes);
      wrongBits.set(unit, (wrongBits.get(unit) ?? 0) + 1);
      if (!hasEcc) bytes[address - start]! ^= 1 << bit;
    }
    const isDoubleError = hasEcc && [...wrongBits.values()].some((count) => count > 1);
    return isDoubleError ? undefined : bytes;
  }
}

function misuse(address: number, what: string): never {
  throw new Error(`Broken invariant: flash at ${hex(address, 8)} ${what}`);
}
