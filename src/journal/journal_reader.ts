import { CborFormatError, type CborItem, decodeCborItem } from "../codec/mod.ts";
import { defined, equalBytes, readUintBe } from "../core/mod.ts";
import type { FleetEvent } from "../fleet/mod.ts";
import { JournalFormatError } from "./journal_error.ts";
import { journalHeaderOffsets } from "./journal_head.ts";
import { type JournalHeader, type ReadHeader, readJournalHeader } from "./journal_header.ts";
import {
  type Announcement,
  ANNOUNCEMENT_BYTES_MIN,
  openJournalRecord,
  readJournalPayload,
  RECORD_BYTES_MIN,
} from "./journal_record.ts";

/** First byte of every record: an array of three. */
const RECORD_INITIAL = 0x83;
/** How many places that look like records are tried behind bad ones. */
const CANDIDATES_MAX = 1000;
/** Header and records nest no deeper: arrays, and the header's arguments. */
const ITEM_OPTIONS = { depthMax: 2 } as const;

/** A journal, read. */
export interface Journal {
  /** What the run is. */
  readonly header: JournalHeader;
  /** What happened, in order; of every run that wrote into it, one after the other. */
  readonly events: readonly FleetEvent[];
  /** What announcements of erases say of their node, by the event's place in that list. */
  readonly announcements: ReadonlyMap<number, Announcement>;
  /** Place of the next record. */
  readonly nextIndex: number;
  /** Where the whole records end: what is behind is to be cut off before it is gone on with. */
  readonly endOffset: number;
  /**
   * `whole`: nothing is behind `endOffset`; `torn`: the writer died in a record, whose action was
   * not begun; `damaged`: something is missing.
   */
  readonly tail: "whole" | "torn" | "damaged";
  /**
   * How many events stand before the last place where the announcement of an erase may be missing;
   * absent where none is.
   */
  readonly gapAt?: number;
  /** Whether it is of the first format, which is only read. */
  readonly isFirstFormat: boolean;
  /** Whether its last record says that nothing is left to do. */
  readonly isComplete: boolean;
}

/**
 * Reads a journal: all of its whole records, also behind bad ones.
 *
 * Source: RFC 8742, "CBOR Sequence Format".
 *
 * @param bytes The journal; any bytes.
 * @returns What it says.
 * @throws {JournalFormatError} If no header of it is whole, or a whole record is none that this
 * version knows.
 */
export function readJournal(bytes: Uint8Array): Journal {
  const begin = findHeader(bytes);
  const records = new Records(bytes, begin);
  records.readAll();
  const { events, announcements, gapAt } = records;
  return {
    header: begin.header,
    events,
    announcements,
    nextIndex: records.nextIndex,
    endOffset: records.wholeEnd,
    tail: records.tail,
    ...defined({ gapAt }),
    isFirstFormat: begin.isFirstFormat,
    isComplete: records.isComplete,
  };
}

interface FoundHeader extends ReadHeader {
  /** Where the records begin. */
  readonly endOffset: number;
  /** Whether the file is long enough for all that it began with. */
  readonly isCut: boolean;
}

/** The first header of those that are whole. */
function findHeader(bytes: Uint8Array): FoundHeader {
  let failure: JournalFormatError | undefined;
  const candidates = new Set([0, ...journalHeaderOffsets(bytes)]);
  for (const offset of candidates) {
    const item = itemAt(bytes, offset);
    if (item === undefined) continue;
    try {
      const read = readJournalHeader(item.value);
      const copyBytes = read.isFirstFormat || offset > 0 ? 0 : item.endOffset;
      const endOffset = Math.min(bytes.length, item.endOffset + copyBytes);
      return { ...read, endOffset, isCut: endOffset < item.endOffset + copyBytes };
    } catch (error) {
      if (!(error instanceof JournalFormatError)) throw error;
      failure ??= error;
    }
  }
  throw failure ?? new JournalFormatError(0, "it has no whole header");
}

/** A whole record. */
interface OpenedRecord {
  readonly index: number;
  readonly payload: Uint8Array;
  readonly offset: number;
  readonly endOffset: number;
}

/** Reads records one after the other, and looks for the next whole one behind a bad one. */
class Records {
  readonly events: FleetEvent[] = [];
  readonly announcements = new Map<number, Announcement>();
  nextIndex = 0;
  gapAt: number | undefined;
  tail: Journal["tail"] = "whole";
  isComplete = false;
  /** Where the records end that stand before the first bad one. */
  wholeEnd: number;
  readonly #bytes: Uint8Array;
  readonly #isFirstFormat: boolean;
  #candidatesLeft = CANDIDATES_MAX;
  #at: number;
  /** The last record's payload, where it is written twice. */
  #announced: Uint8Array | undefined;

  constructor(bytes: Uint8Array, { endOffset, isFirstFormat, isCut }: FoundHeader) {
    this.#bytes = bytes;
    this.#isFirstFormat = isFirstFormat;
    this.#at = endOffset;
    this.wholeEnd = endOffset;
    if (isCut) this.#miss();
  }

