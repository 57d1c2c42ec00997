import { type AddressRange, rangeContains, withoutRanges } from "../core/mod.ts";

/** What was downloaded last, for checks that name no address. */
export type LastDownload =
  | { readonly target: "flash"; readonly range: AddressRange }
  | { readonly target: "ram"; readonly data: Uint8Array };

/** Where a bootloader notes, beyond a reset and without power, what nobody may run yet. */
export interface UncheckedRanges {
  /** What was written, and was neither found right nor erased since. */
  unchecked: readonly AddressRange[];
  /** What was to be erased, and was not since: cells that are half erased may read right. */
  halfErased: readonly AddressRange[];
}

/** What a bootloader knows of the downloads since it was started, and what it knew before. */
export class DownloadLog {
  /** The last one that was whole. */
  last: LastDownload | undefined;
  /** Whether a flash driver is in RAM and, where that is asked for, was found right. */
  hasDriver = false;
  readonly #noted: UncheckedRanges;
  #writtenEnd = 0;

  /**
   * Begins with what was left unchecked.
   *
   * @param noted Where that is noted.
   */
  constructor(noted: UncheckedRanges = { unchecked: [], halfErased: [] }) {
    this.#noted = noted;
  }

  /** Whether every byte written since was found right. */
  get isChecked(): boolean {
    return this.#noted.unchecked.length === 0 && this.#noted.halfErased.length === 0;
  }

  /** One past the last byte that was written; 0 when none was. */
  get writtenEnd(): number {
    return this.#writtenEnd;
  }

  /** A range is about to be written: it is unchecked from now on. */
  written(range: AddressRange): void {
    this.#writtenEnd = Math.max(this.#writtenEnd, range.end);
    this.#noted.unchecked = withRange(this.#noted.unchecked, range);
  }

  /** A range is about to be erased: until that has ended, nobody knows what is there. */
  eraseBegun(range: AddressRange): void {
    this.#noted.halfErased = withRange(this.#noted.halfErased, range);
  }

  /** A range was found right. */
  checked(range: AddressRange): void {
    this.#noted.unchecked = withoutRanges(this.#noted.unchecked, [range]);
  }

  /** A range was erased: what was written there is gone. */
  erased(range: AddressRange): void {
    this.#noted.halfErased = withoutRanges(this.#noted.halfErased, [range]);
    this.checked(range);
  }
}

function withRange(
  ranges: readonly AddressRange[],
  range: AddressRange,
): readonly AddressRange[] {
  return ranges.some((whole) => rangeContains(whole, range)) ? ranges : [...ranges, range];
}
