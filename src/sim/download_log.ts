import { type AddressRange, rangeContains, withoutRanges } from "../core/mod.ts";

/** What was downloaded last, for checks that name no address. */
export type LastDownload =
  | { readonly target: "flash"; readonly range: AddressRange }
  | { readonly target: "ram"; readonly data: Uint8Array };

/** What a bootloader knows of the downloads since it was started. */
export class DownloadLog {
  /** The last one that was whole. */
  last: LastDownload | undefined;
  /** Whether a flash driver is in RAM and, where that is asked for, was found right. */
  hasDriver = false;
  #unchecked: readonly AddressRange[] = [];
  #writtenEnd = 0;

  /** Whether every byte written since was found right. */
  get isChecked(): boolean {
    return this.#unchecked.length === 0;
  }

  /** One past the last byte that was written; 0 when none was. */
  get writtenEnd(): number {
    return this.#writtenEnd;
  }

  /** A range is about to be written: it is unchecked from now on. */
  written(range: AddressRange): void {
    this.#writtenEnd = Math.max(this.#writtenEnd, range.end);
    if (this.#unchecked.some((whole) => rangeContains(whole, range))) return;
    this.#unchecked = [...this.#unchecked, range];
  }

  /** A range was found right. */
  checked(range: AddressRange): void {
    this.#unchecked = withoutRanges(this.#unchecked, [range]);
  }

  /** A range was erased: what was written there is gone. */
  erased(range: AddressRange): void {
    this.#unchecked = withoutRanges(this.#unchecked, [range]);
  }
}
