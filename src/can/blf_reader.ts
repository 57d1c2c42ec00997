import { zlibExpanded } from "../codec/mod.ts";
import { concatBytes } from "../core/mod.ts";
import {
  BLF_BASE_BYTES,
  BLF_COMPRESSION,
  BLF_CONTAINER_BYTES,
  BLF_FILE_HEADER_BYTES,
  BLF_FILE_SIGNATURE,
  BLF_OBJECT_SIGNATURE,
  BLF_TYPE,
} from "./blf_format.ts";
import { readBlfObject } from "./blf_object.ts";
import type { CandumpRecord } from "./candump_record.ts";
import type { PassedTally } from "./capture_line.ts";

/** Vector's own are of 128 KiB; the bound keeps a hostile file from costing memory. */
const CONTAINER_BYTES_MAX = 16 * 1024 * 1024;
/** A frame with all that is known of it is far smaller; so are comments. */
const OBJECT_BYTES_MAX = 1024 * 1024;
/** What all containers may expand to: real logs shrink to a fifth, zlib's best is a thousandth. */
const EXPANDED_RATIO_MAX = 64;
/** And of small files: a frame of 48 bytes costs thirty times as many once it is told. */
const EXPANDED_BYTES_MIN = 8 * 1024 * 1024;

/**
 * Tells whether a file begins as BLF does.
 *
 * @param bytes The file.
 * @returns Whether it does.
 */
export function isBlf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === BLF_FILE_SIGNATURE;
}

/**
 * Reads the CAN frames of a BLF file.
 *
 * What contradicts itself is passed over up to the next object, and a torn end is no failure: what is
 * whole before it is read.
 *
 * @param bytes A file of which `isBlf` holds.
 * @param tally Takes what is passed over.
 * @returns The frames in the order of the file, times in ms since the measurement began.
 */
export function readBlf(bytes: Uint8Array, tally: PassedTally): readonly CandumpRecord[] {
  return new BlfReader(tally).read(bytes);
}

class BlfReader {
  readonly #tally: PassedTally;
  readonly #records: CandumpRecord[] = [];
  #expandedBytesLeft = 0;
  /** The beginning of an object that goes on in the next container, in parts. */
  #parts: Uint8Array[] = [];
  #restBytes = 0;
  /** Size that this object states: parts are joined once, however many it is in. */
  #wantedBytes = 0;

  constructor(tally: PassedTally) {
    this.#tally = tally;
  }

  read(bytes: Uint8Array): readonly CandumpRecord[] {
    this.#expandedBytesLeft = Math.max(EXPANDED_BYTES_MIN, EXPANDED_RATIO_MAX * bytes.length);
    const statedBytes = bytes.length < 8 ? 0 : viewOf(bytes).getUint32(4, true);
    const start = statedBytes >= 8 && statedBytes <= 4 * BLF_FILE_HEADER_BYTES
      ? statedBytes
      : BLF_FILE_HEADER_BYTES;
    for (let at = start; at < bytes.length;) {
      const end = this.#walk(bytes, at, (object) => this.#topLevel(object));
      if (end >= bytes.length) break;
      this.#tally.add("cut record");
      at = nextObject(bytes, end + 1);
      // Only of the last one the end is missing; others state a wrong size.
      if (at >= bytes.length) this.#torn(bytes.subarray(end));
    }
    if (this.#restBytes > 0) this.#tally.add("cut record");
    return this.#records;
  }

  /**
   * Walks objects that follow each other; up to three bytes may stand between two.
   *
   * @returns Where the first object begins that does not end here; the length where there is none.
   */
  #walk(bytes: Uint8Array, start: number, take: (object: Uint8Array) => void): number {
    const view = viewOf(bytes);
    let at = start;
    while (at + BLF_BASE_BYTES <= bytes.length) {
      const isObject = view.getUint32(at, true) === BLF_OBJECT_SIGNATURE;
      const sizeBytes = isObject ? view.getUint32(at + 8, true) : 0;
      const sizeMax = view.getUint32(at + 12, true) === BLF_TYPE.container
        ? CONTAINER_BYTES_MAX
        : OBJECT_BYTES_MAX;
      if (!isObject || sizeBytes < BLF_BASE_BYTES || sizeBytes > sizeMax) {
        const next = nextObject(bytes, at + 1);
        if (isObject || next > at + 4) this.#tally.add("damaged part");
        at = next;
        continue;
      }
      if (at + sizeBytes > bytes.length) return at;
      take(bytes.subarray(at, at + sizeBytes));
      at = skipFill(bytes, at + sizeBytes);
    }
    return bytes.length - at < 4 && !hasObject(bytes, at)
      ? bytes.length
      : Math.min(at, bytes.length);
  }

