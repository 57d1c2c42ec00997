import {
  CborFormatError,
  type CborOptions,
  type CborValue,
  crc32,
  decodeCbor,
  encodeCbor,
} from "../codec/mod.ts";
import { type AddressRange, assert, uintToBytesBe } from "../core/mod.ts";
import type { FleetEvent } from "../fleet/mod.ts";
import { readEvent } from "./_event_shapes.ts";
import { CLAIMS } from "./_memory_shapes.ts";
import { count, optional, record as shapeOf, ShapeError } from "./_shape.ts";
import { JournalFormatError } from "./journal_error.ts";
import { COMPLETE_TEXT } from "./journal_head.ts";
import type { NodeClaims } from "./node_claims.ts";

/** The most bytes that one event takes up: the plan of a node with thousands of segments. */
export const RECORD_BYTES_MAX = 1024 * 1024;

/** The fewest bytes that a record takes up. */
export const RECORD_BYTES_MIN = 14;
/** The fewest bytes that the announcement of an erase takes up, once. */
export const ANNOUNCEMENT_BYTES_MIN = 80;
/** The first item of an announcement. */
const ERASE_TEXT = "erase";
/** Times are no whole milliseconds. */
const EVENT_OPTIONS: CborOptions = { floats: true, depthMax: 8 };

/** What the announcement of an erase says, so that it is understood by itself. */
export interface Announcement {
  /** What its node is known by. */
  readonly claims: NodeClaims;
  /** What is erased; absent where no plan was told. */
  readonly range?: AddressRange;
}

const ANNOUNCEMENT = shapeOf<Announcement>({
  claims: CLAIMS,
  range: optional(shapeOf<AddressRange>({ start: count, end: count })),
});

/** What one record says. */
export type JournalRecord =
  /** Something happened; the announcement of an erase says whose. */
  | {
    readonly type: "event";
    readonly event: FleetEvent;
    readonly announcement?: Announcement;
  }
  /** Nothing is left to do. */
  | { readonly type: "complete" };

/**
 * Encodes one record: `[index, payload (bytes), CRC-32]`. The payload is an event as a CBOR map, the
 * announcement of an erase `["erase", event, claims and range]`, or the text "complete"; the checksum
 * covers the index, as four bytes, and the payload.
 *
 * @param index Its place, from 0; the header is not counted.
 * @param record What it says.
 * @returns The item.
 */
export function encodeJournalRecord(index: number, record: JournalRecord): Uint8Array {
  const payload = encodeCbor(contentOf(record), EVENT_OPTIONS);
  assert(payload.length <= RECORD_BYTES_MAX, "an event fits a record");
  return encodeCbor([index, payload, checksumOf(index, payload)]);
}

function contentOf(record: JournalRecord): unknown {
  if (record.type === "complete") return COMPLETE_TEXT;
  const { event, announcement } = record;
  return announcement === undefined ? event : [ERASE_TEXT, event, announcement];
}

/**
 * Tells whether a decoded item is a record that was written as it reads.
 *
 * @param value The item.
 * @returns Its place and payload; `undefined` when it is no record, or not whole.
 */
export function openJournalRecord(
  value: CborValue,
): { readonly index: number; readonly payload: Uint8Array } | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [index, payload, checksum]: readonly CborValue[] = value;
  const isIndex = typeof index === "number" && index >= 0 && index <= 0xFFFF_FFFF;
  if (!isIndex || !(payload instanceof Uint8Array) || payload.length > RECORD_BYTES_MAX) {
    return undefined;
  }
  return checksum === checksumOf(index, payload) ? { index, payload } : undefined;
}

/**
 * Reads what a whole record says.
 *
 * @param payload Its payload.
 * @param offset Where in the journal it is, for the error.
 * @returns What it says.
 * @throws {JournalFormatError} If it says nothing that this version knows.
 */
export function readJournalPayload(payload: Uint8Array, offset: number): JournalRecord {
  try {
    const value = decodeCbor(payload, EVENT_OPTIONS);
    if (value === COMPLETE_TEXT) return { type: "complete" };
    if (!Array.isArray(value)) return { type: "event", event: readEvent(value) };
    const [word, event, announcement, ...rest]: readonly CborValue[] = value;
    if (word !== ERASE_TEXT || rest.length > 0) throw new ShapeError("record: expected an event");
    return {
      type: "event",
      event: readEvent(event!),
      announcement: ANNOUNCEMENT(announcement, "announcement"),
    };
  } catch (error) {
    if (!(error instanceof ShapeError) && !(error instanceof CborFormatError)) throw error;
    throw new JournalFormatError(offset, error.message, { cause: error });
  }
}

function checksumOf(index: number, payload: Uint8Array): number {
  return crc32(payload, crc32(uintToBytesBe(index, 4)));
}
