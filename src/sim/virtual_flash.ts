import { assert, hex, Prng } from "../core/mod.ts";
import { type EraseUnit, eraseUnits, type FlashGeometry } from "../stm32/mod.ts";

/** How programming or erasing ended; misuse by the caller throws instead. */
export type FlashResult = "ok" | "failed";

/**
 * Flash that is stricter than silicon: it must be unlocked, programmed in aligned whole units, each
 * unit as often as the part allows, and erased by exact units. Misuse is a broken invariant and
 * throws; what physics may do is a result.
 *
 * A unit that was cut by a power loss is undefined: it reads as the old, the new or noise, and on
 * parts with ECC it faults until it is erased. Erased units need no memory.
 */
export class VirtualFlash {
  /** The part. */
  readonly geometry: FlashGeometry;
  /** Its erase units. */
  readonly units: readonly EraseUnit[];
  readonly #content: (Uint8Array | undefined)[];
  readonly #programmed: (Uint8Array | undefined)[];
  readonly #faulty = new Set<number>();
  readonly #eraseCounts: Uint32Array;
  readonly #failOnce = new Set<number>();
  readonly #prng: Prng;
  #isUnlocked = false;

  /**
   * Makes a flash that is erased and locked.
   *
   * @param geometry The part; the flash comes erased and locked.
   * @param seed What noise is drawn from.
   */
  constructor(geometry: FlashGeometry, seed: number) {
    this.geometry = geometry;
    this.units = eraseUnits(geometry);
    this.#content = new Array(this.units.length);
    this.#programmed = new Array(this.units.length);
    this.#eraseCounts = new Uint32Array(this.units.length);
    this.#prng = new Prng(seed, 0xF1A5);
  }

  /** Allows erasing and programming. */
  unlock(): void {
    this.#isUnlocked = true;
  }

  /** Forbids erasing and programming; a reset does so too. */
  lock(): void {
    this.#isUnlocked = false;
  }

  /** How often a unit was erased. */
  eraseCount(unitIndex: number): number {
    return this.#eraseCounts[unitIndex]!;
  }

  /**
   * Makes the next program of one address fail.
   *
   * @param address The address.
   */
  failProgramOnce(address: number): void {
    this.#failOnce.add(address);
  }

