import { ImageFormatError, type ImageProblem, placeInText } from "./errors.ts";

const LF = 0x0A;
const CR = 0x0D;
const TAB = 0x09;
const BLANK = 0x20;
const NUL = 0x00;
/** What CP/M and DOS tools put behind a text, up to the end of its last sector. */
const CONTROL_Z = 0x1A;
const BYTE_ORDER_MARK = [0xEF, 0xBB, 0xBF];
const NOT_A_DIGIT = 0xFF;

const DIGIT_VALUES = Uint8Array.from({ length: 256 }, (_, code) => {
  const value = parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? NOT_A_DIGIT : value;
});

/** Longest record: the length byte says 255, Intel HEX adds five bytes around the data. */
const RECORD_BYTES_MAX = 260;

/**
 * Walks the lines of a text of hexadecimal records, and decodes one record at a time.
 *
 * It works on bytes and knows offsets only; lines and columns are counted when an error needs them.
 */
export class RecordScanner {
  /** The decoded record; `decode` says how many of its bytes count. */
  readonly record: Uint8Array = new Uint8Array(RECORD_BYTES_MAX);
  /** Where the line starts in the file. */
  lineStart = 0;
  /** Where it ends, blanks at its end left out. */
  lineEnd = 0;
  readonly #file: string;
  readonly #bytes: Uint8Array;
  readonly #textEnd: number;
  #position = 0;

  /**
   * Starts before the first line.
   *
   * @param file The file's name.
   * @param bytes Its text.
   */
  constructor(file: string, bytes: Uint8Array) {
    this.#file = file;
    this.#bytes = bytes;
    this.#textEnd = textEndOf(bytes);
    if (BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte)) this.#position = 3;
  }

  /** Where NULs or 0x1A begin that fill the file up behind its last line; its length without them. */
  get fillStart(): number {
    return this.#textEnd;
  }

  /**
   * Moves to the next line that is not blank.
   *
   * @returns Whether there is one.
   */
  nextLine(): boolean {
    const bytes = this.#bytes;
    const textEnd = this.#textEnd;
    let position = this.#position;
    while (position < textEnd) {
      const start = position;
      while (position < textEnd && bytes[position] !== LF && bytes[position] !== CR) {
        position++;
      }
      let end = position++;
      while (end > start && (bytes[end - 1] === BLANK || bytes[end - 1] === TAB)) end--;
      if (end === start) continue;
      this.lineStart = start;
      this.lineEnd = end;
      this.#position = position;
      return true;
    }
    this.#position = position;
    return false;
  }

  /**
   * Looks at one character of the line.
   *
   * @param index 0 for the first character of the line.
   * @returns Its code; -1 behind the end of the line.
   */
  charCode(index: number): number {
    const offset = this.lineStart + index;
    return offset < this.lineEnd ? this.#bytes[offset]! : -1;
  }

  /**
   * Decodes the record that makes up the rest of the line into `record`. Its first byte is its
   * length.
   *
   * @param index Which character of the line starts it.
   * @param extraBytes How many bytes the record has beyond those that its first byte counts.
   * @returns How many bytes the record has.
   * @throws {ImageFormatError} If the line has another length, or something else than digits.
   */
  decode(index: number, extraBytes: number): number {
    const { record, lineEnd } = this;
    const bytes = this.#bytes;
    let offset = this.lineStart + index;
    let count = 1;
    for (let i = 0; i < count; i++, offset += 2) {
      const high = offset < lineEnd ? DIGIT_VALUES[bytes[offset]!]! : NOT_A_DIGIT;
      const low = offset + 1 < lineEnd ? DIGIT_VALUES[bytes[offset + 1]!]! : NOT_A_DIGIT;
      if ((high | low) === NOT_A_DIGIT) this.#failDigit(high === NOT_A_DIGIT ? offset : offset + 1);
      record[i] = (high << 4) | low;
      if (i === 0) count = record[0]! + extraBytes;
    }
    if (offset < lineEnd) {
      this.failAt("syntax", offset, `the record should end here, after ${count} bytes`);
    }
    return count;
  }

  /**
   * Gives up at a character of the line.
   *
   * @param problem What kind of thing is wrong.
   * @param index Which character of the line, 0 for the first.
   * @param state What was found and what was expected.
   */
  fail(problem: ImageProblem, index: number, state: string): never {
    this.failAt(problem, this.lineStart + index, state);
  }

  /**
   * Gives up at a byte of the file.
   *
   * @param problem What kind of thing is wrong.
   * @param offset Where in the file.
   * @param state What was found and what was expected.
   */
  failAt(problem: ImageProblem, offset: number, state: string): never {
    throw new ImageFormatError(problem, placeInText(this.#file, this.#bytes, offset), state);
  }

  #failDigit(offset: number): never {
    if (offset >= this.lineEnd) {
      this.failAt("truncated", offset, "the line ends in the middle of a record");
    }
    const found = printable(this.#bytes[offset]!);
    this.failAt("syntax", offset, `found ${found}, expected a hexadecimal digit`);
  }
}

/** Blank lines among the fill are fill too. */
function textEndOf(bytes: Uint8Array): number {
  let end = bytes.length;
  let hasFill = false;
  for (let at = bytes.length - 1; at >= 0; at--) {
    const byte = bytes[at]!;
    if (byte === NUL || byte === CONTROL_Z) {
      hasFill = true;
      end = at;
    } else if (byte !== LF && byte !== CR && byte !== TAB && byte !== BLANK) break;
  }
  return hasFill ? end : bytes.length;
}

/**
 * Names a character that does not belong there.
 *
 * @param code A byte of a text.
 * @returns How messages show it.
 */
export function printable(code: number): string {
  return code > BLANK && code < 0x7F
    ? `"${String.fromCharCode(code)}"`
    : `byte 0x${code.toString(16).toUpperCase().padStart(2, "0")}`;
}
