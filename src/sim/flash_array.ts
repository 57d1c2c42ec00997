import { type AddressRange, hex } from "../core/mod.ts";
import { type EraseUnit, eraseUnits, type FlashGeometry } from "../stm32/mod.ts";

/**
 * State of one program unit. `undefined`: an operation on it was cut or failed, nothing may be
 * programmed there before an erase. `faulty`: the same, and reading it raises a double error.
 */
export const CELL = { erased: 0, programmed: 1, undefined: 2, faulty: 3 } as const;

/** The cells of one erase unit. An erase unit without any is erased and needs no memory. */
export interface FlashCells {
  /** What it reads as, stuck bits aside. */
  readonly content: Uint8Array;
  /** One of {@linkcode CELL} for each program unit. */
  readonly states: Uint8Array;
}

/** All that a flash holds at one moment; a value: it does not change when the flash goes on. */
export interface FlashSnapshot {
  /** By erase unit; erased ones are `undefined`. */
  readonly cells: readonly (FlashCells | undefined)[];
  /** How often each erase unit was erased. */
  readonly eraseCounts: Uint32Array;
}

/**
 * What a flash holds, without rules: cells by erase unit, allocated when first written, shared with
 * snapshots until they change.
 */
export class FlashArray {
  /** The erase units. */
  readonly units: readonly EraseUnit[];
  readonly #unitBytes: number;
  readonly #erasedValue: number;
  readonly #cells: (FlashCells | undefined)[];
  /** Which cells a snapshot shares: they are copied before they change. */
  readonly #isShared: Uint8Array;
  #eraseCounts: Uint32Array;

  /**
   * Makes erased cells.
   *
   * @param geometry The part.
   */
  constructor(geometry: FlashGeometry) {
    this.units = eraseUnits(geometry);
    this.#unitBytes = geometry.program.unitBytes;
    this.#erasedValue = geometry.erasedValue;
    this.#cells = new Array(this.units.length).fill(undefined);
    this.#isShared = new Uint8Array(this.units.length);
    this.#eraseCounts = new Uint32Array(this.units.length);
  }

  /** How often a unit was erased, cut and failed erases included. */
  eraseCount(unitIndex: number): number {
    return this.#eraseCounts[unitIndex]!;
  }

  /** Counts an erase, whatever becomes of it. */
  countErase(unitIndex: number): void {
    this.#eraseCounts[unitIndex]!++;
  }

  /** The erase unit of an address. */
  unitAt(address: number): EraseUnit {
    let low = 0;
    let high = this.units.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.units[middle]!.start <= address) low = middle;
      else high = middle - 1;
    }
    const unit = this.units[low]!;
    if (!(address >= unit.start && address < unit.end)) {
      throw new Error(`Broken invariant: ${hex(address, 8)} is not in flash`);
    }
    return unit;
  }

  /** The erase units with at least one address in a range, by address. */
  unitsTouching(range: AddressRange): readonly EraseUnit[] {
    if (range.end <= range.start) return [];
    return this.units.slice(this.unitAt(range.start).index, this.unitAt(range.end - 1).index + 1);
  }

  /** Erases a unit: its memory is given back. */
  clear(unitIndex: number): void {
    this.#cells[unitIndex] = undefined;
  }

  /** The cells of a unit, to be changed. */
  own(unitIndex: number): FlashCells {
    let cells = this.#cells[unitIndex];
    if (cells === undefined) {
      const { start, end } = this.units[unitIndex]!;
      const content = new Uint8Array(end - start).fill(this.#erasedValue);
      cells = { content, states: new Uint8Array((end - start) / this.#unitBytes) };
    } else if (this.#isShared[unitIndex] === 1) {
      cells = { content: cells.content.slice(), states: cells.states.slice() };
    }
    this.#isShared[unitIndex] = 0;
    this.#cells[unitIndex] = cells;
    return cells;
  }

  /** A copy of bytes; `undefined` when one of their units is faulty. */
  read(start: number, lengthBytes: number): Uint8Array | undefined {
    const bytes = new Uint8Array(lengthBytes).fill(this.#erasedValue);
    const end = start + lengthBytes;
    for (const unit of this.unitsTouching({ start, end })) {
      const cells = this.#cells[unit.index];
      if (cells === undefined) continue;
      const { firstUnit, endUnit } = this.#unitIndices({ start, end }, unit);
      const faultyAt = cells.states.indexOf(CELL.faulty, firstUnit);
      if (faultyAt >= 0 && faultyAt < endUnit) return undefined;
      const from = Math.max(start, unit.start);
      const to = Math.min(end, unit.end);
      bytes.set(cells.content.subarray(from - unit.start, to - unit.start), from - start);
    }
    return bytes;
  }

  /** Whether each program unit of a range is erased, none undefined. */
  isErased(range: AddressRange): boolean {
    return this.unitsTouching(range).every((unit) => {
      const cells = this.#cells[unit.index];
      if (cells === undefined) return true;
      const { firstUnit, endUnit } = this.#unitIndices(range, unit);
      for (let i = firstUnit; i < endUnit; i++) if (cells.states[i] !== CELL.erased) return false;
      return true;
    });
  }

  /** One past the last program unit of a range that is not erased; its start when there is none. */
  usedEnd(range: AddressRange): number {
    for (const unit of this.unitsTouching(range).toReversed()) {
      const states = this.#cells[unit.index]?.states;
      if (states === undefined) continue;
      const last = states.findLastIndex((state) => state !== CELL.erased);
      const end = Math.min(unit.start + (last + 1) * this.#unitBytes, range.end);
      if (last >= 0 && end > range.start) return end;
    }
    return range.start;
  }

  /** Puts bytes there, whatever the rules; the bytes beside them stay. */
  load(address: number, data: Uint8Array): void {
    const range = { start: address, end: address + data.length };
    for (const unit of this.unitsTouching(range)) {
      const { content, states } = this.own(unit.index);
      const from = Math.max(address, unit.start);
      const to = Math.min(range.end, unit.end);
      content.set(data.subarray(from - address, to - address), from - unit.start);
      const { firstUnit, endUnit } = this.#unitIndices(range, unit);
      states.fill(CELL.programmed, firstUnit, endUnit);
    }
  }

  /** Exchanges the lower half of the units with the upper one; both are alike. */
  exchangeHalves(): void {
    const half = this.units.length / 2;
    for (const parts of [this.#cells, this.#isShared, this.#eraseCounts]) {
      for (let i = 0; i < half; i++) {
        [parts[i], parts[i + half]] = [parts[i + half]!, parts[i]!];
      }
    }
  }

  /** Takes all that it holds, without copying. */
  snapshot(): FlashSnapshot {
    this.#isShared.fill(1);
    return { cells: [...this.#cells], eraseCounts: this.#eraseCounts.slice() };
  }

  /** Puts all back as it was. */
  restore(snapshot: FlashSnapshot): void {
    for (let i = 0; i < this.units.length; i++) this.#cells[i] = snapshot.cells[i];
    this.#isShared.fill(1);
    this.#eraseCounts = snapshot.eraseCounts.slice();
  }

  /** Which program units of an erase unit have an address in a range; the last one exclusive. */
  #unitIndices(range: AddressRange, unit: EraseUnit): { firstUnit: number; endUnit: number } {
    const from = Math.max(range.start, unit.start) - unit.start;
    const to = Math.min(range.end, unit.end) - unit.start;
    return {
      firstUnit: Math.floor(from / this.#unitBytes),
      endUnit: Math.ceil(to / this.#unitBytes),
    };
  }
}
