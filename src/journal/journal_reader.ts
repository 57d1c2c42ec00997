import { CborFormatError, type CborItem, decodeCborItem } from "../codec/mod.ts";
import type { FleetEvent } from "../fleet/mod.ts";
import { JournalFormatError } from "./journal_error.ts";
import { type JournalHeader, readJournalHeader } from "./journal_header.ts";
import { openJournalRecord, readJournalPayload } from "./journal_record.ts";

/** First byte of every record: an array of three. */
const RECORD_INITIAL = 0x83;
/** How many places that look like records are tried behind a bad one. */
const CANDIDATES_MAX = 1000;
/** Header and records nest no deeper: arrays, and the header's arguments. */
const ITEM_OPTIONS = { depthMax: 2 } as const;

/** A journal, read. */
export interface Journal {
  /** What the run is. */
  readonly header: JournalHeader;
  /** What happened, in order; of every run that wrote into it, one after the other. */
  readonly events: readonly FleetEvent[];
  /** Place of the next record. */
  readonly nextIndex: number;
  /** Where the whole records end: what is behind is to be cut off before it is gone on with. */
  readonly endOffset: number;
  /**
   * `whole`: nothing is behind `endOffset`; `torn`: the writer died in a record, whose action was
   * not begun; `damaged`: there are records behind a bad one, so that something is missing.
   */
  readonly tail: "whole" | "torn" | "damaged";
  /** Whether its last record says that nothing is left to do. */
  readonly isComplete: boolean;
}

/**
 * Reads a journal as far as it is whole.
 *
 * Source: RFC 8742, "CBOR Sequence Format".
 *
 * @param bytes The journal; any bytes.
 * @returns What it says.
 * @throws {JournalFormatError} If it has no header, or a whole record that this version does not
 * know.
 */
export function readJournal(bytes: Uint8Array): Journal {
  const first = itemAt(bytes, 0);
  if (first === undefined) throw new JournalFormatError(0, "it has no whole header");
  const header = readJournalHeader(first.value);
  const events: FleetEvent[] = [];
  let nextIndex = 0;
  let endOffset = first.endOffset;
  let isComplete = false;
  while (endOffset < bytes.length) {
    const item = itemAt(bytes, endOffset);
    const opened = item === undefined ? undefined : openJournalRecord(item.value);
    if (item === undefined || opened === undefined || opened.index !== nextIndex) break;
    const record = readJournalPayload(opened.payload, endOffset);
    if (record.type === "event") events.push(record.event);
    isComplete = record.type === "complete";
    nextIndex++;
    endOffset = item.endOffset;
  }
  const tail = endOffset === bytes.length
    ? "whole"
    : hasRecordBehind(bytes, endOffset)
    ? "damaged"
    : "torn";
  return { header, events, nextIndex, endOffset, tail, isComplete };
}

/** A whole record behind the cut was not lost with the writer: what is before it was. */
function hasRecordBehind(bytes: Uint8Array, endOffset: number): boolean {
  let candidates = 0;
  for (let at = endOffset; at < bytes.length; at++) {
    if (bytes[at] !== RECORD_INITIAL) continue;
    const item = itemAt(bytes, at);
    if (item === undefined) continue;
    if (openJournalRecord(item.value) !== undefined) return true;
    // What looks like a thousand records and is none was made by somebody: nothing is believed.
    if (++candidates >= CANDIDATES_MAX) return true;
  }
  return false;
}

function itemAt(bytes: Uint8Array, offset: number): CborItem | undefined {
  try {
    return decodeCborItem(bytes, offset, ITEM_OPTIONS);
  } catch (error) {
    if (error instanceof CborFormatError) return undefined;
    throw error;
  }
}
