import { hex } from "../core/mod.ts";
import { ImageFormatError, placeInText } from "./errors.ts";
import type { ImageRange } from "./firmware_image.ts";
import {
  compareOverlap,
  firstOverlap,
  type ImagePiece,
  mergePieces,
  sortPieces,
} from "./pieces.ts";

/** Records that follow each other in the file and in memory. */
interface Run extends ImagePiece {
  /** Index of its first record. */
  readonly firstRecord: number;
  /** Index after its last record. */
  readonly endRecord: number;
}

/**
 * Gathers the data records of one text file.
 *
 * Records that continue each other are joined as they come, so that a file of a million records
 * sorts only its few runs. Each record's place is kept: an overlap is found only at the end.
 */
export class RecordCollector {
  readonly #file: string;
  readonly #source: Uint8Array;
  readonly #bytes: Uint8Array;
  readonly #addresses: number[] = [];
  readonly #offsets: number[] = [];
  readonly #runs: Run[] = [];
  #usedBytes = 0;
  #runStart = 0;
  #runFirstRecord = 0;
  #runEndAddress = -1;

  /**
   * Starts without any record.
   *
   * @param file The file's name.
   * @param source Its text: two characters a byte, so it bounds what can come.
   */
  constructor(file: string, source: Uint8Array) {
    this.#file = file;
    this.#source = source;
    this.#bytes = new Uint8Array(source.length >>> 1);
  }

  /** How many records have come. */
  get recordCount(): number {
    return this.#addresses.length;
  }

  /**
   * Adds one record's data; it is copied.
   *
   * @param address Where the first byte belongs.
   * @param data The bytes.
   * @param offset Where in the file the record stands.
   */
  add(address: number, data: Uint8Array, offset: number): void {
    if (address !== this.#runEndAddress) this.#endRun();
    this.#bytes.set(data, this.#usedBytes);
    this.#usedBytes += data.length;
    this.#addresses.push(address);
    this.#offsets.push(offset);
    this.#runEndAddress = address + data.length;
  }

  /**
   * Puts all records together.
   *
   * @returns The ranges.
   * @throws {ImageFormatError} If two records give the same address, or none gives any data.
   */
  finish(): readonly ImageRange[] {
    this.#endRun();
    const sorted = sortPieces(this.#runs);
    if (sorted.length === 0) {
      throw new ImageFormatError("no-data", { file: this.#file }, "it holds no data records");
    }
    const overlap = firstOverlap(sorted);
    if (overlap !== undefined) this.#failOverlap(...overlap);
    return mergePieces(sorted);
  }

  #endRun(): void {
    const firstRecord = this.#runFirstRecord;
    const endRecord = this.recordCount;
    if (endRecord > firstRecord) {
      this.#runs.push({
        address: this.#addresses[firstRecord]!,
        data: this.#bytes.subarray(this.#runStart, this.#usedBytes),
        firstRecord,
        endRecord,
      });
    }
    this.#runStart = this.#usedBytes;
    this.#runFirstRecord = endRecord;
  }

  #failOverlap(left: Run, right: Run): never {
    const address = Math.max(left.address, right.address);
    const offsets = [left, right].map((run) => this.#offsetOf(run, address)).sort((a, b) => a - b);
    const [earlier, later] = offsets.map((offset) => placeInText(this.#file, this.#source, offset));
    throw new ImageFormatError(
      "overlap",
      later!,
      `address ${hex(address, 8)} has data already, from line ${earlier!.line}, ` +
        compareOverlap([left, right]),
    );
  }

  #offsetOf(run: Run, address: number): number {
    let record = run.firstRecord;
    // A record without data has its successor's address: the last one at or below it is meant.
    while (record + 1 < run.endRecord && this.#addresses[record + 1]! <= address) record++;
    return this.#offsets[record]!;
  }
}
