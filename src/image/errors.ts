import { CanvoyError, hex } from "../core/mod.ts";

/** What kind of thing is wrong with a firmware file. */
export type ImageProblem =
  /** The file has no bytes at all. */
  | "empty-file"
  /** The file is well formed and says nothing about memory. */
  | "no-data"
  /** A character or a field that does not belong there. */
  | "syntax"
  /** The file or a record ends too early. */
  | "truncated"
  /** A record's checksum does not match it. */
  | "checksum"
  /** A record type that the format does not have, or with an impossible length. */
  | "record-type"
  /** The file counts its records, and there are more or fewer. */
  | "record-count"
  /** Two places of the file give the same address, with equal bytes or others. */
  | "overlap"
  /** Data that passes the end of the address space. */
  | "address-wrap"
  /** Something follows the end record. */
  | "after-end"
  /** The end record is missing: the file was cut. */
  | "no-end"
  /** A good file of a kind that no STM32 runs, for example a 64-bit ELF. */
  | "unsupported"
  /** The content is not what the name or the caller says, or is nothing known. */
  | "format"
  /** Raw binary without a base address, or a base address for another format. */
  | "base-address";

/** Where in a file something is. */
export interface ImagePlace {
  /** The file's name as the user gave it. */
  readonly file: string;
  /** In text formats: 1 for the first. */
  readonly line?: number;
  /** In text formats: 1 for the first character of the line. */
  readonly column?: number;
  /** In binary formats: bytes from the start of the file. */
  readonly offset?: number;
}

/** A firmware file that cannot be what it claims to be. */
export class ImageFormatError extends CanvoyError {
  /** Stable machine-readable name. */
  override readonly code = "IMAGE_FORMAT";
  /** What kind of thing is wrong. */
  readonly problem: ImageProblem;
  /** The file's name as the user gave it. */
  readonly file: string;
  /** In text formats: 1 for the first. */
  readonly line: number | undefined;
  /** In text formats: 1 for the first character of the line. */
  readonly column: number | undefined;
  /** In binary formats: bytes from the start of the file. */
  readonly offset: number | undefined;

  /**
   * States what is wrong and where.
   *
   * @param problem What kind of thing is wrong.
   * @param place Where.
   * @param state What was found and what was expected, in words.
   */
  constructor(problem: ImageProblem, place: ImagePlace, state: string) {
    super(`Cannot read ${formatPlace(place)}: ${state}`);
    this.problem = problem;
    this.file = place.file;
    this.line = place.line;
    this.column = place.column;
    this.offset = place.offset;
  }
}

/** An image whose ranges lie too far apart to be written as one stretch of bytes. */
export class ImageSpanError extends CanvoyError {
  /** Stable machine-readable name. */
  override readonly code = "IMAGE_SPAN";
  /** From the first address to the last, in bytes. */
  readonly spanBytes: number;
  /** What is allowed, in bytes. */
  readonly spanBytesMax: number;

  /**
   * States how far the image reaches.
   *
   * @param spanBytes From the first address to the last, in bytes.
   * @param spanBytesMax What is allowed, in bytes.
   */
  constructor(spanBytes: number, spanBytesMax: number) {
    super(
      `Cannot write the image as raw binary: it spans ${spanBytes} bytes, more than ` +
        spanBytesMax,
    );
    this.spanBytes = spanBytes;
    this.spanBytesMax = spanBytesMax;
  }
}

/**
 * Where a byte of a text file stands, as editors count: LF, CR LF and a lone CR end a line.
 *
 * @param file The file's name.
 * @param bytes Its content.
 * @param offset Index of the byte.
 * @returns The place, with line and column.
 */
export function placeInText(file: string, bytes: Uint8Array, offset: number): ImagePlace {
  let line = 1;
  let lineStart = 0;
  for (let i = 0; i < offset; i++) {
    if (bytes[i] === LF || (bytes[i] === CR && bytes[i + 1] !== LF)) {
      line++;
      lineStart = i + 1;
    }
  }
  return { file, line, column: offset - lineStart + 1 };
}

const LF = 0x0A;
const CR = 0x0D;

function formatPlace({ file, line, column, offset }: ImagePlace): string {
  if (line !== undefined) return `${file}:${line}:${column ?? 1}`;
  return offset === undefined ? file : `${file} at byte ${hex(offset, 4)}`;
}