  /**
   * Erases one unit.
   *
   * @param unit One of `units`.
   */
  erase(unit: EraseUnit): void {
    assert(this.#isUnlocked, "flash is erased only when unlocked");
    assert(this.units[unit.index] === unit, "flash is erased by its own units");
    this.#content[unit.index] = undefined;
    this.#programmed[unit.index] = undefined;
    this.#eraseCounts[unit.index]!++;
    this.#forget(unit);
  }

  /**
   * Power goes while a unit is erased: each of its program units may read as anything.
   *
   * @param unit One of `units`.
   */
  cutErase(unit: EraseUnit): void {
    const { unitBytes, hasEcc } = this.geometry.program;
    const content = this.#own(unit.index);
    const programmed = this.#programmed[unit.index]!;
    for (let offset = 0; offset < content.length; offset += unitBytes) {
      if (this.#prng.chance(0.4)) continue;
      const part = content.subarray(offset, offset + unitBytes);
      if (this.#prng.chance(0.5)) part.fill(this.geometry.erasedValue);
      else part.set(this.#prng.bytes(part.length));
      programmed[offset / unitBytes] = 1;
      if (hasEcc) this.#faulty.add(unit.start + offset);
    }
  }

  /**
   * Programs bytes.
   *
   * @param address A multiple of the program unit.
   * @param data Whole program units.
   * @returns `failed` when a cell did; the units before it are programmed.
   */
  program(address: number, data: Uint8Array): FlashResult {
    const { unitBytes } = this.geometry.program;
    assert(this.#isUnlocked, "flash is programmed only when unlocked");
    assert(
      address % unitBytes === 0 && data.length % unitBytes === 0,
      `flash at ${hex(address, 8)} is programmed in whole units of ${unitBytes} bytes`,
    );
    for (let offset = 0; offset < data.length; offset += unitBytes) {
      if (this.#failOnce.delete(address + offset)) return "failed";
      this.#programUnit(address + offset, data.subarray(offset, offset + unitBytes));
    }
    return "ok";
  }

  /**
   * Power goes while bytes are programmed.
   *
   * @param address As for `program`.
   * @param data As for `program`.
   * @param ratio How far it had come, 0..1: the units before are programmed, the one at hand is not
   * to be relied on.
   */
  cutProgram(address: number, data: Uint8Array, ratio: number): void {
    const { unitBytes, hasEcc } = this.geometry.program;
    const cutAt = Math.floor(ratio * data.length / unitBytes) * unitBytes;
    if (cutAt > 0) this.program(address, data.subarray(0, cutAt));
    if (cutAt >= data.length) return;
    const cell = this.#unitAt(address + cutAt);
    const offset = address + cutAt - cell.start;
    const content = this.#own(cell.index);
    const noise = this.#prng.bytes(unitBytes);
    for (let i = 0; i < unitBytes; i++) content[offset + i]! &= noise[i]! | data[cutAt + i]!;
    this.#programmed[cell.index]![offset / unitBytes] = 1;
    if (hasEcc) this.#faulty.add(address + cutAt);
  }

  /**
   * Reads bytes.
   *
   * @param start First address.
   * @param lengthBytes How many.
   * @returns A copy; `undefined` when a double ECC error is in them.
   */
  read(start: number, lengthBytes: number): Uint8Array | undefined {
    const { unitBytes } = this.geometry.program;
    for (const address of this.#faulty) {
      if (address + unitBytes > start && address < start + lengthBytes) return undefined;
    }
    const bytes = new Uint8Array(lengthBytes).fill(this.geometry.erasedValue);
    for (const unit of this.units) {
      const content = this.#content[unit.index];
      const from = Math.max(start, unit.start);
      const to = Math.min(start + lengthBytes, unit.end);
      if (content === undefined || from >= to) continue;
      bytes.set(content.subarray(from - unit.start, to - unit.start), from - start);
    }
    return bytes;
  }

  #programUnit(address: number, data: Uint8Array): void {
    const { unitBytes, secondProgram } = this.geometry.program;
    const unit = this.#unitAt(address);
    const offset = address - unit.start;
    const content = this.#own(unit.index);
    const programmed = this.#programmed[unit.index]!;
    const isSecond = programmed[offset / unitBytes] === 1;
    if (isSecond && secondProgram !== "clearBits") {
      const isAllowed = secondProgram === "onlyToZero" && data.every((byte) => byte === 0);
      assert(isAllowed, `flash at ${hex(address, 8)} is programmed again without an erase`);
    }
    for (let i = 0; i < unitBytes; i++) {
      assert(
        (content[offset + i]! & data[i]!) === data[i] || !isSecond,
        `flash at ${hex(address + i, 8)} only clears bits`,
      );
      content[offset + i] = data[i]!;
    }
    programmed[offset / unitBytes] = 1;
  }

  #unitAt(address: number): EraseUnit {
    let low = 0;
    let high = this.units.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.units[middle]!.start <= address) low = middle;
      else high = middle - 1;
    }
    const unit = this.units[low]!;
    assert(address >= unit.start && address < unit.end, `${hex(address, 8)} lies in flash`);
    return unit;
  }

  #own(unitIndex: number): Uint8Array {
    const { start, end } = this.units[unitIndex]!;
    this.#programmed[unitIndex] ??= new Uint8Array(
      (end - start) / this.geometry.program.unitBytes,
    );
    return this.#content[unitIndex] ??= new Uint8Array(end - start).fill(this.geometry.erasedValue);
  }

  #forget(unit: EraseUnit): void {
    for (const address of this.#faulty) {
      if (address >= unit.start && address < unit.end) this.#faulty.delete(address);
    }
  }
}