  /** A container whose end is missing: what can be expanded of it is read. */
  #torn(object: Uint8Array): void {
    if (object.length < BLF_CONTAINER_BYTES || object.length > CONTAINER_BYTES_MAX) return;
    if (viewOf(object).getUint32(12, true) === BLF_TYPE.container) this.#topLevel(object);
  }

  #topLevel(object: Uint8Array): void {
    const view = viewOf(object);
    if (view.getUint32(12, true) !== BLF_TYPE.container) return this.#frame(object);
    if (object.length < BLF_CONTAINER_BYTES) return this.#tally.add("damaged part");
    const content = this.#expand(object, view);
    if (content === undefined) {
      this.#keep(new Uint8Array(0));
      return this.#tally.add("damaged part");
    }
    this.#expandedBytesLeft -= content.length;
    if (this.#restBytes + content.length < this.#wantedBytes) {
      this.#parts.push(content);
      this.#restBytes += content.length;
      return;
    }
    const bytes = this.#restBytes === 0 ? content : concatBytes([...this.#parts, content]);
    const end = this.#walk(bytes, 0, (inner) => this.#frame(inner));
    this.#keep(bytes.slice(end));
  }

  /** Keeps what no object was made of yet. */
  #keep(rest: Uint8Array): void {
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#restBytes = rest.length;
    this.#wantedBytes = rest.length < BLF_BASE_BYTES ? 0 : viewOf(rest).getUint32(8, true);
  }

  #expand(container: Uint8Array, view: DataView): Uint8Array | undefined {
    const content = container.subarray(BLF_CONTAINER_BYTES);
    const compression = view.getUint16(16, true);
    if (compression === BLF_COMPRESSION.none) return content;
    if (compression !== BLF_COMPRESSION.zlib) return undefined;
    const statedBytes = view.getUint32(24, true);
    const boundBytes = Math.min(CONTAINER_BYTES_MAX, this.#expandedBytesLeft);
    if (statedBytes > boundBytes || boundBytes <= 0) return undefined;
    // The size that is stated is not always right, but never much smaller.
    return zlibExpanded(content, Math.min(boundBytes, Math.max(2 * statedBytes, 1024)));
  }

  #frame(object: Uint8Array): void {
    const found = readBlfObject(viewOf(object));
    if (typeof found === "object") this.#records.push(found);
    else this.#tally.add(found);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function hasObject(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x4C && (at + 1 >= bytes.length || bytes[at + 1] === 0x4F);
}

/** Objects are filled up to multiples of four bytes, by some tools to others. */
function skipFill(bytes: Uint8Array, at: number): number {
  for (let skipped = 0; skipped < 4; skipped++) {
    if (hasObject(bytes, at + skipped)) return at + skipped;
  }
  return at;
}

/** Where the next object's signature stands; the file's length where there is none. */
function nextObject(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0x4C, from); at >= 0; at = bytes.indexOf(0x4C, at + 1)) {
    if (bytes[at + 1] === 0x4F && bytes[at + 2] === 0x42 && bytes[at + 3] === 0x4A) return at;
    if (at + 4 > bytes.length && hasObject(bytes, at)) return at;
  }
  return bytes.length;
}
