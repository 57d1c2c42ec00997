/** What a terminal shows: text with the few escape codes that canvoy writes, as cells. */

/** One cell: a sign, and how it is painted. */
export interface Cell {
  /** The sign. */
  readonly sign: string;
  /** The SGR code that was on: 0 none, 1 strong, 2 dim, 31 red, 32 green, 36 cyan. */
  readonly code: number;
}

const BLANK: Cell = { sign: " ", code: 0 };
// deno-lint-ignore no-control-regex
const PIECE = /\x1b\[(\??[\d;]*)([A-Za-z])|([\s\S])/gu;

/** A terminal of a size. What runs out at its top is kept. */
export class Screen {
  /** Width. */
  readonly columns: number;
  /** Height. */
  readonly rows: number;
  /** Lines that ran out at the top, the oldest first. */
  readonly above: (readonly Cell[])[] = [];
  #lines: Cell[][] = [[]];
  #row = 0;
  #column = 0;
  #code = 0;
  #wraps = true;

  /**
   * Begins empty.
   *
   * @param size Its size.
   */
  constructor(size: { readonly columns: number; readonly rows: number }) {
    this.columns = size.columns;
    this.rows = size.rows;
  }

  /** The lines that are seen, from the top. */
  get lines(): readonly (readonly Cell[])[] {
    return this.#lines;
  }

  /**
   * Takes what a program writes.
   *
   * @param text The text; escape codes are whole.
   */
  write(text: string): void {
    for (const [, argument = "", command, sign] of text.matchAll(PIECE)) {
      if (command !== undefined) this.#control(argument, command);
      else this.#put(sign!);
    }
  }

  #control(argument: string, command: string): void {
    const count = Number(argument.replace("?", "") || "1");
    if (command === "A") this.#row = Math.max(0, this.#row - count);
    else if (command === "m") this.#code = argument === "" ? 0 : count;
    else if (command === "J") {
      this.#lines.length = this.#row + 1;
      this.#lines[this.#row]!.length = Math.min(this.#lines[this.#row]!.length, this.#column);
    } else if (command === "K") this.#lines[this.#row] = [];
    else if (argument === "?7") this.#wraps = command === "h";
  }

  #put(sign: string): void {
    if (sign === "\r") this.#column = 0;
    else if (sign === "\n") {
      this.#column = 0;
      this.#down();
    } else {
      if (this.#column >= this.columns) {
        if (!this.#wraps) return;
        this.#column = 0;
        this.#down();
      }
      const line = this.#lines[this.#row]!;
      while (line.length < this.#column) line.push(BLANK);
      line[this.#column++] = { sign, code: this.#code };
    }
  }

  #down(): void {
    this.#row++;
    if (this.#row === this.#lines.length) this.#lines.push([]);
    if (this.#row < this.rows) return;
    this.above.push(this.#lines.shift()!);
    this.#row--;
  }
}