  readAll(): void {
    while (this.#at < this.#bytes.length) {
      const opened = this.#open(this.#at);
      if (opened !== undefined && this.#isNext(opened)) this.#take(opened);
      else if (!this.#skip()) return;
      if (this.tail === "whole") this.wholeEnd = this.#at;
    }
  }

  #open(offset: number): OpenedRecord | undefined {
    const item = itemAt(this.#bytes, offset);
    const opened = item === undefined ? undefined : openJournalRecord(item.value);
    return opened && { ...opened, offset, endOffset: item!.endOffset };
  }

  #isNext({ index, payload }: OpenedRecord): boolean {
    return index === this.nextIndex || (index === this.nextIndex - 1 && this.#isAgain(payload));
  }

  #isAgain(payload: Uint8Array): boolean {
    return this.#announced !== undefined && equalBytes(this.#announced, payload);
  }

  #take({ index, payload, offset, endOffset }: OpenedRecord): void {
    this.#at = endOffset;
    if (index < this.nextIndex) return;
    const record = readJournalPayload(payload, offset);
    const announcement = record.type === "event" ? record.announcement : undefined;
    if (announcement !== undefined) this.announcements.set(this.events.length, announcement);
    if (record.type === "event") this.events.push(record.event);
    this.#announced = announcement === undefined ? undefined : payload;
    this.isComplete = record.type === "complete";
    this.nextIndex = index + 1;
  }

  /** Goes on behind a bad place; tells whether anything is there. */
  #skip(): boolean {
    const begin = this.#at;
    for (let at = begin; at < this.#bytes.length; at++) {
      if (this.#bytes[at] !== RECORD_INITIAL || itemAt(this.#bytes, at) === undefined) continue;
      const opened = this.#open(at);
      if (opened !== undefined && (this.#isNext(opened) || opened.index > this.nextIndex)) {
        this.#missBetween(begin, opened);
        this.#take(opened);
        return true;
      }
      // A whole record of another place: what belongs here is missing.
      if (opened !== undefined) this.#miss();
      // What looks like a thousand records and is none was made by somebody: nothing is believed.
      if (--this.#candidatesLeft > 0) continue;
      this.#miss();
      this.isComplete = false;
      return false;
    }
    this.#missAtEnd(begin);
    return false;
  }

  /** What is missing before a whole record hides no announcement where it cannot hold both of one. */
  #missBetween(begin: number, { index, offset }: OpenedRecord): void {
    this.tail = "damaged";
    const missing = index - this.nextIndex;
    if (missing <= 0) return;
    const lengthBytes = offset - begin;
    const isOne = missing === 1 && this.#isOneRecord(begin, offset);
    const isShort = lengthBytes < 2 * ANNOUNCEMENT_BYTES_MIN &&
      lengthBytes >= missing * RECORD_BYTES_MIN;
    if (this.#isFirstFormat || !(isOne || isShort)) this.#miss();
  }

  /** Whether bytes are one record, of which only the checksum is wrong. */
  #isOneRecord(begin: number, end: number): boolean {
    const item = itemAt(this.#bytes, begin);
    return item?.endOffset === end && Array.isArray(item.value) && item.value.length === 3 &&
      item.value[0] === this.nextIndex;
  }

  /** Behind the last whole record: torn as the writer died, or not to be read. */
  #missAtEnd(begin: number): void {
    const rest = this.#bytes.subarray(begin);
    this.isComplete = false;
    const isShort = !this.#isFirstFormat && rest.length < 2 * ANNOUNCEMENT_BYTES_MIN;
    if (isShort || isTornRecord(rest) || this.#isOneOfSecondFormat(begin)) {
      if (this.tail === "whole") this.tail = "torn";
      return;
    }
    this.#miss();
  }

  #isOneOfSecondFormat(begin: number): boolean {
    return !this.#isFirstFormat && this.#isOneRecord(begin, this.#bytes.length);
  }

  #miss(): void {
    this.tail = "damaged";
    this.gapAt = this.events.length;
  }
}

/**
 * Whether bytes are the beginning of a record that goes on behind them, or none at all: zeros are what
 * was never written.
 */
function isTornRecord(rest: Uint8Array): boolean {
  const written = rest.subarray(0, rest.findLastIndex((byte) => byte !== 0) + 1);
  if (written.length === 0) return true;
  if (written[0] !== RECORD_INITIAL) return false;
  const index = headAt(written, 1, 0);
  if (index === undefined) return written.length < 1 + HEAD_BYTES_MAX;
  const payload = headAt(written, index.endOffset, 2);
  if (payload === undefined) return written.length < index.endOffset + HEAD_BYTES_MAX;
  const payloadEnd = payload.endOffset + payload.argument;
  if (!mayBeginPayload(written[payload.endOffset], written[payload.endOffset + 1])) return false;
  if (payloadEnd >= written.length) return true;
  const checksum = headAt(written, payloadEnd, 0);
  return checksum === undefined && written.length < payloadEnd + HEAD_BYTES_MAX;
}

/** A payload is an event's map, or a list or text that begins with a word; a map begins with a key. */
function mayBeginPayload(first = 0xA0, second = 0x60): boolean {
  const isMapOrList = (first & 0xE0) === 0xA0 || first === 0x83;
  return isMapOrList ? (second & 0xE0) === 0x60 : (first & 0xE0) === 0x60;
}

/** The longest head of an item here: its initial byte, and four more. */
const HEAD_BYTES_MAX = 5;

/** The head of an item of a major type: its argument, and where it ends. */
function headAt(
  bytes: Uint8Array,
  offset: number,
  major: number,
): { readonly argument: number; readonly endOffset: number } | undefined {
  const initial = bytes[offset];
  if (initial === undefined || initial >>> 5 !== major) return undefined;
  const info = initial & 0x1F;
  if (info < 24) return { argument: info, endOffset: offset + 1 };
  const endOffset = offset + 1 + 2 ** (info - 24);
  if (info > 26 || endOffset > bytes.length) return undefined;
  return { argument: readUintBe(bytes, offset + 1, endOffset - offset - 1), endOffset };
}

function itemAt(bytes: Uint8Array, offset: number): CborItem | undefined {
  try {
    return decodeCborItem(bytes, offset, ITEM_OPTIONS);
  } catch (error) {
    if (error instanceof CborFormatError) return undefined;
    throw error;
  }
}
